"""The faults of a drill: catalogue faults that stay for the whole build, aimed at one host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.catalogue.schedule import parse
from harness.drills.kinds import Kind
from harness.sites.site import Rule

REFUSED = "refused"
PAYLOAD = "payload"
ANY = ".*"


@dataclass(frozen=True)
class Fault:
    """One outage of a host.

    `name` is its name on the board, `id` that of the catalogue, `schedule` its answers, or REFUSED; `hits` are the path
    classes, ANY or PAYLOAD. `codes` are exit codes of the kit that tell the truth where it cannot build, `words` a
    pattern of last words that name the cause. `retry_after_s` is what the host asks clients to wait.
    """

    name: str
    id: str
    says: str
    schedule: str
    hits: str
    codes: frozenset[int]
    words: str
    retry_after_s: float = 0

    def classes(self, kind: Kind) -> str:
        """The pattern of path classes of a host that get the fault."""
        return kind.payload if self.hits == PAYLOAD else ANY

    def rule(self, kind: Kind) -> Rule | None:
        """The rule for the host; None if its connections are refused."""
        return None if self.schedule == REFUSED else Rule(parse(self.schedule), path_class=self.classes(kind))


OUTAGE, WRONG = frozenset({75}), frozenset({65})
ROWS = (
    Fault("refused", "T1", "connections are refused", REFUSED, ANY, OUTAGE, r"(?i)refused|connect"),
    Fault("503", "H1", "every request gets 503", "503x*", ANY, OUTAGE, r"\b503\b|(?i:unavailable)"),
    Fault("429", "H3", "every request gets 429 with Retry-After", "429(retry-after=20)x*", ANY, OUTAGE,
          r"(?i)\b429\b|too many|rate.limit", 20),
    Fault("reset", "T4", "packages are reset after 100 bytes", "rst@100x*", PAYLOAD, OUTAGE,
          r"(?i)reset|broken|truncated|unexpected EOF|incomplete|closed"),
    Fault("silent", "T3", "requests are accepted and never answered", "stall x*", ANY, OUTAGE,
          r"(?i)time[d ]?.?out|stall|silent|no answer"),
    Fault("stalled", "T7", "packages stop after 100 bytes", "stall@100x*", PAYLOAD, OUTAGE,
          r"(?i)time[d ]?.?out|stall|silent"),
    Fault("wrong-bytes", "P2", "one bit of each package is wrong", "flip@100x*", PAYLOAD, WRONG | OUTAGE,
          r"(?i)digest|hash|checksum|integrity|mismatch|corrupt|zip|bad|invalid"),
    Fault("html", "H10", "every request gets a page of HTML and 200", "htmlx*", ANY, OUTAGE | WRONG,
          r"(?i)html|unexpected|invalid|parse|unknown type"),
)  # fmt: skip
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in ROWS}
"""By name. Each stays for the whole build, so a client without another source cannot build."""

CONSTANT = "this fault stays for the whole build, and the second failure was identical"
