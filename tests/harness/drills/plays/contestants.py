"""Who builds in a drill: the plain builder, what people put around it, the kit, and commands of the caller."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PLAIN = ("docker", "buildx", "build")
PRUNE = ("docker", "buildx", "prune", "--force")
RETRY_WAIT_S = 10
"""What the popular retry action waits between two tries unless it is told otherwise (nick-fields/retry 3)."""
LOOP_TRIES, LOOP_WAIT_S = 3, 10
"""Tries of each cache strategy in the usual loop, and what it waits after the first one; after the second, twice."""
STRATEGIES: Mapping[str, tuple[str, ...]] = {
    "gha-full": ("--cache-from=type=gha", "--cache-to=type=gha,mode=max"),
    "gha-only": ("--cache-from=type=gha",),
    "local": (
        "--cache-from=type=local,src={folder}/cache", "--cache-to=type=local,dest={folder}/cache,mode=max"
    ),
    "no-cache": ("--no-cache",),
}  # fmt: skip
"""The arguments of buildx by strategy. buildx leaves out a gha cache where there is no Actions service, as in a drill;
`local` stands for a cache in a registry that one may write to."""
STAGE_COMMANDS = re.compile(
    r"^[^#\n]*/stage/(?:fetch|go-modules|python-packages|retry|system-packages)\.sh", re.MULTILINE
)
NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


class ContestantError(ValueError):
    """A contestant of the command line that cannot be played: what was wanted and seen."""


@dataclass(frozen=True)
class Try:
    """One try of a contestant: arguments of buildx of its own, whether it prunes before, and the seconds that its loop
    waits before.
    """

    words: tuple[str, ...] = ()
    prunes: bool = False
    wait_s: float = 0


@dataclass(frozen=True)
class Contestant:
    """How one contestant builds: a program before the arguments of buildx, and its tries.

    `hopeless`: it has one source of each kind, so a second identical failure is the end, unless the schedule of the
    fault begins with the pattern `passes`; `may_hang`: silence is the end. `codes`: its exit codes have meanings.
    `own`: it came from the command line.
    """

    name: str
    says: str
    program: Callable[[Path], tuple[str, ...]]
    tries: tuple[Try, ...] = (Try(),)
    hopeless: bool = True
    passes: str = "(?!)"
    may_hang: bool = True
    codes: bool = False
    own: bool = False


def _plain(_: Path) -> tuple[str, ...]:
    return PLAIN


def _kit(kit: Path) -> tuple[str, ...]:
    return (str(kit / "docker-build.sh"), "--")


def _loop() -> tuple[Try, ...]:
    """The usual loop: each strategy in order, each with its tries; between two builds a prune and a wait."""
    tries: list[Try] = []
    for words in STRATEGIES.values():
        for number in range(LOOP_TRIES):
            # A new strategy begins at once.
            tries.append(Try(words, prunes=bool(tries), wait_s=LOOP_WAIT_S * number))
    return tuple(tries)


CONTESTANTS: Mapping[str, Contestant] = {
    one.name: one
    for one in (
        Contestant("plain", "docker buildx build", _plain),
        Contestant(
            "retry3", f"three tries of it, {RETRY_WAIT_S} s between two", _plain,
            tries=(Try(), Try(wait_s=RETRY_WAIT_S), Try(wait_s=RETRY_WAIT_S)),
        ),
        Contestant(
            "strategies", "four cache strategies, three tries of each, a prune between two, a comma list of Go proxies",
            _plain, tries=_loop(), passes="404|410",
        ),
        Contestant("mirrors", "it, with a second source in the settings of engine and tools", _plain, hopeless=False),
        Contestant(
            "kit", "docker-build.sh with one more source of each kind",
            _kit, hopeless=False, may_hang=False, codes=True,
        ),
        Contestant(
            "kit-stage", "the kit without weaving: what the Dockerfile's own use of the stage commands gives",
            _kit, hopeless=False, may_hang=False, codes=True,
        ),
    )
}  # fmt: skip
ALWAYS = ("plain", "kit")
"""Contestants of every drill: the proof that a fault hurts, and the kit."""


def from_command(text: str) -> Contestant:
    """The contestant of `NAME=COMMAND`; the command gets the arguments of buildx behind its own.

    It may have sources and limits of its own, so that only the time limit of a build ends it. Raises ContestantError.
    """
    name, _, command = text.partition("=")
    if not NAME.fullmatch(name):
        raise ContestantError(f"a name of small letters, digits and dashes before the command, saw {name!r}")
    if name in CONTESTANTS:
        raise ContestantError(f"another name than those of {' '.join(CONTESTANTS)}, saw {name!r}")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ContestantError(f"a command as in a shell, saw {command!r}: {error}") from error
    if not words:
        raise ContestantError(f"a program in the command of {name!r}, saw nothing")
    program = shutil.which(words[0])
    if words[0] != PLAIN[0]:  # an engine brings its own client
        if program is None:
            raise ContestantError(f"a program in the command of {name!r}, saw {words[0]!r}")
        words[0] = str(Path(program).absolute())
    found = tuple(words)
    return Contestant(name, command, lambda _: found, hopeless=False, may_hang=False, own=True)


def reason_against(contestant: Contestant, dockerfile: str) -> str:
    """Why a contestant cannot play a Dockerfile; empty where it can."""
    if contestant.name == "kit-stage" and not STAGE_COMMANDS.search(dockerfile):
        return "the Dockerfile uses no command of scripts/stage"
    return ""
