"""A whole drill: the recording, healthy replays, every cell for every contestant, and the board."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from harness.drills.board.board import Board, about_cell, cells_of, in_words
from harness.drills.machine.machine import DrillError
from harness.drills.messages import say
from harness.drills.options import images_of, only_cell
from harness.drills.plays.cell import Cell
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.healthy import OUTAGE, Controls, control, folder_of, name_of, record, recorded
from harness.drills.plays.pace import MOST, side_by_side
from harness.drills.plays.play import Played, Stage
from harness.drills.plays.settings import settings_of
from harness.drills.plays.warm import WarmEngines
from harness.drills.recording.sources import Replay
from harness.drills.recording.store import Store

FAILS_S = 15
"""What a build that fails takes about."""
TYPICAL = 3
"""How many builds run at once on two cores while others wait."""
COMPILES_MB = 500
"""What the processes of a build take besides its files."""
DEFAULT_CELLS = 24
"""Without --fault, so that a first board takes minutes. Two services with three hosts have no more."""


def find_recording(stage: Stage, options: argparse.Namespace) -> Store:
    """The recording of the project, made now where there is none."""
    folder = folder_of(options.state / "recordings", options.project)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = None if options.record else recorded(folder, options.project, options.images)
    if store:
        took = f"{store.about['seconds']} s" if "seconds" in store.about else "some seconds"
        say(f"replaying the recording {folder}, first without a fault: its build took {took}")
        return store
    say(f"recording two healthy builds in {folder}: docker buildx build, and docker-build.sh")
    made = [word for word in options.fallbacks.split() if "=base:" in word]
    try:
        return record(stage, folder, options.images)
    except DrillError as error:
        if error.code != OUTAGE or not made:
            raise
        say(f"{error}; now with {' '.join(made)}")
    return record(stage, folder, images_of(made) | options.images)


def play_one(
    stage: Stage, store: Store, controls: Controls, engines: WarmEngines, cell: Cell, name: str
) -> tuple[Played, list[str]]:
    """Plays one contestant in a cell; returns also the requests that the recording lacks."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        replay = Replay(store, cell.rules(controls.kinds), cell.seed)
        settings = settings_of(name, store, replay.kinds, Path(folder) / "state")
        here = replace(stage, folder=Path(folder))
        played = here.play(CONTESTANTS[name], replay.upstream, settings, cell=cell, warm=engines.for_cell(cell))
        if played.image:
            controls.healthy.differences(played.image)  # reads what is compared before the image is removed
        return played, replay.lacks(played.journal)


def kept_cells(report: Path, recording: str) -> dict[str, dict[str, Any]]:
    """The cells of this recording that an interrupted drill has already played."""
    files = [json.loads(file.read_text()) for file in (report / "cells").glob("*.json")]
    return {found["cell"]["id"]: found["cell"] for found in files if found["recording"] == recording}


def keep_cell(report: Path, recording: str, cell: dict[str, Any]) -> None:
    """Writes a played cell for --resume."""
    file = report / "cells" / f"{cell['id']}.json"
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"recording": recording, "cell": cell}, indent=1) + "\n")
    new.replace(file)


def spread(cells: list[Cell], count: int) -> list[Cell]:
    """At most `count` of the cells, in their order: each host and each fault as often as others."""
    chosen: list[Cell] = []
    times: Counter[str] = Counter()
    left = list(cells)
    while left and len(chosen) < count:
        # Of equal ones, min takes the first.
        found = min(left, key=lambda cell: sum(times[word] for word in _marks(cell)))
        times.update(_marks(found))
        left.remove(found)
        chosen.append(found)
    return [cell for cell in cells if cell in chosen]


def _marks(cell: Cell) -> list[str]:
    return [word for outage in cell.outages for word in (outage.host, outage.fault.name)]


