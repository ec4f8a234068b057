"""Runs bats: one process per file, in a process group that is killed by its id."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE = 10.0
"""Seconds without output that bats may take beyond the timeout of one test, or after the last result."""


@dataclass(frozen=True)
class Ended:
    """How bats ended; `silent`: it was killed because it printed nothing for that many seconds; `pause`: the longest
    time without output, in seconds.
    """

    rc: int
    out: str
    err: str
    silent: float = 0
    pause: float = 0


def call(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    quiet: float | None = None,
    is_whole: Callable[[str], bool] = lambda _: False,
) -> Ended:
    """Runs argv. Kills its process group after `quiet` seconds without output, or after GRACE seconds once `is_whole`
    is true of its output: the timer of a test, which bats 1.8 may leave behind, keeps bats waiting for minutes.
    """
    process = subprocess.Popen(
        argv,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err, silent, pause = _read(process, quiet, is_whole)
        if not silent:
            process.wait()
    finally:
        _end_group(process.pid)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
    return Ended(process.returncode, out, err, silent, pause)


def _read(
    process: subprocess.Popen[bytes], quiet: float | None, is_whole: Callable[[str], bool]
) -> tuple[str, str, float, float]:
    """Reads both streams until they end, or `quiet` seconds pass without output, or GRACE if the output is complete."""
    gathered: dict[str, list[bytes]] = {"out": [], "err": []}
    silent = pause = 0.0
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("out", process.stdout), ("err", process.stderr)):
            assert pipe
            selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map() and not silent:
            begun = time.monotonic()
            limit = GRACE if is_whole(_text(gathered["out"])) else quiet
            ready = selector.select(limit)
            pause = max(pause, time.monotonic() - begun)
            if not ready and limit is not None:
                silent = time.monotonic() - begun
            for key, _ in ready:
                chunk = os.read(key.fd, 65536)
                if chunk:
                    gathered[key.data].append(chunk)
                else:
                    selector.unregister(key.fileobj)
    return _text(gathered["out"]), _text(gathered["err"]), silent, pause


def _text(chunks: list[bytes]) -> str:
    return b"".join(chunks).decode(errors="replace")


def _end_group(group: int) -> None:
    """Kills the remaining processes of the group, a test's leftovers included."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
