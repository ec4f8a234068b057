"""Messages of a drill for people, on stderr."""

from __future__ import annotations

import sys
from typing import NoReturn


def say(text: str) -> None:
    """Prints a message to stderr."""
    print(f"fault-drill: info: {text}", file=sys.stderr, flush=True)


def die(code: int, text: str) -> NoReturn:
    """Prints one message and exits with the code."""
    print(f"fault-drill: error: {text}", file=sys.stderr)
    sys.exit(code)