@dataclass
class Progress:
    """Collects what contestants did until cells are complete, and says what is done and what is left."""

    cells: list[Cell]
    names: list[str]
    complete: Callable[[Cell, dict[str, tuple[Played, list[str]]]], dict[str, Any]]
    found: dict[str, dict[str, Any]]
    plays: dict[str, dict[str, tuple[Played, list[str]]]] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.tasks = [(cell, name) for cell in self.cells if cell.id not in self.found for name in self.names]
        self.played = 0

    def add(self, number: int, result: tuple[Played, list[str]]) -> None:
        """Takes the result of a task."""
        cell, name = self.tasks[number]
        self.played += 1
        plays = self.plays.setdefault(cell.id, {})
        plays[name] = result
        if len(plays) < len(self.names):
            return
        found = self.found[cell.id] = self.complete(cell, {name: plays[name] for name in self.names})
        left_s = (time.monotonic() - self.begun) / self.played * (len(self.tasks) - self.played)
        words = ", ".join(f"{play['contestant']} {in_words(play)}" for play in found["plays"])
        say(f"{len(self.found)}/{len(self.cells)} {cell.title}: {words}{' INVALID' if found['invalid'] else ''};"
            f" about {left_s / 60:.0f} min left")  # fmt: skip


def drill(options: argparse.Namespace, stage: Stage, report: Path, room_mb: int) -> Board:
    """Records, replays healthily, plays every cell, and writes the board; `room_mb` is what builds may take at once."""
    store = find_recording(stage, options)
    controls = control(stage, store, options.names)
    seconds = {name: {"seconds": round(found.seconds, 1), "requests": len(found.journal)}
               for name, found in controls.played.items()}  # fmt: skip
    cells, absent = cells_of(controls, options.faults)
    board = Board(
        os.path.relpath(options.project.dockerfile),
        name_of(store),
        controls.healthy.by,
        options.names,
        seconds,
        absent,
    )
    if not options.fault:
        cells = spread(cells, DEFAULT_CELLS)
    cells = only_cell(options, board.recording, cells[options.shard[0] :: options.shard[1]])
    (report / "cells").mkdir(parents=True, exist_ok=True)
    kept = {
        name: found
        for name, found in (kept_cells(report, board.recording) if options.resume else {}).items()
        if [play["contestant"] for play in found["plays"]] == options.names
    }
    most = at_once(controls, room_mb)
    # A contestant without another source fails early.
    about_s = sum(FAILS_S if CONTESTANTS[name].hopeless else found["seconds"] for name, found in seconds.items())

    def complete(cell: Cell, plays: dict[str, tuple[Played, list[str]]]) -> dict[str, Any]:
        played = {name: one for name, (one, _) in plays.items()}
        found = about_cell(cell, played, {name: missing for name, (_, missing) in plays.items()}, controls)
        keep_cell(report, board.recording, found)
        return found

    progress = Progress(cells, options.names, complete, {cell.id: kept[cell.id] for cell in cells if cell.id in kept})
    count = len(cells) - len(progress.found)
    say(f"{count} cells of {' '.join(options.names)}, up to {most} builds at once, about"
        f" {max(1, count * about_s / 60 / min(most, TYPICAL)):.0f} min, images compared by {controls.healthy.by}"
        + (f"; {len(progress.found)} cells were played before" if progress.found else ""))  # fmt: skip
    engines = WarmEngines(stage, store, controls.compiled)
    engines.prepare(cell for cell, _ in progress.tasks)
    tasks = [partial(play_one, stage, store, controls, engines, cell, name) for cell, name in progress.tasks]
    side_by_side(tasks, most, stage.stop, progress.add)
    board.cells += [progress.found[cell.id] for cell in cells]
    return board


def at_once(controls: Controls, room_mb: int) -> int:
    """How many builds have room at once, by what healthy ones took."""
    return max(1, min(MOST, room_mb // max(found.size_mb + COMPILES_MB for found in controls.played.values())))
