"""What a drill plays: the cells that its command line asks for, and who plays each."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from harness.drills.board.board import Absent, cells_of
from harness.drills.plays.cell import Cell
from harness.drills.plays.days import DAYS, day, gale
from harness.drills.plays.healthy import Controls
from harness.drills.plays.scenarios import Build, cell_of
from harness.drills.recording.store import Store

BESIDE = 40
"""Builds of a storm that all contestants play; in the others the kit is alone."""


def agenda_of(options: argparse.Namespace, controls: Controls, store: Store) -> tuple[list[Cell], list[Absent]]:
    """The cells that a command line asks for, and those that cannot be played with the reason."""
    cells, absent = cells_of(controls, options.faults)
    build = Build.learn(controls, store, options.project.dockerfile.read_text(errors="replace"))
    for scenario in options.scenarios:
        cell, reason = cell_of(scenario, build)
        if cell:
            cells.append(cell)
        else:
            absent.append(Absent("", scenario.name, reason))
    if options.days:
        cells += [day(options.seed, number, build) for number in range(1, DAYS + 1)]
    cells += [gale(options.seed, number, build) for number in range(1, options.storm + 1)]
    return cells, absent


def names_for(cell: Cell, names: Sequence[str]) -> list[str]:
    """The contestants of a cell: in a long storm the kit plays on alone."""
    if cell.group == "storm" and int(cell.id.rpartition("-")[2]) > BESIDE:
        return ["kit"]
    return list(names)
