"""The compose file and the bake file over the samples, as docker itself reads and builds them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.builder import config_with_plugin, plugin_in_use
from harness.builds.sample_builds import SampleBuilds, arguments, images_in
from harness.builds.sample_drills import second_sources
from harness.builds.sample_images import IMAGES
from harness.builds.sample_sites import REFUSED, Sites, sites_up
from harness.machine.cleanup import at_end
from harness.machine.run import Result, run

SAMPLES = Path(__file__).resolve().parents[2] / "examples/dockerfiles"
FILE = "docker-bake.hcl"
TARGETS = {"api", "web", "shop", "tool-curl-tar", "tool-curl-sh", "tool-bash-pipefail"}
OTHERS = ("greeting", "motd")
SERVICES = {"api", "web", "shop"}


def resolved(words: list[str], env: dict[str, str]) -> dict:
    """What a command prints as JSON, run in the folder of the samples."""
    result = run(words, env=env, cwd=SAMPLES)
    assert result.rc == 0, repr(result)
    found: dict = json.loads(result.out)
    return found


def dockerfiles(contexts: list[str]) -> dict[str, str]:
    """The text of the Dockerfile of each context, which must be a sample."""
    return {context: (SAMPLES / context / "Dockerfile").read_text() for context in contexts}


@pytest.fixture(scope="module")
def bake(engine) -> dict[str, dict]:
    """All targets of the bake file, as buildx resolves them."""
    found: dict[str, dict] = resolved(["docker", "buildx", "bake", "--print", "default", *OTHERS], engine.env)["target"]
    return found


@pytest.fixture(scope="module")
def services(engine) -> dict[str, dict]:
    """All services of the compose file, as compose resolves them."""
    found: dict[str, dict] = resolved(["docker", "compose", "config", "--format", "json"], engine.env)["services"]
    return found


def test_bake_resolves_all_targets(bake):
    """`docker buildx bake --print` lists the targets of the group, of the matrix, and those with contexts."""
    assert set(bake) == TARGETS | set(OTHERS)
    assert bake["motd"]["contexts"] == {"greeting": "target:greeting"}
    assert "FROM greeting\n" in bake["motd"]["dockerfile-inline"]
    assert dockerfiles([target["context"] for name, target in bake.items() if name != "motd"])


def test_compose_resolves_all_services(services):
    """`docker compose config` lists the services, each with the folder of a sample."""
    assert set(services) == SERVICES
    assert dockerfiles([service["build"]["context"] for service in services.values()])


@pytest.fixture
def contexts(builds: SampleBuilds, healthy: Sites) -> Callable[[str], dict[str, str]]:
    """The images of a sample's Dockerfile, by name, as OCI layouts."""

    def call(sample: str) -> dict[str, str]:
        found = images_in((SAMPLES / sample / "Dockerfile").read_text()) & IMAGES.keys()
        return {image: f"oci-layout://{builds.image(image, healthy)}" for image in sorted(found)}

    return call


@pytest.mark.long
def test_bake_builds_all_targets(bake, builds, contexts, healthy, supported, engine, tmp_path):
    """One bake builds all targets; a second file names the bases and the upstreams of the tests."""
    supported("npm", "pypi", "go-proxy")
    builds.fill_registry(healthy)
    given = arguments("arg-bases", healthy)
    env = engine.env | {name: given[name] for name in ("DOWNLOADS", "REGISTRY")}
    inner = {name: contexts(target["context"]) if name != "motd" else {} for name, target in bake.items()}
    more = {name: {"contexts": inner[name], "output": ["type=cacheonly"]} for name in bake}
    (file := tmp_path / "tests.json").write_text(json.dumps({"target": more}))
    words = ["docker", "buildx", "bake", "--progress", "plain", "--allow", "fs.read=*"]
    result = run([*words, "-f", FILE, "-f", file, "default", *OTHERS], env=env, cwd=SAMPLES, timeout=280)
    assert result.rc == 0, repr(result)


@pytest.mark.long
def test_bake_survives_a_download_site_that_fails(bake, contexts, gateway, engine, kit, tmp_path):
    """The targets of the matrix download from a site that answers 503: a plain bake fails, ours uses the mirror."""
    names = sorted(name for name in bake if name.startswith("tool-"))
    more = {name: {"contexts": contexts(bake[name]["context"]), "output": ["type=cacheonly"]} for name in names}
    (file := tmp_path / "tests.json").write_text(json.dumps({"target": more}))
    words = ["--progress", "plain", "--allow", "fs.read=*", "-f", FILE, "-f", file, "tools"]
    with (
        sites_up(gateway, {"url": (".*", "503x*")}) as sites,
        sites_up(gateway, downloads=sites.downloads) as healthy,
    ):
        settings = second_sources(sites, healthy) | {
            "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_CONF": "/dev/null", "DOWNLOADS": sites.urls["url"],
        }  # fmt: skip
        env = engine.env | settings
        plain = run(["docker", "buildx", "bake", *words], env=env, cwd=SAMPLES, timeout=280)
        assert plain.rc == 1, repr(plain)
        result = run([kit / "docker-bake.sh", *words], env=env, cwd=SAMPLES, timeout=280)
    assert result.rc == 0, repr(result)
    report = json.loads((tmp_path / "state/report.json").read_text())
    assert {step["target"] for step in report["woven"]["steps"]} >= {"tool-bash-pipefail", "tool-curl-tar"}
    assert {row["result"] for row in report["targets"]} == {"built"}


