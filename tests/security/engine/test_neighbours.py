"""A private engine beside somebody else's: bridges, rules, containers, images and contexts stay as they were."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.cells.inner_machine import InnerMachine, inner_machine, move_in
from harness.machine.run import run

UNPACK = """set -euf
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine host/bases host/engine
LOG_NAME=neighbours TOOLBOX_SUITES=$1
settings_load /nonexistent
mkdir -p "$2"
toolbox_make "$2"
"""
BUSY = """
tar -C "$1" -c . | docker import - ours:1
docker network create ours
docker run --detach --network ours ours:1 /bin/busybox sleep 4321
printf 'FROM ours:1\\nRUN ["/bin/busybox", "sleep", "4321"]\\n' | docker buildx build - >/dev/null 2>&1 &
until [ "$(ps -e -o args | grep -c '^/bin/busybox sleep 4321')" = 2 ]; do sleep 0.1; done
"""
"""A container, and a build in the middle of a step."""


@dataclass(frozen=True)
class Ours:
    """The private engine of a kit on an inner machine."""

    machine: InnerMachine
    kit: Path
    env: dict[str, str]

    def set_up(self, *words: str) -> dict[str, str]:
        """Calls setup-engine.sh; what it prints."""
        said = self.machine.check(self.kit / "setup-engine.sh", *words, env=self.env)
        return dict(line.split("=", 1) for line in said.splitlines())

    @property
    def run_folder(self) -> Path:
        """Its folder in /run, as this process sees it."""
        number = int(run(["cksum"], stdin=f"{self.env['SEAWALL_STATE']}/engine").out.split()[0])
        return Path(f"/proc/{self.machine.pid}/root/run/seawall-{number % 0x100000:05x}")

    def kill(self) -> None:
        """Ends its daemon as a machine without memory would."""
        pid = (self.run_folder / "pid").read_text().strip()
        self.machine.check("kill", f"-{signal.SIGKILL}", pid)
        # Nobody reaps it on this machine.
        self.machine.check("sh", "-c", 'while tr -d "\\0" <"/proc/$1/cmdline" | grep -q .; do :; done', "gone", pid)


@pytest.fixture(scope="module", params=["", pytest.param("stable", marks=pytest.mark.long)], ids=["own", "stable"])
def tree(request, engine, kit, tmp_path_factory) -> Path:
    """The programs of an engine: those of the tests' private engine, or those of a suite."""
    own = Path(engine.env.get("DOCKER_CONFIG", "/nowhere/at/all")).parents[1]
    if not request.param and (own / ".complete").is_file():
        return own
    home = tmp_path_factory.mktemp("toolbox")
    words = ["sh", "-c", UNPACK, "unpack", request.param or "testing stable", home]
    made = run(words, env=engine.env | {"SEAWALL_LIB": str(kit / "lib")}, timeout=300)
    assert made.rc == 0, repr(made)
    return home / "tree"


@pytest.fixture
def machine(tree, tmp_path) -> Iterator[InnerMachine]:
    """A machine where nothing runs."""
    with inner_machine(tmp_path / "machine", tree) as found:
        yield found


@pytest.fixture
def ours(machine, kit) -> Ours:
    """The private engine of the kit there, not started."""
    return Ours(machine, kit, machine.state("ours"))


def test_stranger_stays_as_it_was_at_each_start(machine, ours):
    """Three starts in a row, a restart, a kill with a container and a build running, and a start after it."""
    stranger = move_in(machine)
    before = stranger.things()
    assert any('"ifname":"docker0"' in line for line in before)
    for _ in range(3):
        ours.set_up()
        ours.set_up("--stop")
    assert stranger.things() == before
    env = ours.env | ours.set_up()
    machine.check(ours.kit / "setup-engine.sh", "--restart", env=env)
    machine.check("sh", "-euc", BUSY, "busy", machine.folder / "root", env=env)
    ours.kill()
    ours.set_up()
    assert machine.check("ps", "-e", "-o", "args").count("sleep 4321") == 0
    ours.set_up("--stop")
    assert stranger.things() == before


def test_forwarding_is_switched_off_again_by_the_last_engine_that_wants_it(machine, ours, kit):
    """A bridge that was there without forwarding does not want it; a kill in between is no reason to leave it on."""
    machine.check("ip", "link", "add", "br0", "type", "bridge")
    before, other = machine.seen(), Ours(machine, kit, machine.state("other"))
    assert "/proc/sys/net/ipv4/ip_forward:0" in before
    ours.set_up()
    other.set_up()
    ours.kill()
    ours.set_up()
    assert "/proc/sys/net/ipv4/ip_forward:1" in machine.seen()
    ours.set_up("--stop")
    assert "/proc/sys/net/ipv4/ip_forward:1" in machine.seen()
    other.set_up("--stop")
    assert machine.seen() == before


def test_engine_is_for_root_alone(machine, ours):
    """Where there is a group `docker` too, to which Docker gives its socket; folder and log are root's too."""
    ours.set_up()
    folder, log = ours.run_folder, Path(ours.env["SEAWALL_STATE"]) / "engine" / "log"
    modes = {path.name: f"{path.stat().st_mode & 0o777:o}" for path in (folder, folder / "docker.sock", log)}
    assert list(modes.values()) == ["700", "660", "600"], modes
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (folder, folder / "docker.sock", log)} == {(0, 0)}


def test_folder_that_somebody_else_has_made_is_not_used(machine, ours):
    """The name of the folder in /run can be foreseen: a socket in it is not ours because of its name."""
    ours.run_folder.mkdir()
    os.chown(ours.run_folder, 65534, 65534)
    ours.set_up()
    assert (ours.run_folder.stat().st_uid, ours.run_folder.stat().st_mode & 0o777) == (0, 0o700)


def test_what_is_chosen_on_the_private_engine_is_not_written_to_the_users_configuration(machine, ours):
    """Its logins are those of the user; a login or a context of its own stays its own."""
    file = Path(machine.env["HOME"]) / ".docker" / "config.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"auths": {"registry.example": {"auth": "c29tZTpib2R5"}}}))
    env = ours.set_up()
    copy = Path(env["DOCKER_CONFIG"]) / "config.json"
    assert (copy.read_text(), copy.stat().st_mode & 0o777) == (file.read_text(), 0o600)
    machine.check("docker", "context", "create", "own", "--docker", "host=unix:///nowhere", env=env)
    machine.check("docker", "context", "use", "own", env=env)
    assert json.loads(copy.read_text())["currentContext"] == "own"
    assert "currentContext" not in file.read_text()
    assert [path.name for path in file.parent.iterdir()] == ["config.json"]
