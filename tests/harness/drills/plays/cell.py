"""A cell of a board: the outages that one build meets, as data that a file can hold and a drill can replay."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.drills.plays.contestants import Contestant
from harness.drills.plays.faults import ANY, FAULTS, PAYLOAD, REFUSED, Fault
from harness.drills.recording.kinds import Kind, first_of
from harness.sites.site import Rule
from harness.wire.journal import Entry


@dataclass(frozen=True)
class Outage:
    """A fault of one host, which may be a second source."""

    host: str
    fault: Fault

    @property
    def name(self) -> str:
        """What a row of the board calls it."""
        return f"{self.host} {self.fault.name}"


@dataclass(frozen=True)
class Cell:
    """What fails while a build runs. `id` is also the name of the cell's file, `group` where the cell comes from:
    `fault` for one fault of one host, `scenario`, `day` or `storm`.
    """

    id: str
    outages: tuple[Outage, ...]
    group: str = "fault"
    says: str = ""
    seed: str = "0"

    @classmethod
    def of(cls, host: str, fault: str) -> Cell:
        """The cell of one fault of the table at one host."""
        return cls(f"{host}-{fault}", (Outage(host, FAULTS[fault]),), says=FAULTS[fault].says)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Cell:
        """A cell of a file; raises KeyError, TypeError or re.error for what is none."""
        outages = tuple(
            Outage(str(row["host"]), Fault(*(str(row[name]) for name in ("name", "id", "says", "schedule", "hits"))))
            for row in found["outages"]
        )
        cell = cls(str(found["id"]), outages, *(str(found[name]) for name in ("group", "says", "seed")))
        if not re.fullmatch(r"[\w.:-]+", cell.id) or not outages:
            raise KeyError("id")
        for outage in outages:
            re.compile(outage.fault.hits)
        return cell

    def as_json(self) -> dict[str, Any]:
        """The cell for a file."""
        rows = [{"host": outage.host, **asdict(outage.fault)} for outage in self.outages]
        return {"id": self.id, "group": self.group, "says": self.says, "seed": self.seed, "outages": rows}

    @property
    def title(self) -> str:
        """What a row of the board calls it."""
        return self.outages[0].name if self.group == "fault" else self.id

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that fail."""
        return frozenset(outage.host for outage in self.outages)

    @property
    def refused(self) -> frozenset[str]:
        """The hosts that refuse connections."""
        return frozenset(outage.host for outage in self.outages if outage.fault.schedule == REFUSED)

    def fatal(self, contestant: Contestant) -> bool:
        """Whether a contestant cannot build: it has one source of each kind, and a first source fails for the whole
        build.
        """
        return contestant.hopeless and any(
            outage.fault.constant
            and outage.fault.hits in (ANY, PAYLOAD)
            and outage.host == first_of(outage.host)
            and not re.match(contestant.passes, outage.fault.schedule)
            for outage in self.outages
        )

    def rules(self, kinds: Mapping[str, Kind]) -> dict[str, Sequence[Rule]]:
        """The rules of each failing host."""
        found: dict[str, list[Rule]] = {}
        for outage in self.outages:
            if rule := outage.fault.rule(kinds[first_of(outage.host)]):
                found.setdefault(outage.host, []).append(rule)
        return {host: tuple(rules) for host, rules in found.items()}


def happens(outage: Outage, journal: Sequence[Entry], kinds: Mapping[str, Kind], seed: str = "0") -> str:
    """Why an outage cannot hit a build; empty where it can. `journal` has the requests of a healthy build."""
    hits = [entry for entry in journal if entry.host == outage.host]
    if not hits:
        return "a healthy build does not ask this host"
    kind = kinds.get(first_of(outage.host))
    if kind is None:
        return "the recording has nothing of this host"
    rule = outage.fault.rule(kind)
    if rule is None:
        return ""
    hits = [entry for entry in hits if rule.fits(entry.method, entry.path_class)]
    if not hits:
        return "a healthy build asks this host for no such thing"
    if not any(rule.schedule.at(entry.n, seed=seed, host=entry.host, path=entry.path).changes for entry in hits):
        return "a healthy build ends before the fault begins"
    return ""
