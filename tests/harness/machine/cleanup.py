"""Cleaning that happens: the command is registered before what it cleans is made, and outlives a kill of the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LIMIT_S = 120
WAIT_AND_CLEAN = 'cat >/dev/null; exec "$@"'
"""The pipe ends when we close it, and when we are no more."""
_pipes: list[int] = []
"""Our ends of the pipes. Later cleaners hold them too, so what was made last is cleaned first."""


@contextmanager
def at_end(argv: Sequence[str | Path], env: Mapping[str, str]) -> Iterator[None]:
    """Runs a command once, when the block has ended or this process was killed in it.

    Raises AssertionError at the end of the block where the command fails.
    """
    words = ["sh", "-c", WAIT_AND_CLEAN, "at-end", *map(str, argv)]
    # A session of its own: a signal for the tests is none for it.
    with subprocess.Popen(
        words, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        pass_fds=_pipes, start_new_session=True,
    ) as cleaner:  # fmt: skip
        assert cleaner.stdin, "it was asked for"
        _pipes.append(cleaner.stdin.fileno())
        try:
            yield
        finally:
            _pipes.pop()
            cleaner.stdin.close()
            code = cleaner.wait(LIMIT_S)
    assert code == 0, f"wanted {' '.join(words[4:])} to clean up, saw exit code {code}"
