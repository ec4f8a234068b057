"""Runs a command and returns everything that a bug report needs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.machine.event_schema import check_events

KEPT = ("PATH", "TMPDIR", "SSL_CERT_FILE", "PIP_CERT", "PIP_FIND_LINKS", "GOFLAGS", "GOPROXY", "CI")
"""Variables that a command under test may inherit; others would make a test depend on the caller."""


@dataclass(frozen=True)
class Result:
    """How a command ended; its repr is a bug report."""

    argv: tuple[str, ...]
    rc: int
    out: str
    err: str
    seconds: float

    def __repr__(self) -> str:
        command = " ".join(self.argv)
        return f"$ {command}\nrc {self.rc} after {self.seconds:.1f} s\n-- out\n{self.out}\n-- err\n{self.err}"


def clean_environment(home: Path | str = "/nonexistent") -> dict[str, str]:
    """The environment of a command under test: of the caller's, only the variables in KEPT."""
    return {"HOME": str(home), "LANG": "C.UTF-8"} | {name: os.environ[name] for name in KEPT if name in os.environ}


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    stdin: str = "",
    timeout: float = 120,
    forged: bool = False,
) -> Result:
    """Runs argv in a session of its own. `timeout` is in seconds; `forged`: the log may hold forged events.

    After the timeout it kills the whole process group and raises AssertionError with the output so far.
    """
    words = tuple(str(word) for word in argv)
    begun = time.monotonic()
    process = subprocess.Popen(
        words,
        env=dict(env) if env is not None else clean_environment(),
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    late = False
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        late = True
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    result = Result(words, process.returncode, out, err, time.monotonic() - begun)
    assert not late, f"wanted an end within {timeout} s\n{result!r}"
    check_events("" if forged else err, (env or {}).get("SEAWALL_EVENTS"))
    return result
