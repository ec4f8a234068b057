"""RUN steps that are silent: one that waits for an answer over the network is ended, any other is left alone."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex

import pytest
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.wire.loopback import upstream

SILENCE_S = 2
QUIET_S = 7
PATIENCE_S = 8
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
