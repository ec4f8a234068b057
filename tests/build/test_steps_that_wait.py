"""RUN steps that are silent: one that waits for an answer over the network is ended, any other is left alone."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex

import pytest
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.wire.loopback import upstream

SILENCE_S = 2
QUIET_S = 7
PATIENCE_S = 8
BUSY_S = 40
HOST_NETWORK = ("--network", "host", "--allow", "network.host")
SERVE = f"{BUSYBOX} nc -l -p 47011 -e {BUSYBOX} sleep {QUIET_S} &"
QUIET = {
    "timer": f"{BUSYBOX} sleep {QUIET_S}",
    "pipe": f"{BUSYBOX} mkfifo /pipe; ( {BUSYBOX} sleep {QUIET_S}; echo >/pipe ) & {BUSYBOX} cat /pipe",
    "service-of-the-step": f"{SERVE} {BUSYBOX} sleep 1; {BUSYBOX} sleep {QUIET_S} | {BUSYBOX} nc 127.0.0.1 47011",
}


def step(folder: Path, command: str) -> Path:
    """A context with one RUN step, which no engine has seen."""
    root_with_busybox(folder / "root")
    (folder / "root" / "mark").write_text(token_hex(8))
    (folder / "step.sh").write_text(f"set -e\n{command}\n")
    run = f'RUN ["{BUSYBOX}", "sh", "/step.sh"]'
    (folder / "Dockerfile").write_text(f"FROM scratch\nCOPY root /\nCOPY step.sh /\n{run}\n")
    return folder


def attempts(builder) -> list[object]:
    """The class of each attempt."""
    return [event["class"] for event in builder.events("attempt")]


@pytest.mark.parametrize(
    ("quiet", "network"),
    [
        pytest.param("timer", (), id="timer"),
        pytest.param("service-of-the-step", HOST_NETWORK, id="service-of-the-step-host-network"),
        pytest.param("timer", HOST_NETWORK, id="timer-host-network", marks=pytest.mark.long),
        pytest.param("pipe", (), id="pipe", marks=pytest.mark.long),
        pytest.param("service-of-the-step", (), id="service-of-the-step", marks=pytest.mark.long),
    ],
)
def test_step_that_waits_for_nobody_is_left_alone(builder, tmp_path, quiet, network):
    """A timer, a pipe, or a connection within the step is silent for longer than SEAWALL_SILENCE: one attempt."""
    words = (*network, "--output", "type=cacheonly", step(tmp_path / "context", QUIET[quiet]))
    result = builder.ours(*words, SEAWALL_SILENCE=str(SILENCE_S))
    assert (result.rc, attempts(builder)) == (0, [""]), repr(result)
    assert result.seconds >= QUIET_S - 1, f"INVALID: the step does not wait\n{result!r}"


def test_step_that_waits_for_a_server_is_ended(builder, tmp_path):
    """A download that accepts the connection and never answers hangs a plain build; the kit runs the step again."""
    with upstream({"/file": b"content"}, "stall -> stall -> ok") as lab:
        download = f"{BUSYBOX} wget -q -O /file {lab.url}/file"
        words = (*HOST_NETWORK, "--output", "type=cacheonly", step(tmp_path / "context", download))
        with pytest.raises(AssertionError, match="wanted an end"):
            builder.plain(*words, timeout=PATIENCE_S)
        result = builder.ours(*words, SEAWALL_SILENCE=str(SILENCE_S))
        assert [entry.fault for entry in lab.journal] == ["stall", "stall", "ok"], lab.journal.table()
    assert (result.rc, attempts(builder)) == (0, ["timeout", ""]), repr(result)


def shell_step(folder: Path, command: str) -> Path:
    """The same in shell form, whose command stands in the progress."""
    context = step(folder, "")
    shell = f'SHELL ["{BUSYBOX}", "sh", "-c"]'
    (context / "Dockerfile").write_text(f"FROM scratch\nCOPY root /\n{shell}\nRUN {command}\n")
    return context


def test_busy_step_of_another_build_does_not_hide_a_silent_one(builder, tmp_path):
    """A download is silent while another build computes on the same engine: it is ended and runs again meanwhile."""
    busy = shell_step(tmp_path / "busy", f"{BUSYBOX} timeout {BUSY_S} {BUSYBOX} sh -c 'while :; do :; done' || :")
    with upstream({"/file": b"content"}, "stall -> ok") as lab, ThreadPoolExecutor() as pool:
        other = pool.submit(builder.plain, "--output", "type=cacheonly", busy, timeout=2 * BUSY_S)
        download = shell_step(tmp_path / "silent", f"{BUSYBOX} wget -q -O /file {lab.url}/file")
        words = (*HOST_NETWORK, "--output", "type=cacheonly", download)
        result = builder.ours(*words, SEAWALL_SILENCE=str(SILENCE_S))
        assert not other.done(), f"INVALID: the other build is over\n{result!r}"
        assert other.result().rc == 0, repr(other.result())
    assert (result.rc, attempts(builder)) == (0, ["timeout", ""]), repr(result)


def test_silent_step_of_another_build_does_not_end_a_quiet_one(builder, tmp_path):
    """Another build waits for a server on the same engine: a timer in this one is left alone."""
    with upstream({"/file": b"content"}, "stall x*") as lab:
        silent = shell_step(tmp_path / "silent", f"{BUSYBOX} wget -q -O /file {lab.url}/file")
        words = ["docker", "buildx", "build", *HOST_NETWORK, "--output", "type=cacheonly", str(silent)]
        with subprocess.Popen(words, env=builder.env, stderr=subprocess.DEVNULL) as other:
            lab.journal.wait_for("the request of the other build", lambda entry: True)
            quiet = shell_step(tmp_path / "quiet", f"{BUSYBOX} sleep {QUIET_S}")
            result = builder.ours("--output", "type=cacheonly", quiet, SEAWALL_SILENCE=str(SILENCE_S))
            assert other.poll() is None, "INVALID: the other build is over"
            other.terminate()
    assert (result.rc, attempts(builder)) == (0, [""]), repr(result)
