"""Grades of one build in one cell, and whether the cell proves anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.drills.contestants import Contestant, image_name
from harness.drills.faults import REFUSED, Fault
from harness.drills.image import Healthy
from harness.drills.play import Played
from harness.wire.journal import Entry

MOST_OF_A_LAYER, MOST = 8, 3
"""Requests for one path that a source in an outage may see from one build: for a layer of an image, for anything
else."""
IN_FLIGHT_S = 1
"""Requests that a client has already sent when it reads a Retry-After."""


@dataclass(frozen=True)
class Grade:
    """The four grades; None where a build was ended before its last words. `why` has a reason for each that is bad."""

    survived: bool
    right: bool | None
    polite: bool | None
    truthful: bool | None
    why: tuple[str, ...]
    hits: int

    @property
    def hurt(self) -> bool:
        """Whether the fault did harm: no image, or another one."""
        return not (self.survived and self.right)


def grade(contestant: Contestant, played: Played, fault: Fault, host: str, healthy: Healthy) -> Grade:
    """Grades a build under a fault of a host."""
    survived = played.code == 0 and played.image is not None
    wrong = healthy.differences(played.image) if played.image else []
    rude = _rude(played.journal, host, fault)
    false = _untrue(contestant, played, fault, host, survived=survived, right=not wrong)
    unsaid = played.cut and not played.hung
    why = [*([f"another image: {', '.join(wrong[:3])}"] if wrong else []), *rude, *false]
    return Grade(
        survived,
        not wrong if survived else None,
        False if rude else None if unsaid else True,
        None if unsaid else not false,
        tuple(why),
        played.refused if fault.schedule == REFUSED else len(faulty(played.journal, host)),
    )


def faulty(journal: Sequence[Entry], host: str) -> list[Entry]:
    """The requests that got the fault."""
    return [entry for entry in journal if entry.host == host and entry.fault != "ok"]


def _rude(journal: Sequence[Entry], host: str, fault: Fault) -> list[str]:
    """Where a client asked a source in an outage too often, or before the time that it was told to wait."""
    hit, found = faulty(journal, host), []
    counts = Counter((entry.method, entry.path, entry.path_class) for entry in hit)
    for (method, path, path_class), count in counts.items():
        most = MOST_OF_A_LAYER if path_class == "blob" else MOST
        if count > most:
            found.append(f"wanted at most {most} requests, saw {count} of {method} {path}")
    if fault.retry_after_s:
        first = {entry.path: entry.time for entry in reversed(hit)}
        early = [entry for entry in hit if IN_FLIGHT_S < entry.time - first[entry.path] < fault.retry_after_s]
        if early:
            waited = early[0].time - first[early[0].path]
            found.append(f"wanted a wait of {fault.retry_after_s:.0f} s, saw {waited:.0f} s before {early[0].path}")
    return found


def _untrue(
    contestant: Contestant, played: Played, fault: Fault, host: str, *, survived: bool, right: bool
) -> list[str]:
    """What exit code and last words conceal."""
    if survived:
        return [] if right else ["exit code 0 with another image"]
    if played.hung:
        return [f"hangs: {played.decided}"]
    text, found = "\n".join(played.last_words), []
    if host not in text and not re.search(rf"\b{re.escape(image_name(host))}\b", text):
        found.append(f"wanted last words that name {host}")
    if not re.search(fault.words, text):
        found.append(f"wanted last words that name the cause: {fault.says}")
    if contestant.codes and played.code not in fault.codes:
        found.append(f"wanted exit code {' or '.join(map(str, sorted(fault.codes)))}, saw {played.code}")
    return found
