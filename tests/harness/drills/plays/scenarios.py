"""Scenarios in a drill: incidents with a name, aimed at the hosts of a build by their kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from harness.drills.plays.cell import Cell, Outage, happens
from harness.drills.plays.faults import PAYLOAD, REFUSED, Fault
from harness.drills.plays.healthy import Controls
from harness.drills.recording.kinds import KINDS as RECORDED
from harness.drills.recording.kinds import Kind, first_of
from harness.drills.recording.store import Store
from harness.lab.topology import Lab, Plan, ScenarioError, read_scenario
from harness.wire.journal import Entry

FOLDER = Path(__file__).resolve().parents[4] / "fixtures/scenarios"
KINDS: Mapping[str, str] = {
    "files": "url", "go": "go-proxy", "pypi": "pypi", "registry": "registry", "apt": "apt", "apk": "apk", "npm": "npm",
    "git": "git",
}  # fmt: skip
"""The kind of a drill's hosts for each upstream of a scenario."""
NOT_DRILLED: Mapping[str, str] = {
    "cache": "a build in a drill has no cache of Actions", "proxy": "a drill has no proxy",
}  # fmt: skip
CHECKED = re.compile(r"(?i)sha(256|384|512)|checksum")


@dataclass(frozen=True)
class Scenario:
    """A scenario file: its name, its title and its faults."""

    name: str
    title: str
    plans: tuple[Plan, ...]


def scenarios() -> dict[str, Path]:
    """The scenario files that ship, by name."""
    return {file.stem: file for file in sorted(FOLDER.glob("*.toml"))}


def scenario_of(file: Path) -> Scenario:
    """A scenario file, checked; raises ScenarioError. `refused` is a schedule, and a fault may name a host."""
    title, plans = read_scenario(file)
    Lab().check([replace(plan, host="", schedule=_parsed(plan.schedule)) for plan in plans], str(file))
    if wrong := [plan.upstream for plan in plans if plan.upstream not in {**KINDS, **NOT_DRILLED}]:
        raise ScenarioError(f"{file}: wanted an upstream of {' '.join(KINDS)}, saw {wrong[0]!r}")
    return Scenario(re.sub(r"[^\w.-]", "-", file.stem), title, tuple(plans))


def _parsed(schedule: str) -> str:
    return "rst x*" if schedule == REFUSED else schedule


@dataclass(frozen=True)
class Build:
    """What a healthy build of a project asks: the kind of each host, its requests, and where indexes lead.

    `linked` are hosts of kind url to which an index of pip leads, whose files pip checks; `checks`: the Dockerfile has
    checksums.
    """

    kinds: Mapping[str, Kind]
    journal: Sequence[Entry]
    linked: frozenset[str] = frozenset()
    checks: bool = False

    @classmethod
    def learn(cls, controls: Controls, store: Store, dockerfile: str) -> Build:
        """From the healthy replay of the plain build, the recording and the Dockerfile."""
        pages = [store.body_of(answer) for answer in store if controls.kinds[answer.host].name == "pypi"]
        urls = [host for host, kind in controls.kinds.items() if kind.name == "url"]
        linked = {host for host in urls if any(f"//{host}/".encode() in page for page in pages)}
        journal = controls.played["plain"].journal
        return cls(controls.kinds, journal, frozenset(linked), bool(CHECKED.search(dockerfile)))

    @cached_property
    def hosts(self) -> list[str]:
        """The hosts that it asks, in the order of their names."""
        return sorted({entry.host for entry in self.journal})

    def reached(self, outage: Outage) -> bool:
        """Whether an outage of a first source hits it."""
        return not happens(outage, self.journal, self.kinds)

    def notices(self, host: str) -> bool:
        """Whether it notices wrong bytes of a host: every package tool does, a plain download does with a checksum."""
        return self.kinds[host].name != "url" or host in self.linked or self.checks


def cell_of(scenario: Scenario, build: Build) -> tuple[Cell | None, str]:
    """The cell of a scenario for a build, or why there is none."""
    outages, reasons = [], []
    for plan in scenario.plans:
        found, why = _outages(plan, build)
        outages += found
        reasons.append(why)
    if not outages:
        return None, next(filter(None, reasons))
    return Cell(f"scenario-{scenario.name}", tuple(outages), "scenario", scenario.title), ""


def _outages(plan: Plan, build: Build) -> tuple[list[Outage], str]:
    """The outages of one fault of a scenario, or why there is none."""
    if plan.upstream in NOT_DRILLED:
        return [], NOT_DRILLED[plan.upstream]
    says = f"{plan.upstream} {plan.path_class}: {plan.schedule}"
    kind = next(kind for kind in RECORDED if kind.name == KINDS[plan.upstream])
    hits = PAYLOAD if plan.path_class == kind.payload else plan.path_class
    fault = Fault(plan.schedule, plan.id, says, plan.schedule, hits)
    if plan.host:
        if first_of(plan.host) not in build.hosts:
            return [], f"this build does not ask {plan.host}"
        return [Outage(plan.host, fault)], ""
    own = [host for host in build.hosts if build.kinds[host].name == KINDS[plan.upstream]]
    if not own:
        return [], f"this build has no source of the kind {KINDS[plan.upstream]}"
    found = _hit(own, fault, build)
    if not found and plan.upstream == "pypi":
        found = _hit(sorted(build.linked), fault, build)
    return found, happens(Outage(own[0], fault), build.journal, build.kinds)


def _hit(hosts: Iterable[str], fault: Fault, build: Build) -> list[Outage]:
    return [outage for outage in (Outage(host, fault) for host in hosts) if build.reached(outage)]
