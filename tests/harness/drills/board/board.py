"""The data of a score board: cells with their outages, what several contestants did in them, and what it proves."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.drills.board.figures import GRADES, KIT, MUST, counted, in_words, notes, this_machine, total, totals, valid
from harness.drills.board.odds import storm_of
from harness.drills.board.report import write_report
from harness.drills.plays.arguments import without_values
from harness.drills.plays.cell import Cell, happens
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.grades import Grade, grade
from harness.drills.plays.healthy import Controls
from harness.drills.plays.play import Played, Project
from harness.drills.recording.kinds import first_of
from harness.wire.journal import Entry

VERSION = 3
PLAIN = "plain"
SCHEMA = Path(__file__).with_name("board.schema.json")


@dataclass(frozen=True)
class Absent:
    """A cell that is not played, and why."""

    host: str
    fault: str
    reason: str


def cells_of(controls: Controls, faults: Iterable[str]) -> tuple[list[Cell], list[Absent]]:
    """The cells of a build: each fault at each host that the healthy plain build asked, in their order."""
    cells: list[Cell] = []
    absent: list[Absent] = []
    for host in controls.asked:
        for name in faults:
            cell = Cell.of(host, name)
            if reason := happens(cell.outages[0], controls.played["plain"].journal, controls.kinds):
                absent.append(Absent(host, name, reason))
            else:
                cells.append(cell)
    return cells, absent


def about_play(name: str, played: Played, given: Grade, healthy_s: float) -> dict[str, Any]:
    """One contestant in one cell, for the board."""
    return {
        "contestant": name,
        "survived": given.survived, "right": given.right, "polite": given.polite, "truthful": given.truthful,
        "why": list(given.why), "hits": given.hits, "exit": played.code, "cut": played.cut, "hangs": played.hung,
        "decided": played.decided, "tries": played.tries, "requests": len(played.journal),
        "seconds": round(played.seconds, 1), "seconds_over_healthy": round(played.seconds - healthy_s, 1),
        "seconds_counted": played.counted_s, "last_words": played.last_words,
        "journal": [_row(entry) for entry in played.journal],
    }  # fmt: skip


def _row(entry: Entry) -> dict[str, Any]:
    """An entry of a journal; of the headers, only their names."""
    return {**asdict(entry), "time": round(entry.time, 3), "headers": sorted(entry.headers)}


def call_of(project: Project) -> list[str]:
    """The arguments of fault-drill.sh that name a build, as seen from here."""
    words = ["-f", os.path.relpath(project.dockerfile), os.path.relpath(project.context)]
    return [*words, *(["--", *without_values(project.words)] if project.words else [])]


def take_events(file: str) -> list[dict[str, Any]]:
    """The events that a build of the kit has written to a file, which is removed; lines cut by its end are left out.

    Without a name there are none.
    """
    found: list[dict[str, Any]] = []
    if not file or not Path(file).is_file():
        return found
    for line in Path(file).read_text(errors="replace").splitlines():
        with suppress(ValueError):
            found += [event] if isinstance(event := json.loads(line), dict) else []
    Path(file).unlink()
    return found


def about_cell(
    cell: Cell,
    played: Mapping[str, Played],
    missing: Mapping[str, Sequence[str]],
    controls: Controls,
    events: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> dict[str, Any]:
    """A played cell, for the board; `missing` are requests that the recording lacks, by contestant, `events` what the
    kit recorded.
    """
    grades = {name: grade(controls.contestants[name], found, cell, controls.healthy) for name, found in played.items()}
    rows = [
        about_play(name, played[name], given, controls.played[name].seconds)
        | {"missing": sorted(set(missing[name])), "events": list((events or {}).get(name, ()))}
        for name, given in grades.items()
    ]
    first, *others = cell.outages
    kind = controls.kinds[first_of(first.host)]
    return {
        "id": cell.id, "title": cell.title, "group": cell.group, "host": first.host if not others else "",
        "kind": kind.name if not others else "", "fault": first.fault.name if not others else "", "says": cell.says,
        "data": cell.as_json(), "invalid": list(_doubts(cell, grades, missing)), "plays": rows,
    }  # fmt: skip


def _doubts(cell: Cell, grades: Mapping[str, Grade], missing: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """Why a cell proves nothing; empty for a valid one. An outage that ends need not harm the plain build."""
    name = PLAIN if PLAIN in grades else next(iter(grades))
    if not grades[name].hits:
        yield f"the fault did not happen: the {name} build made no request that got it"
    elif name == PLAIN and cell.fatal(CONTESTANTS[PLAIN]) and not grades[name].hurt:
        yield "the fault did no harm: the plain build made the right image"
    for name, urls in missing.items():
        if urls and not grades[name].survived:
            yield f"the recording lacks a request of {name}: {urls[0]}"


@dataclass
class Board:
    """All cells of a drill."""

    project: str
    recording: str
    compared_by: str
    contestants: Sequence[str]
    controls: Mapping[str, Mapping[str, float]]
    absent: Sequence[Absent] = ()
    cells: list[dict[str, Any]] = field(default_factory=list)
    call: Sequence[str] = ()
    """The arguments of fault-drill.sh that name the build, without values of build arguments."""
    day: str = field(default_factory=lambda: time.strftime("%Y-%m-%d", time.gmtime()))
    left_out: Mapping[str, str] = field(default_factory=dict)
    """The contestants that cannot play this Dockerfile, with the reason."""

    @property
    def valid(self) -> list[Mapping[str, Any]]:
        """The cells that prove something."""
        return valid(self.cells)

    def passed(self) -> bool:
        """Whether every cell is valid, and the kit survived, was right and truthful in each."""
        kit = [play for cell in self.cells for play in cell["plays"] if play["contestant"] == KIT]
        return len(self.valid) == len(self.cells) and all(play[name] for play in kit for name in MUST)

    def as_json(self) -> dict[str, Any]:
        """The board for board.json."""
        return {
            "version": VERSION, "project": self.project, "call": list(self.call), "day": self.day,
            "recording": self.recording,
            "machine": this_machine(),
            "compared_by": self.compared_by, "contestants": list(self.contestants), "controls": dict(self.controls),
            "cells": self.cells, "absent": [asdict(one) for one in self.absent], "left_out": dict(self.left_out),
            "valid": len(self.valid), "totals": totals(self.cells, self.contestants), "storm": storm_of(self.cells),
        }  # fmt: skip

    def write(self, folder: Path) -> Path:
        """Writes the board in all its forms; returns the path of board.json."""
        return write_report(self.as_json(), folder)

    def table(self) -> str:
        """The board for a terminal: a row for each cell, then the totals with their denominators."""
        rows = [["outage", *self.contestants]]
        for cell in self.cells:
            plays = {play["contestant"]: play for play in cell["plays"]}
            rows.append([cell["title"], *(in_words(plays[name]) if name in plays else "" for name in self.contestants)])
        for wanted in GRADES:
            rows.append([wanted, *("{} of {}".format(*total(self.cells, name, wanted)) for name in self.contestants)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        for number, cell in reversed(list(enumerate(self.cells, 1))):
            lines[number + 1 : number + 1] = [f"  INVALID: {doubt}" for doubt in cell["invalid"]]
        board = self.as_json()
        lines += [*notes(board), counted(board)]
        return "\n".join(lines)
