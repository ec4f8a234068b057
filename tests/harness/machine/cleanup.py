"""Cleanup that also runs when the tests are killed: a separate process waits for the end of a pipe."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LIMIT_S = 120
WAIT_AND_CLEAN = 'cat >/dev/null; exec "$@"'
"""The pipe ends when we close it, and when this process dies."""
_pipes: list[int] = []
"""Our ends of the pipes. Later cleaners inherit them, so cleanup runs in reverse order of registration."""


@contextmanager
def at_end(argv: Sequence[str | Path], env: Mapping[str, str]) -> Iterator[None]:
    """Runs a command once, after the block or after this process was killed inside it.

    Raises AssertionError at the end of the block if the command fails.
    """
    words = ["sh", "-c", WAIT_AND_CLEAN, "at-end", *map(str, argv)]
    # In a session of its own, so that a signal to the tests does not reach it.
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
