"""Outages drawn from a seed: days on which several sources fail, and the builds of a storm.

Each host has one source that lives: its own one or its second one. A draw depends on the seed, the number and the host
alone, so that neither the order of hosts nor another host changes it.
"""

from __future__ import annotations

from random import Random

from harness.drills.plays.cell import Cell, Outage
from harness.drills.plays.faults import FAULTS, PAYLOAD, Fault
from harness.drills.plays.scenarios import Build
from harness.drills.recording.kinds import second_of

DAYS = 4
"""Days of a seed."""
FIRST_FAILS, SECOND_FAILS = 0.6, 0.8
"""Below the first number a host fails on a day, below the second its second source does, else neither."""
TOGETHER = (1, 1, 1, 2, 2, 3)
"""How many hosts fail together in a build of a storm."""
ENDING = (
    Fault("503-ends", "H1", "the first three requests get 503", "503x3 -> ok"),
    Fault("429-ends", "H3", "the first two requests get 429 with Retry-After", "429(retry-after=2)x2 -> ok"),
    Fault("empty-ends", "T6", "the first two requests get an empty reply", "fin x2 -> ok"),
    Fault("html-ends", "H10", "the first two requests get a page of HTML and 200", "html x2 -> ok"),
    Fault("reset-ends", "T4", "the first two packages are reset after 100 bytes", "rst@100x2 -> ok", PAYLOAD),
    Fault("cut-ends", "T5", "the first two packages end after 100 bytes", "fin@100x2 -> ok", PAYLOAD),
)
"""Outages that end while a build runs."""
UNNOTICED = frozenset({"wrong-bytes", "html", "html-ends"})
"""Faults that nobody can notice where nothing says which bytes are right."""


def candidates(host: str, build: Build) -> list[Fault]:
    """The faults that may be drawn for a host: they hit the build, and it can notice them."""
    drawn = [*FAULTS.values(), *ENDING]
    if not build.notices(host):
        drawn = [fault for fault in drawn if fault.name not in UNNOTICED]
    return [fault for fault in drawn if build.reached(Outage(host, fault))]


def day(seed: str, number: int, build: Build) -> Cell:
    """A day of a seed: on each, at least one source fails, and one of each kind lives at any time."""
    outages: list[Outage] = []
    chances: dict[str, float] = {}
    for host in build.hosts:
        stream = Random(f"{seed}/day/{number}/{host}")  # noqa: S311 # a drill must be repeatable
        chances[host] = chance = stream.random()
        fault = stream.choice(candidates(host, build))
        if chance < FIRST_FAILS:
            outages.append(Outage(host, fault))
        elif chance < SECOND_FAILS:
            outages.append(Outage(second_of(host), fault))
    if not any(outage.host in chances for outage in outages):
        host = min(chances, key=lambda name: (chances[name], name))
        stream = Random(f"{seed}/day/{number}/{host}/forced")  # noqa: S311
        outages = [outage for outage in outages if outage.host != second_of(host)]
        outages.append(Outage(host, stream.choice(candidates(host, build))))
    return _cell("day", f"day-{seed}-{number}", outages, seed)


def gale(seed: str, number: int, build: Build) -> Cell:
    """A build of a storm: one to three hosts fail, of which further ones may be second sources."""
    stream = Random(f"{seed}/storm/{number}")  # noqa: S311
    hosts = stream.sample(build.hosts, min(len(build.hosts), stream.choice(TOGETHER)))
    outages = []
    for place, host in enumerate(hosts):
        fault = stream.choice(candidates(host, build))
        second = place > 0 and stream.random() < SECOND_FAILS - FIRST_FAILS
        outages.append(Outage(second_of(host) if second else host, fault))
    return _cell("storm", f"storm-{seed}-{number:04}", outages, seed)


def _cell(group: str, name: str, outages: list[Outage], seed: str) -> Cell:
    says = ", ".join(outage.name for outage in outages)
    return Cell(name, tuple(outages), group, says, seed)
