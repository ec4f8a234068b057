"""The plugin of install-plugin.sh in front of real buildx: `docker buildx bake`, and Docker Compose, which calls it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.bakery import Bakery
from harness.builds.builder import asked, config_with_plugin, plugin_in_use
from harness.machine.run import Result, run

SERVICES = ("web", "api", "job")


@dataclass(frozen=True)
class Project:
    """A folder with a compose file, and docker with the kit's plugin and without it."""

    folder: Path
    name: str
    env: dict[str, str]
    plain_env: dict[str, str]

    def run(self, *words: str, plain: bool = False, **settings: str) -> Result:
        """Runs `docker WORDS` in the folder."""
        env = (self.plain_env if plain else self.env) | settings
        return run(["docker", *words], env=env, cwd=self.folder, timeout=120)

    def write(self, host: str) -> None:
        """Three services on one base: an inline Dockerfile, a file with a secret, and a service on another one."""
        (self.folder / "api").mkdir(exist_ok=True)
        (self.folder / "api" / "Dockerfile").write_text(
            'ARG BASE\nFROM $BASE\nARG X\nENV X=$X\nCOPY f /f\nCMD ["/f"]\n'
        )
        build = {
            "web": {"context": ".", "dockerfile_inline": f"FROM {host}/team/hello:1\nCOPY f /w\nCMD [\"/w\"]\n"},
            "api": {
                "context": "./api", "args": {"BASE": f"{host}/team/hello:1", "X": "a$${b}"},
                "secrets": ["token"], "labels": {"a.b": "c"},
            },
            "job": {
                "context": ".", "dockerfile_inline": "FROM parent\nCOPY f /j\nCMD [\"/j\"]\n",
                "additional_contexts": {"parent": "service:web"},
            },
        }  # fmt: skip
        services = {name: {"build": {**build[name], "provenance": False}} for name in SERVICES}
        secrets = {"token": {"file": "./token"}}
        (self.folder / "compose.yaml").write_text(
            json.dumps({"name": self.name, "services": services, "secrets": secrets})
        )

    def images(self) -> list[str]:
        """The image of each service."""
        names = [f"{self.name}-{service}" for service in SERVICES]
        return run(["docker", "image", "inspect", "--format", "{{.ID}}", *names], env=self.plain_env).out.split()


@pytest.fixture
def project(builder, tmp_path) -> Iterator[Project]:
    """A project with random content; its images are removed at the end."""
    (folder := tmp_path / "project").mkdir()
    for name in ("f", "token"):
        (folder / name).write_text(token_hex(8))
    (folder / "api").mkdir()
    (folder / "api" / "f").write_text(token_hex(8))
    configs = []
    for name in ("plain", "ours"):
        plugins = config_with_plugin(builder.env, tmp_path / name)
        compose = plugin_in_use(builder.env, "compose")
        plugins.joinpath("docker-compose").symlink_to(compose.resolve())
        # An attestation names the time of its build.
        configs.append({"DOCKER_CONFIG": str(tmp_path / name), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"})
    settings = {
        "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
        "SEAWALL_CONF": "/dev/null", "SEAWALL_REGISTRY_MIRRORS": "none",
    }  # fmt: skip
    env = builder.env | configs[1] | settings
    installed = run([builder.kit / "install-plugin.sh"], env=env)
    assert installed.rc == 0, repr(installed)
    project = Project(folder, f"p{token_hex(4)}", env, builder.env | configs[0])
    yield project
    names = [f"{project.name}-{service}" for service in SERVICES]
    run(["docker", "compose", "down"], env=project.plain_env, cwd=folder)
    run(["docker", "image", "rm", "--force", *names], env=project.plain_env)


def events(project: Project, name: str) -> list[dict[str, object]]:
    """The kit's events of this name."""
    file = project.folder.parent / "events.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [row for row in rows if row["event"] == name]


def test_healthy_compose_build_is_the_plain_one(project, registry):
    """`docker compose build` through the plugin: the same images, the same exit code, one attempt."""
    own = registry()
    project.write(own.host)
    plain = project.run("compose", "build", plain=True)
    assert plain.rc == 0, repr(plain)
    images = project.images()
    result = project.run("compose", "build")
    assert (result.rc, project.images()) == (0, images), repr(result)
    assert len(set(images)) == 3
    assert [event["class"] for event in events(project, "attempt")] == [""]


@pytest.mark.parametrize("call", ["build", pytest.param("up --build --no-start", marks=pytest.mark.long)])
def test_compose_survives_a_dead_registry(project, registry, call):
    """If the registry of the base is dead, all services are built from the mirror, and Compose reports success."""
    dead, mirror = registry(manifest="503x*"), registry()
    project.write(dead.host)
    assert project.run("compose", *call.split(), plain=True).rc != 0
    result = project.run("compose", *call.split(), SEAWALL_REGISTRY_MIRRORS=f"{dead.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert result.rc == 0, repr(result)
    assert len(project.images()) == 3


def test_compose_shows_the_failure_of_buildx(project, registry):
    """A mistake in a service: Compose ends with its own code, and shows the words of buildx and the target."""
    project.write(registry().host)
    (project.folder / "api" / "f").unlink()
    plain, result = project.run("compose", "build", plain=True), project.run("compose", "build")
    assert (plain.rc, result.rc) == (1, 1), repr(result)
    assert '"/f": not found' in result.err
    assert "target api failed: dockerfile-syntax" in result.err
    assert [event["class"] for event in events(project, "attempt")] == ["dockerfile-syntax"]


BAKES = ["buildx bake", "-D buildx f -f d.json", "-H ENGINE buildx --builder default bake --progress=plain"]


@pytest.mark.parametrize("call", [BAKES[0], *(pytest.param(call, marks=pytest.mark.long) for call in BAKES[1:])])
def test_plugin_hands_bakes_to_the_kit(project, builder, registry, call):
    """`docker buildx bake` in its forms survives a dead registry without a changed call."""
    dead, mirror = registry(manifest="503x*"), registry()
    bakery = Bakery(builder, project.folder)
    target = {"app": {"dockerfile-inline": f"FROM {dead.host}/team/hello:1\nCOPY f /f\n"}}
    bakery.write(target, name="d.json" if "d.json" in call else "docker-bake.json")
    words = call.replace("ENGINE", project.env["DOCKER_HOST"]).split()
    assert project.run(*words, plain=True).rc == 1
    result = project.run(*words, SEAWALL_REGISTRY_MIRRORS=f"{dead.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert result.rc == 0, repr(result)
    assert project.run(*words, SEAWALL="off").rc == 1


def test_bake_without_the_docker_command_runs_the_real_plugin(project, builder, registry):
    """A standalone Compose may run where there is no docker: the plugin calls buildx, which builds."""
    own = registry()
    Bakery(builder, project.folder).write({"app": {"dockerfile-inline": f"FROM {own.host}/team/hello:1\n"}})
    plugin = Path(project.env["DOCKER_CONFIG"]) / "cli-plugins" / "docker-buildx"
    (programs := project.folder / "programs").mkdir()
    for name in ("sed", "tr"):
        (programs / name).symlink_to(str(shutil.which(name)))
    result = run([plugin, "bake"], env=project.env | {"PATH": str(programs)}, cwd=project.folder)
    assert asked(own) > 0, own.journal.table()
    assert (result.rc, events(project, "attempt")) == (0, []), repr(result)
