"""Runs commands on a terminal: what they print there, and what is typed."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def on_a_terminal(
    command: Sequence[str | Path], env: Mapping[str, str], within_s: float, typed: str = ""
) -> tuple[int, str]:
    """Runs a command with a terminal for stdin, stdout and stderr; returns its exit code and the terminal's content.

    `typed` is in the input from the start, as if typed ahead.
    """
    ours, theirs = pty.openpty()
    words = [str(word) for word in command]
    process = subprocess.Popen(
        words, env={**env, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    seen, end = b"", time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        seen += piece
    process.wait(timeout=10)
    os.close(ours)
    return process.returncode, seen.decode(errors="replace")
