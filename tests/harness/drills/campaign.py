"""A whole drill: the recording, healthy replays, every cell for every contestant, and the board."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from harness.drills.agenda import agenda_of, names_for
from harness.drills.board.board import Board, about_cell, call_of, take_events
from harness.drills.board.comparison import check_comparable
from harness.drills.board.figures import in_words, lacking
from harness.drills.machine.machine import DrillError
from harness.drills.messages import say
from harness.drills.options import images_of, only_cell
from harness.drills.plays.cell import Cell
from harness.drills.plays.contestants import Contestant
from harness.drills.plays.healthy import OUTAGE, Controls, control, controls_with, folder_of, name_of, record, recorded
from harness.drills.plays.pace import MOST, side_by_side
from harness.drills.plays.play import Played, Stage
from harness.drills.plays.settings import settings_of
from harness.drills.plays.shrinking import shrink_failing
from harness.drills.plays.warm import WarmEngines
from harness.drills.recording.sources import Replay
from harness.drills.recording.store import Store
from harness.drills.recording.storm import IMAGE, StormError, storm_session, tools_image
from harness.drills.recording.storm import PROJECT as STORM

FAILS_S = 15
"""What a build that fails takes about."""
TYPICAL = 3
"""How many builds run at once on two cores while others wait."""
COMPILES_MB = 500
"""What the processes of a build take besides its files."""
DEFAULT_CELLS = 24
"""Without --fault, so that a first board takes minutes. Two services with three hosts have no more."""


class Outcome(NamedTuple):
    """What a contestant did in a cell: its build, the requests that the recording lacks, the events of the kit."""

    played: Played
    missing: list[str]
    events: list[dict[str, Any]]


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
    if options.project.dockerfile.parent == STORM:
        return record_storm(stage, folder, options.state.parent)
    made = [word for word in options.fallbacks.split() if "=base:" in word]
    try:
        return record(stage, folder, options.images)
    except DrillError as error:
        if error.code != OUTAGE or not made:
            raise
        say(f"{error}; now with {' '.join(made)}")
    return record(stage, folder, images_of(made) | options.images)


def record_storm(stage: Stage, folder: Path, state: Path) -> Store:
    """The recording of a storm's own build, with sources of the lab."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as scratch:
        try:
            image = tools_image(stage.kit, state, Path(scratch))
        except StormError as error:
            raise DrillError(error.code, str(error)) from error
        return record(stage, folder, {IMAGE: image}, storm_session())


def play_one(stage: Stage, store: Store, controls: Controls, engines: WarmEngines, cell: Cell, name: str) -> Outcome:
    """Plays one contestant in a cell."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        replay = Replay(store, cell.rules(controls.kinds), cell.seed)
        settings = settings_of(name, store, replay.kinds, Path(folder) / "state")
        here = replace(stage, folder=Path(folder))
        played = here.play(stage.contestants[name], replay.upstream, settings, cell=cell, warm=engines.for_cell(cell))
        if played.image:
            controls.healthy.differences(played.image)  # reads what is compared before the image is removed
        return Outcome(played, replay.lacks(played.journal), take_events(settings.env.get("SEAWALL_EVENTS", "")))


def kept_cells(report: Path, recording: str, commands: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The cells of this recording and of these commands that an interrupted drill has already played."""
    files = [json.loads(file.read_text()) for file in (report / "cells").glob("*.json")]
    return {
        found["cell"]["id"]: found["cell"]
        for found in files
        if found["recording"] == recording and found.get("commands", {}) == commands
    }


def keep_cell(report: Path, recording: str, commands: dict[str, str], cell: dict[str, Any]) -> None:
    """Writes a played cell for --resume. `commands`: a checksum by contestant of the command line."""
    file = report / "cells" / f"{cell['id']}.json"
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"recording": recording, "commands": commands, "cell": cell}, indent=1) + "\n")
    new.replace(file)


