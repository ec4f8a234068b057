"""The faults of a drill: catalogue faults with a schedule, aimed at the requests of one host. Data only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.catalogue.schedule import FOR_EVER, parse
from harness.drills.recording.kinds import Kind
from harness.sites.site import Rule

REFUSED = "refused"
PAYLOAD = "payload"
ANY = ".*"
BENIGN = re.compile(r"delay|rate|header|type|stale|no-length|slow-head|huge-head")
"""Faults that a patient client gets past."""
RETRY_AFTER = re.compile(r"retry-after=([0-9.]+)")

OUTAGE, WRONG, GONE = frozenset({75}), frozenset({65}), frozenset({69})
CAUSES: tuple[tuple[str, frozenset[int], str], ...] = (
    (r"^refused$", OUTAGE, r"(?i)refused|connect"),
    (r"^429", OUTAGE, r"(?i)\b429\b|too many|rate.limit"),
    (r"^40[13]", OUTAGE | frozenset({77}), r"(?i)\b40[13]\b|unauthori[sz]ed|forbidden|denied"),
    (r"^(404|410)", OUTAGE | GONE, r"(?i)\b4(04|10)\b|not found|no such|gone|could not find"),
    (r"^5[0-9][0-9]", OUTAGE, r"\b5\d\d\b|(?i:unavailable|bad gateway|server error)"),
    (r"^(rst|fin|empty)", OUTAGE, r"(?i)reset|broken|truncated|unexpected EOF|incomplete|closed|\bEOF\b"),
    (r"^stall", OUTAGE, r"(?i)time[d ]?.?out|stall|silent|no answer"),
    (r"^flip", WRONG | OUTAGE, r"(?i)digest|hash|checksum|integrity|mismatch|corrupt|zip|bad|invalid"),
    (r"^html", OUTAGE | WRONG, r"(?i)html|unexpected|invalid|parse|unknown type"),
    (r"", OUTAGE | WRONG, r"(?i)error|fail"),
)
"""By the first fault of a schedule: the exit codes of the kit that tell the truth where it cannot build, and a pattern
of last words that name the cause."""


@dataclass(frozen=True)
class Fault:
    """One outage of a host.

    `name` is its name on the board, `id` that of the catalogue, `schedule` its answers, or REFUSED; `hits` are the path
    classes: ANY, PAYLOAD or a pattern.
    """

    name: str
    id: str
    says: str
    schedule: str
    hits: str = ANY

    @property
    def constant(self) -> bool:
        """Whether it stays for the whole build, so that a client without another source cannot build."""
        if self.schedule == REFUSED:
            return True
        first, *others = parse(self.schedule).steps
        stays = not others and first.count == FOR_EVER and first.percent == 100
        return stays and bool(first.changes) and not BENIGN.match(first.text)

    @property
    def retry_after_s(self) -> float:
        """What the host asks clients to wait."""
        found = RETRY_AFTER.search(self.schedule)
        return float(found[1]) if found else 0

    @property
    def codes(self) -> frozenset[int]:
        """Exit codes of the kit that tell the truth where it cannot build."""
        return self._cause[1]

    @property
    def words(self) -> str:
        """A pattern of last words that name the cause."""
        return self._cause[2]

    @property
    def _cause(self) -> tuple[str, frozenset[int], str]:
        steps = [step.strip() for step in re.split("->|,", self.schedule)]
        first = next((step for step in steps if not step.startswith("ok")), "")
        return next(row for row in CAUSES if re.search(row[0], first))

    def classes(self, kind: Kind) -> str:
        """The pattern of path classes of a host that get the fault."""
        return kind.payload if self.hits == PAYLOAD else self.hits

    def rule(self, kind: Kind) -> Rule | None:
        """The rule for the host; None if its connections are refused. Raises ScheduleError."""
        return None if self.schedule == REFUSED else Rule(parse(self.schedule), path_class=self.classes(kind))


ROWS = (
    Fault("refused", "T1", "connections are refused", REFUSED),
    Fault("503", "H1", "every request gets 503", "503x*"),
    Fault("429", "H3", "every request gets 429 with Retry-After", "429(retry-after=20)x*"),
    Fault("reset", "T4", "packages are reset after 100 bytes", "rst@100x*", PAYLOAD),
    Fault("silent", "T3", "requests are accepted and never answered", "stall x*"),
    Fault("stalled", "T7", "packages stop after 100 bytes", "stall@100x*", PAYLOAD),
    Fault("wrong-bytes", "P2", "one bit of each package is wrong", "flip@100x*", PAYLOAD),
    Fault("html", "H10", "every request gets a page of HTML and 200", "htmlx*"),
)
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in ROWS}
"""By name. Each stays for the whole build."""
