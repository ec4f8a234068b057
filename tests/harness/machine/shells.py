"""The shells that the kit's modules run in, as data."""

from __future__ import annotations

import shutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Shell:
    """One shell, and the command that starts it in POSIX mode."""

    name: str
    argv: tuple[str, ...]

    @property
    def is_there(self) -> bool:
        """Whether this machine has it."""
        return shutil.which(self.argv[0]) is not None


SHELLS = (
    Shell("dash", ("dash",)),
    Shell("ash", ("busybox", "ash")),
    Shell("bash", ("bash", "--posix")),
    Shell("mksh", ("mksh",)),
    Shell("yash", ("yash", "-o", "posixlycorrect")),
)
