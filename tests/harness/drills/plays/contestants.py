"""Who builds in a drill: the plain builder, what people put around it, and the kit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PLAIN = ("docker", "buildx", "build")
RETRY_WAIT_S = 10
"""What the popular retry action waits between two tries unless it is told otherwise (nick-fields/retry 3)."""


@dataclass(frozen=True)
class Contestant:
    """How one contestant builds: a program before the arguments of buildx, and how often it is called.

    `hopeless`: it has one source of each kind, so a second identical failure is the end; `may_hang`: silence is.
    `codes`: its exit codes have meanings.
    """

    name: str
    says: str
    program: Callable[[Path], tuple[str, ...]]
    tries: int = 1
    wait_s: float = 0
    hopeless: bool = True
    may_hang: bool = True
    codes: bool = False


def _plain(_: Path) -> tuple[str, ...]:
    return PLAIN


CONTESTANTS: Mapping[str, Contestant] = {
    one.name: one
    for one in (
        Contestant("plain", "docker buildx build", _plain),
        Contestant("retry3", f"three tries of it, {RETRY_WAIT_S} s between two", _plain, tries=3, wait_s=RETRY_WAIT_S),
        Contestant("mirrors", "it, with a second source in the settings of engine and tools", _plain, hopeless=False),
        Contestant(
            "kit", "docker-build.sh with one more source of each kind",
            lambda kit: (str(kit / "docker-build.sh"), "--"), hopeless=False, may_hang=False, codes=True,
        ),
    )
}  # fmt: skip
