"""Reduces the outages of a cell that fails to the smallest that still fail, and saves them as a scenario."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from harness.catalogue.schedule import FOR_EVER, parse
from harness.drills.board.figures import lacking
from harness.drills.messages import say
from harness.drills.plays.cell import Cell, Outage
from harness.drills.plays.faults import PAYLOAD, REFUSED
from harness.drills.plays.scenarios import KINDS
from harness.drills.recording.kinds import Kind, first_of

T = TypeVar("T")

MOST = 40
"""Builds that shrinking one cell may take."""
FEW = 3
"""A fault that stays is tried with fewer requests than this, then as it is."""
SETTINGS = settings(
    max_examples=60, database=None, deadline=None, phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
)  # fmt: skip


def smaller(cell: Cell, fails: Callable[[Cell], bool], most: int) -> Cell:
    """A cell that fails like this one, but not without one of its outages, nor with fewer requests that get a fault.

    `fails` plays a cell; it is called at most `most` times, after which what was found is returned.
    """
    known = {cell.outages: True}
    left = most

    def still(outages: Sequence[Outage]) -> bool:
        nonlocal left
        key = tuple(outages)
        if key not in known:
            if left == 0:
                return False
            left -= 1
            known[key] = fails(replace(cell, outages=key))
        return known[key]

    outages = cell.outages
    kept = st.tuples(*(st.booleans() for _ in outages))
    chosen = _least(kept, lambda found: any(found) and still(list(compress(outages, found))), (True,) * len(outages))
    outages = tuple(compress(outages, chosen))
    forms = [_forms(outage) for outage in outages]
    levels = st.tuples(*(st.integers(0, len(form) - 1) for form in forms))

    def at(found: Sequence[int]) -> tuple[Outage, ...]:
        return tuple(form[level] for form, level in zip(forms, found, strict=True))

    found = _least(levels, lambda given: still(at(given)), tuple(len(form) - 1 for form in forms))
    return replace(cell, outages=at(found))


def _least(strategy: st.SearchStrategy[T], fails: Callable[[T], bool], otherwise: T) -> T:
    """The least example that fails; `otherwise` where none is found."""
    try:
        # The same examples in each run: a drill is repeatable.
        return find(strategy, fails, settings=SETTINGS, random=Random(0))  # noqa: S311
    except NoSuchExample:
        return otherwise


def _forms(outage: Outage) -> list[Outage]:
    """An outage with its first fault for one request, for two, ..., and at last as it is."""
    if outage.fault.schedule == REFUSED:
        return [outage]
    step = parse(outage.fault.schedule).steps[0]
    count = FEW if step.count == FOR_EVER else step.count
    shorter = [f"{step.text} x{number} -> ok" for number in range(1, count)] if step.changes else []
    return [*(replace(outage, fault=replace(outage.fault, schedule=text)) for text in shorter), outage]


def save(cell: Cell, title: str, source: str, kinds: Mapping[str, Kind], file: Path) -> None:
    """Writes the outages of a cell as a scenario file, which `--scenario FILE` plays."""
    upstreams = {kind: name for name, kind in KINDS.items()}
    lines = [f"title = {json.dumps(title)}", f"source = {json.dumps(source)}"]
    for outage in cell.outages:
        fault, kind = outage.fault, kinds[first_of(outage.host)]
        row = {
            "id": fault.id, "upstream": upstreams[kind.name], "host": outage.host,
            "class": kind.payload if fault.hits == PAYLOAD else fault.hits, "schedule": fault.schedule,
        }  # fmt: skip
        lines += ["", "[[fault]]", *(f"{name} = {json.dumps(value)}" for name, value in row.items() if value)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")


def shrink_failing(
    cells: Iterable[Mapping[str, Any]],
    name: str,
    fails: Callable[[Cell], bool],
    kinds: Mapping[str, Kind],
    report: Path,
) -> None:
    """Saves the smallest outages with which a contestant fails, for each cell of several outages in which it does."""
    for found in cells:
        play = next((play for play in found["plays"] if play["contestant"] == name), None)
        cell = Cell.from_json(found["data"])
        if play is None or found["invalid"] or not lacking(play) or len(cell.outages) < 2:
            continue
        say(f"shrinking {cell.id}: up to {MOST} builds of {name}")
        least = smaller(cell, fails, MOST)
        file = report / "shrunk" / f"{cell.id}.toml"
        words = ", ".join(f"{outage.host} {outage.fault.schedule}" for outage in least.outages)
        save(least, f"{name} fails: {words}", f"{cell.id} of fault-drill.sh", kinds, file)
        say(f"{name} fails with {words} already; --scenario {file} plays it")
