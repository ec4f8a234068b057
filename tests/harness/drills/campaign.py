"""A whole drill: the recording, healthy replays, every cell for every contestant, and the board."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.drills.agenda import agenda_of, names_for
from harness.drills.board.board import Board, about_cell, call_of, take_events
from harness.drills.board.figures import in_words, lacking
from harness.drills.machine.machine import DrillError
from harness.drills.messages import say
from harness.drills.options import images_of, only_cell
from harness.drills.plays.cell import Cell
from harness.drills.plays.healthy import OUTAGE, Controls, control, folder_of, name_of, record, recorded
from harness.drills.plays.play import Stage
from harness.drills.plays.settings import settings_of
from harness.drills.plays.shrinking import save, smaller
from harness.drills.recording.sources import Replay
from harness.drills.recording.store import Store
from harness.drills.recording.storm import IMAGE, StormError, storm_session, tools_image
from harness.drills.recording.storm import PROJECT as STORM

SHRINK_PLAYS = 40
FAILS_S = 15
"""What a build that fails takes about."""


def find_recording(stage: Stage, options: argparse.Namespace) -> Store:
    """The recording of the project, made now where there is none."""
    folder = folder_of(options.state / "recordings", options.project)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = None if options.record else recorded(folder, options.project, options.images)
    if store:
        say(f"replaying the recording {folder}")
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


def shrink_failing(stage: Stage, store: Store, controls: Controls, board: Board, name: str, report: Path) -> None:
    """Saves the smallest outages with which a contestant fails, for each cell of several outages in which it does."""
    for found in board.cells:
        play = next((play for play in found["plays"] if play["contestant"] == name), None)
        cell = Cell.from_json(found["data"])
        if play is None or found["invalid"] or not lacking(play) or len(cell.outages) < 2:
            continue
        say(f"shrinking {cell.id}: up to {SHRINK_PLAYS} builds of {name}")

        def fails(tried: Cell) -> bool:
            return bool(lacking(play_cell(stage, store, controls, tried, [name])["plays"][0]))

        least = smaller(cell, fails, SHRINK_PLAYS)
        file = report / "shrunk" / f"{cell.id}.toml"
        words = ", ".join(f"{outage.host} {outage.fault.schedule}" for outage in least.outages)
        save(least, f"{name} fails: {words}", f"{cell.id} of {board.recording}", controls.kinds, file)
        say(f"{name} fails with {words} already; play it with --scenario {file}")


def play_cell(stage: Stage, store: Store, controls: Controls, cell: Cell, names: Iterable[str]) -> dict[str, Any]:
    """Plays one cell for each contestant."""
    played, missing, events = {}, {}, {}
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        here = replace(stage, folder=Path(folder))
        for name in names:
            replay = Replay(store, cell.rules(controls.kinds), cell.seed)
            settings = settings_of(name, store, replay.kinds, Path(folder) / "state")
            played[name] = here.play(stage.contestants[name], replay.upstream, settings, cell=cell)
            missing[name] = replay.lacks(played[name].journal)
            events[name] = take_events(settings.env.get("SEAWALL_EVENTS", ""))
        return about_cell(cell, played, missing, controls, events)


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


def drill(options: argparse.Namespace, stage: Stage, report: Path) -> Board:
    """Records, replays healthily, plays every cell, and writes the board."""
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
    cells = only_cell(options, board.recording, cells)
    # A contestant without another source fails early.
    about = {name: FAILS_S if stage.contestants[name].hopeless else found["seconds"] for name, found in seconds.items()}
    about_s = sum(about[name] for cell in cells for name in names_for(cell, options.names))
    say(f"{len(cells)} cells of {' '.join(options.names)}, about {about_s / 60:.0f} min, images compared by"
        f" {controls.healthy.by}")  # fmt: skip
    (report / "cells").mkdir(parents=True, exist_ok=True)
    kept = kept_cells(report, board.recording) if options.resume else {}
    begun, played = time.monotonic(), 0
    for number, cell in enumerate(cells, 1):
        found = kept.get(cell.id)
        names = names_for(cell, options.names)
        if found is None or [play["contestant"] for play in found["plays"]] != names:
            found = play_cell(stage, store, controls, cell, names)
            keep_cell(report, board.recording, found)
            played += 1
        board.cells.append(found)
        left = (time.monotonic() - begun) / max(1, played) * (len(cells) - number)
        words = ", ".join(f"{play['contestant']} {in_words(play)}" for play in found["plays"])
        say(f"{number}/{len(cells)} {cell.title}: {words}{' INVALID' if found['invalid'] else ''};"
            f" about {left / 60:.0f} min left")  # fmt: skip
    if options.shrink:
        shrink_failing(stage, store, controls, board, options.shrink, report)
    return board