@dataclass(frozen=True)
class Composition:
    """The services of the compose file on the bases and the upstreams of the tests; `env` has the kit's plugin."""

    folder: Path
    words: tuple[str, ...]
    env: Mapping[str, str]
    images: tuple[str, ...]

    def build(self, timeout: float, **settings: str) -> Result:
        """`docker compose build` of all services, which is ended after `timeout` seconds with the code 124."""
        program = ["timeout", "--kill-after=10", str(timeout), "docker", "compose", *self.words, "build"]
        return run(program, env=dict(self.env) | settings, cwd=SAMPLES, timeout=timeout + 20)

    def events(self, name: str) -> list[dict]:
        """The kit's events of this name."""
        file = self.folder / "events.jsonl"
        rows: list[dict] = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [row for row in rows if row["event"] == name]


@pytest.fixture
def compose(services, builds, engine, kit, tmp_path) -> Iterator[Callable[[Sites], Composition]]:
    """Makes a composition on these sites; its images are removed at the end."""
    images = {name: f"seawall-samples-{os.getpid()}/{name}" for name in services}
    plugins = config_with_plugin(engine.env, tmp_path / "config")
    plugins.joinpath("docker-compose").symlink_to(plugin_in_use(engine.env, "compose").resolve())
    env = engine.env | {
        "DOCKER_CONFIG": str(tmp_path / "config"), "SEAWALL_STATE": str(tmp_path / "state"),
        "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_CONF": "/dev/null", "SEAWALL_SEED": "84",
    }  # fmt: skip
    installed = run([kit / "install-plugin.sh"], env=env)
    assert installed.rc == 0, repr(installed)

    def call(sites: Sites) -> Composition:
        more: dict[str, object] = {}
        # The layouts of these sites.
        own = replace(builds, folder=tmp_path / token_hex(4))
        for name, service in services.items():
            text = (SAMPLES / Path(service["build"]["context"]).name / "Dockerfile").read_text()
            bases = {
                image: f"oci-layout://{own.image(image, sites)}" for image in sorted(images_in(text) & IMAGES.keys())
            }
            build = {"additional_contexts": bases, "args": {"BUILDKIT_CACHE_MOUNT_NS": token_hex(8)}}
            more[name] = {"build": build, "image": images[name]}
        (file := tmp_path / "tests.json").write_text(json.dumps({"services": more}))
        words = ("--project-name", "seawall-samples", "--file", "compose.yaml", "--file", str(file))
        return Composition(tmp_path, words, env, tuple(images.values()))

    with at_end(["docker", "image", "rm", "--force", *images.values()], engine.env):
        yield call


@pytest.mark.long
def test_compose_builds_all_services(compose, healthy, supported, engine):
    """One `docker compose build` builds all services; a second file names the bases of the tests."""
    supported("npm", "pypi", "go-proxy")
    composition = compose(healthy)
    result = composition.build(280, SEAWALL="off")
    assert result.rc == 0, repr(result)
    assert engine.docker("image", "inspect", *composition.images).rc == 0


FAULTS = {"pypi": ("stall x*", "timeout"), "npm": ("503x*", "http-5xx"), "go-proxy": (REFUSED, "connection-refused")}
"""What is wrong with the upstream of one service, and the class of the first attempt."""
PAYLOADS = {"pypi": "file", "npm": "tarball", "go-proxy": "zip"}


@pytest.mark.long
@pytest.mark.parametrize("kind", FAULTS)
def test_compose_build_survives_one_upstream_and_repeats_no_other_service(
    compose, gateway, supported, healthy, engine, kind
):
    """The plain build fails or hangs; ours is built from the second source, and each other package is fetched once."""
    supported("npm", "pypi", "go-proxy")
    schedule, wanted = FAULTS[kind]
    with sites_up(gateway, {kind: (".*", schedule)}) as sites:
        composition = compose(sites)
        plain = composition.build(60 if kind == "pypi" else 280, SEAWALL="off")
        assert (plain.rc == 124) == (kind == "pypi"), repr(plain)
        assert plain.rc != 0
    with sites_up(gateway, {kind: (".*", schedule)}) as sites:
        composition = compose(sites)
        settings = second_sources(sites, healthy) | {"SEAWALL_SILENCE": "10", "SEAWALL_STALL": "5"}
        result = composition.build(280, **settings)
        assert result.rc == 0, repr(result)
        others = {
            other: [entry.path for entry in sites.running[other].journal if entry.path_class == PAYLOADS[other]]
            for other in FAULTS
            if other != kind
        }
        for other, paths in others.items():
            assert paths, f"{other}\n{result!r}"
            assert len(paths) == len(set(paths)), f"{other}: {paths}\n{result!r}"
    assert [event["class"] for event in composition.events("attempt") if event["upstream"] == "builder"] == [wanted, ""]
    assert engine.docker("image", "inspect", *composition.images).rc == 0
