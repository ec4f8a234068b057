"""A hostile repository gets from the kit what plain buildx gives it, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.builds.builder import config_with_plugin
from harness.builds.hostile import Victim, lay_out, make_victim
from harness.machine.run import Result, run
from harness.machine.shells import SHELLS, Shell
from harness.wire.server import Running
from jsonschema import Draft202012Validator

NAMES = sorted(path.name for path in (Path(__file__).parents[3] / "fixtures/hostile/names").iterdir())


def kit_for(shell: Shell, kit: Path, folder: Path) -> Path:
    """A copy of the kit whose commands run in this shell."""
    copy = folder / "kit"
    shutil.copytree(kit, copy)
    program = shutil.which(shell.argv[0]) or shell.argv[0]
    interpreter = " ".join([program, *shell.argv[1:]])
    for file in [*copy.glob("*.sh"), *copy.glob("stage/*.sh")]:
        # In install-plugin.sh also the first line of the plugin that it writes.
        file.write_text(file.read_text().replace("#!/bin/sh", f"#!{interpreter}"))
    return copy


@dataclass(frozen=True)
class Scene:
    """The repository, its victim, and docker with and without the plugin."""

    folder: Path
    victim: Victim
    env: dict[str, str]
    plain_env: dict[str, str]
    events: Path
    registry: Running

    def build(self, env: dict[str, str], *words: str) -> Result:
        """`docker build` in the repository, as a user types it right after cloning."""
        return run(["docker", "build", "--progress", "plain", *words, "."], env=env, cwd=self.folder, forged=True)

    def leaked(self, *results: Result) -> Sequence[str]:
        """The places outside the victim's own folder that have the canary."""
        places = [path for path in self.folder.parent.rglob("*") if path.is_file() and not path.is_symlink()]
        held = self.victim.canary.encode()
        found = [
            str(path) for path in places
            if not path.is_relative_to(self.victim.folder) and held in path.read_bytes()
        ]  # fmt: skip
        return found + [repr(result) for result in results if self.victim.canary in result.out + result.err]


@pytest.fixture
def scene(builder, registry, repo, tmp_path) -> Callable[[Path], Scene]:
    """Lays the repository out for the plugin of this kit."""

    def call(kit: Path) -> Scene:
        own = registry()
        victim = make_victim(tmp_path / "bait")
        folder = lay_out(repo / "fixtures/hostile", tmp_path / "clone", victim, own.host)
        plain = config_with_plugin(builder.env, tmp_path / "plain-docker")
        plugins = config_with_plugin(builder.env, tmp_path / "docker")
        base = builder.env | victim.env | {"SEAWALL_REGISTRY_MIRRORS": "none", "XDG_STATE_HOME": str(tmp_path / "xdg")}
        env = base | {"DOCKER_CONFIG": str(plugins.parent)}
        for name in ("SEAWALL_STATE", "SEAWALL_EVENTS", "SEAWALL_CONF"):
            env.pop(name, None)
        installed = run([kit / "install-plugin.sh"], env=env)
        assert installed.rc == 0, repr(installed)
        events = tmp_path / "xdg/seawall/events.jsonl"
        return Scene(folder, victim, env, base | {"DOCKER_CONFIG": str(plain.parent)}, events, own)

    return call


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell.name)
def test_build_gains_nothing(scene, kit, repo, tmp_path, shell):
    """No code runs, no file of the victim is read, written or deleted, no login leaves, the image is the plain one."""
    here = scene(kit_for(shell, kit, tmp_path))
    before = here.victim.state()
    words = ("--provenance=false", "--target", "plain", "--iidfile", str(tmp_path / "iid"))
    plain = here.build(here.plain_env, *words)
    assert plain.rc == 0, repr(plain)
    wanted = (tmp_path / "iid").read_text()
    ours = here.build(here.env, *words)
    assert ours.rc == 0, repr(ours)
    assert (tmp_path / "iid").read_text() == wanted
    greedy = here.build(here.env, "--no-cache", "--output", f"type=local,dest={tmp_path / 'out'}")
    assert greedy.rc == 0, repr(greedy)
    assert here.victim.state() == before
    assert here.leaked(plain, ours, greedy) == []
    assert not list(here.folder.rglob("pwned"))
    assert ours.err.count("docker build ignores ./seawall.conf") <= 1
    schema = json.loads((repo / "scripts/events.schema.json").read_text())
    events = [json.loads(line) for line in here.events.read_text().splitlines()]
    assert [error for event in events for error in Draft202012Validator(schema).iter_errors(event)] == []
    assert "forged" not in here.events.read_text()


def test_names_that_are_programs_are_asked_nowhere(scene, kit):
    """Like plain buildx, the kit refuses each name without a request: no name of a host file leaves the machine."""
    here = scene(kit)
    before = here.victim.state()
    env = here.env | {"SEAWALL_LAST_GOOD": str(here.victim.folder / "last-good"), "SEAWALL_CONF": "/dev/null"}
    for name in NAMES:
        plain = here.build(here.plain_env, "--file", f"names/{name}")
        ours = here.build(env, "--file", f"names/{name}")
        assert (name, ours.rc) == (name, plain.rc) != (name, 0), repr(ours)
    assert [entry.path for entry in here.registry.journal] == []
    assert here.victim.state() == before
    assert here.leaked() == []
    assert not list(here.folder.rglob("pwned"))


def test_command_says_which_key_is_not_the_folders_to_set(scene, kit):
    """The command itself ends with code 78 and one line, and nothing is built."""
    here = scene(kit)
    before = here.victim.state()
    result = run([kit / "docker-build.sh", "."], env=here.env | {"DOCKER_CONFIG": ""}, cwd=here.folder)
    assert (result.rc, result.err.count("\n"), result.out) == (78, 1, ""), repr(result)
    assert "seawall.conf" in result.err
    assert here.victim.state() == before
    assert here.leaked(result) == []


@pytest.mark.parametrize("target", ["/proc/self/environ", "/dev/zero"])
def test_settings_that_are_a_link_are_not_read(scene, kit, target):
    """A link to a user's file is refused without a word of its content; through the plugin it is ignored."""
    here = scene(kit)
    (here.folder / "seawall.conf").unlink()
    (here.folder / "seawall.conf").symlink_to(target)
    direct = run([kit / "docker-build.sh", "."], env=here.env, cwd=here.folder, timeout=30)
    assert (direct.rc, direct.err.count("\n")) == (78, 1), repr(direct)
    built = here.build(here.env, "--target", "plain", "--output", "type=cacheonly")
    assert built.rc == 0, repr(built)
    assert here.leaked(direct, built) == []