def commands_of(contestants: Iterable[Contestant]) -> dict[str, str]:
    """A checksum of the command by contestant of the command line: a command may hold a secret."""
    return {one.name: hashlib.sha256(one.says.encode()).hexdigest()[:16] for one in contestants if one.own}


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
    complete: Callable[[Cell, dict[str, Outcome]], dict[str, Any]]
    found: dict[str, dict[str, Any]]
    plays: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        left = [cell for cell in self.cells if cell.id not in self.found]
        self.tasks = [(cell, name) for cell in left for name in names_for(cell, self.names)]
        self.played = 0

    def add(self, number: int, result: Outcome) -> None:
        """Takes the result of a task."""
        cell, name = self.tasks[number]
        self.played += 1
        plays = self.plays.setdefault(cell.id, {})
        plays[name] = result
        names = names_for(cell, self.names)
        if len(plays) < len(names):
            return
        found = self.found[cell.id] = self.complete(cell, {name: plays[name] for name in names})
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
    cells, absent = agenda_of(options, controls, store)
    board = Board(
        os.path.relpath(options.project.dockerfile),
        name_of(store),
        controls.healthy.by,
        options.names,
        seconds,
        absent,
        call=call_of(options.project),
        left_out=options.left_out,
    )
    if options.before:
        check_comparable(options.before, board.as_json())
    if options.everything:
        cells = spread(cells, DEFAULT_CELLS)
    cells = only_cell(options, board.recording, cells[options.shard[0] :: options.shard[1]])
    (report / "cells").mkdir(parents=True, exist_ok=True)
    commands = commands_of(stage.contestants.values())
    before = kept_cells(report, board.recording, commands) if options.resume else {}
    kept = {
        cell.id: before[cell.id]
        for cell in cells
        if cell.id in before
        and [play["contestant"] for play in before[cell.id]["plays"]] == names_for(cell, options.names)
    }
    most = at_once(controls, room_mb)
    # A contestant without another source fails early.
    about = {name: FAILS_S if stage.contestants[name].hopeless else found["seconds"] for name, found in seconds.items()}

    def complete(cell: Cell, plays: dict[str, Outcome]) -> dict[str, Any]:
        found = about_plays(cell, plays, with_engine[engines.for_cell(cell)])
        keep_cell(report, board.recording, commands, found)
        return found

    progress = Progress(cells, options.names, complete, kept)
    about_s = sum(about[name] for _, name in progress.tasks)
    count = len(cells) - len(progress.found)
    say(f"{count} cells of {' '.join(options.names)}, up to {most} builds at once, about"
        f" {max(1, about_s / 60 / min(most, TYPICAL)):.0f} min, images compared by {controls.healthy.by}"
        + (f"; {len(progress.found)} cells were played before" if progress.found else ""))  # fmt: skip
    engines = WarmEngines(stage, store, controls.compiled)
    with_engine = controls_with(stage, store, controls, engines.prepare(cell for cell, _ in progress.tasks), most)
    tasks = [partial(play_one, stage, store, controls, engines, cell, name) for cell, name in progress.tasks]
    side_by_side(tasks, most, stage.stop, progress.add)
    board.cells += [progress.found[cell.id] for cell in cells]
    if options.shrink:
        name = options.shrink

        def fails(tried: Cell) -> bool:
            outcome = play_one(stage, store, controls, engines, tried, name)
            return bool(lacking(about_plays(tried, {name: outcome}, controls)["plays"][0]))

        shrink_failing(board.cells, name, fails, controls.kinds, report)
    return board


def about_plays(cell: Cell, plays: dict[str, Outcome], controls: Controls) -> dict[str, Any]:
    """A played cell, for the board."""
    played = {name: one.played for name, one in plays.items()}
    missing = {name: one.missing for name, one in plays.items()}
    return about_cell(cell, played, missing, controls, {name: one.events for name, one in plays.items()})


def at_once(controls: Controls, room_mb: int) -> int:
    """How many builds have room at once, by what healthy ones took."""
    return max(1, min(MOST, room_mb // max(found.size_mb + COMPILES_MB for found in controls.played.values())))
