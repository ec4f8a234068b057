"""Grades of one build in one cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.drills.machine.image import Healthy
from harness.drills.plays.cell import Cell, Outage
from harness.drills.plays.contestants import Contestant
from harness.drills.plays.faults import Fault
from harness.drills.plays.play import Played
from harness.drills.plays.settings import image_name
from harness.drills.plays.watch import PATIENCE_S
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


def grade(contestant: Contestant, played: Played, cell: Cell, healthy: Healthy) -> Grade:
    """Grades a build in a cell."""
    survived = played.code == 0 and played.image is not None
    wrong = healthy.differences(played.image) if played.image else []
    rude = [text for outage in cell.outages for text in _rude(_graded(played, outage.host), outage.fault)]
    false = _untrue(contestant, played, cell, survived=survived, right=not wrong)
    unsaid = played.cut and not played.hung
    why = [*([f"another image: {', '.join(wrong[:3])}"] if wrong else []), *dict.fromkeys(rude), *false]
    hits = sum(len(faulty(played.journal, host)) for host in cell.hosts)
    return Grade(
        survived,
        not wrong if survived else None,
        False if rude else None if unsaid else True,
        None if unsaid else not false,
        tuple(why),
        hits + (played.refused if cell.refused else 0),
    )


def faulty(journal: Sequence[Entry], host: str) -> list[Entry]:
    """The requests that got a fault."""
    return [entry for entry in journal if entry.host == host and entry.fault != "ok"]


def _graded(played: Played, host: str) -> list[Entry]:
    """The requests that got a fault and count. A build that was ended early is graded by those of the time for which
    every machine would have watched it: a busy one watches longer.
    """
    found = faulty(played.journal, host)
    if not played.cut or played.hung:
        return found
    return [entry for entry in found if entry.time - found[0].time <= PATIENCE_S]


def _rude(hit: Sequence[Entry], fault: Fault) -> list[str]:
    """Where a client asked a source in an outage too often, or before the time that it was told to wait."""
    found = []
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


def _untrue(contestant: Contestant, played: Played, cell: Cell, *, survived: bool, right: bool) -> list[str]:
    """What exit code and last words conceal: one outage of the cell must be named with its cause."""
    if survived:
        return [] if right else ["exit code 0 with another image"]
    if played.hung:
        return [f"hangs: {played.decided}"]
    text = "\n".join(played.last_words)
    return min((_unsaid(contestant, played.code, text, outage) for outage in cell.outages), key=len)


def _unsaid(contestant: Contestant, code: int, text: str, outage: Outage) -> list[str]:
    """What last words and exit code do not say of one outage."""
    host, fault, found = outage.host, outage.fault, []
    if host not in text and not re.search(rf"\b{re.escape(image_name(host))}\b", text):
        found.append(f"wanted last words that name {host}")
    if not re.search(fault.words, text):
        found.append(f"wanted last words that name the cause: {fault.says}")
    if contestant.codes and code not in fault.codes:
        found.append(f"wanted exit code {' or '.join(map(str, sorted(fault.codes)))}, saw {code}")
    return found
