"""INT, TERM, HUP and a closed terminal at any moment of a build; and failing builds beside the work of others."""

from __future__ import annotations

import contextlib
import os
import pty
import random
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.machine.leftovers import Mark, left_since, traces

MOMENTS = 30
LATEST_S = 2
FAILING_BUILDS = 10
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Build:
    """A build that never ends by itself, because a layer of its base stalls."""

    command: list[str]
    env: dict[str, str]
    mark: Mark

    def interrupt(self, seconds: float, number: signal.Signals) -> int:
        """Sends the signal after `seconds`; returns the exit code."""
        process = subprocess.Popen(
            self.command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.send_signal(number)
        return process.wait(15)

    def close_terminal(self, seconds: float) -> int:
        """Closes the terminal of the build after `seconds`; returns the exit code."""
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe(self.command[0], self.command, self.env | {"TERM": "xterm"})  # noqa: S606
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            readable, _, _ = select.select([terminal], [], [], left)
            if readable:
                os.read(terminal, 65536)
        os.close(terminal)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture
def build(builder, registry, context, tmp_path) -> Build:
    mark = Mark()
    own = registry(blob="ok -> stall@100000x*")
    env = builder.env | mark.env | {
        "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null", "SEAWALL_REGISTRY_MIRRORS": "none",
        "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
    }  # fmt: skip
    words = ["--iidfile", tmp_path / "iid", context(own.host)]
    return Build([str(word) for word in (builder.kit / "docker-build.sh", *words)], env, mark)


def check_nothing_left(build: Build, folder: Path, before: frozenset[str]) -> None:
    """No process of the build, no scratch folder, no half-written file."""
    assert build.mark.processes() == []
    assert left_since(before) == []
    assert not (folder / "iid").exists()
    assert [path for path in (folder / "state").rglob("*") if path.suffix in (".lock", ".part")] == []
    assert list((folder / "state").glob("report*")) == []


@pytest.mark.timeout(400)
def test_signal_at_any_moment_ends_the_build_and_leaves_nothing(build, tmp_path):
    """Ctrl-C, TERM, HUP or a closed terminal ends the build with the signal's code, without leftovers."""
    seed = int(os.environ.get("SEAWALL_SEED", time.time_ns()))
    print(f"seed {seed}")
    draw = random.Random(seed)  # noqa: S311 # moments, not secrets
    before = traces()
    for _ in range(MOMENTS):
        number, seconds = draw.choice([*SIGNALS, None]), draw.uniform(0, LATEST_S)
        if number is None:
            code, wanted = build.close_terminal(seconds), 128 + signal.SIGHUP
        else:
            code, wanted = build.interrupt(seconds, number), 128 + number
        # Before the traps are set, the signal itself ends the shell.
        assert code in (wanted, 128 - wanted), f"{number} after {seconds:.2f} s"
        check_nothing_left(build, tmp_path, before)


@pytest.mark.long
def test_failing_builds_keep_the_containers_and_images_of_others(builder, engine, registry, context, tmp_path):
    """Ten builds that fail remove nothing that other users of the engine made."""
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / "Dockerfile").write_text(f"FROM scratch\nCOPY Dockerfile /{tmp_path.name}\n")
    assert builder.plain("--tag", "stranger/image:1", stranger).rc == 0
    engine.check_docker("volume", "create", "stranger")
    engine.check_docker("network", "create", "stranger")
    engine.check_docker("create", "--name", "stranger", "--volume", "stranger:/data", "stranger/image:1", "/none")
    try:
        before = engine.inventory()
        own = registry(blob="503x*")
        folder = context(own.host)
        codes = [builder.ours("--attempts", "1", "--", folder).rc for _ in range(FAILING_BUILDS)]
        assert {entry.status for entry in own.journal if entry.path_class == "blob"} == {503}, own.journal.table()
        assert codes == [75] * FAILING_BUILDS
        assert engine.left_since(before) == []
        assert "CACHED" in builder.plain(stranger).err
    finally:
        engine.check_docker("rm", "--force", "stranger")
        engine.check_docker("volume", "rm", "stranger")
        engine.check_docker("network", "rm", "stranger")
        engine.check_docker("image", "rm", "stranger/image:1")
