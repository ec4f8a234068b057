"""Drills as a program: `python -m harness.drills`, called by scripts/fault-drill.sh, which has the help.

Exit codes: 0 the kit survived every cell, 1 it did not, a cell is INVALID or the healthy build fails, 64 wrong call,
71 this machine lacks something, 75 a source failed while the healthy build was recorded.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from harness.builds.engine import engine_up
from harness.drills.board import Board, Cell, about_cell, cells_of, in_words
from harness.drills.contestants import CONTESTANTS, settings_of
from harness.drills.faults import FAULTS, REFUSED
from harness.drills.machine import DrillError
from harness.drills.play import Project, Stage
from harness.drills.recording import OUTAGE, Controls, control, folder_of, name_of, record, recorded
from harness.drills.sources import Replay
from harness.drills.store import Store

FAILS_S = 15
"""What a build that fails takes about."""
REPOSITORY = Path(__file__).resolve().parents[3]
OWN_OUTPUT = (
    "-o", "--output", "--push", "--load", "--metadata-file", "--builder", "--progress", "-f", "--file", "--call",
    "--check",
)  # fmt: skip
"""Arguments of buildx that a drill sets itself, or that leave no image."""


def say(text: str) -> None:
    """Prints a message to stderr."""
    print(f"fault-drill: info: {text}", file=sys.stderr, flush=True)


def die(code: int, text: str) -> NoReturn:
    """Prints one message and exits with the code."""
    print(f"fault-drill: error: {text}", file=sys.stderr)
    sys.exit(code)


def names_of(option: str, text: str, known: Iterable[str]) -> list[str]:
    """The names in a comma list; exits with 64 and the nearest one for an unknown name."""
    known, found = list(known), [name for name in text.split(",") if name]
    if text == "all":
        return known
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0) or known
            die(64, f"{option}: wanted names of {' '.join(known)}, saw {name!r}: did you mean {near[0]}?")
    return found or die(64, f"{option}: wanted names of {' '.join(known)}, saw none")


def images_of(words: list[str]) -> dict[str, Path]:
    """The values of --image, with bases that are made now; exits with 64 for one that is no OCI layout."""
    found = {}
    for word in words:
        name, _, place = word.partition("=")
        folder = _base(place.removeprefix("base:")) if place.startswith("base:") else Path(place)
        if not name or not (folder / "index.json").is_file():
            die(64, f"--image: wanted IMAGE=FOLDER with an OCI layout, or IMAGE=base:NAME, saw {word!r}")
        found[name] = folder
    return found


def _base(name: str) -> Path:
    """The layout of a base image that build-base-image.sh makes; exits with its code where it cannot."""
    command = [str(REPOSITORY / "scripts/build-base-image.sh"), name]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if made.returncode != 0:
        die(made.returncode, f"--image: wanted the base image {name!r}, could not make it: see above")
    return Path(made.stdout.rstrip("\n").rpartition("\t")[2])


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        die(64, f"{message}: see --help")


def read_options(words: list[str]) -> argparse.Namespace:
    """The command line; everything after `--` is buildx's."""
    parser = _Parser(prog="fault-drill.sh", add_help=False, allow_abbrev=False)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--fallbacks", default="")
    parser.add_argument("-f", dest="dockerfile", type=Path)
    parser.add_argument("context", nargs="?", default="")
    parser.add_argument("--fault", default="all")
    parser.add_argument("--against", default="all")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--image", action="append", default=[])
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--replay", type=Path)
    at = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:at])
    options.words = words[at + 1 :]
    if own := [word for word in options.words if word.partition("=")[0] in OWN_OUTPUT]:
        die(64, f"wanted arguments of buildx without {own[0]}: a drill writes each image to a folder of its own")
    context = options.context or (str(options.dockerfile.parent) if options.dockerfile else str(REPOSITORY))
    dockerfile = options.dockerfile or Path(context, "Dockerfile")
    if not dockerfile.is_file() or not Path(context).is_dir():
        die(64, f"wanted a Dockerfile and a folder as its context, saw {dockerfile} and {context}")
    options.project = Project(dockerfile.resolve(), str(Path(context).resolve()), tuple(options.words))
    options.faults = names_of("--fault", options.fault, FAULTS)
    chosen = {"plain", "kit", *names_of("--against", options.against, CONTESTANTS)}
    options.names = [name for name in CONTESTANTS if name in chosen]
    options.images = images_of(options.image)
    options.only = read_cell(options.replay) if options.replay else None
    return options


def read_cell(file: Path) -> tuple[str, Cell]:
    """The recording and the cell of a file below `cells` of a report; exits with 64 for another file."""
    try:
        found = json.loads(file.read_text())
        cell = Cell(found["cell"]["host"], found["cell"]["fault"])
        recording = str(found["recording"])
    except (OSError, ValueError, KeyError, TypeError):
        die(64, f"--replay: wanted a file below `cells` of a report, saw {file}")
    if cell.fault not in FAULTS:
        die(64, f"--replay: wanted a fault of {' '.join(FAULTS)}, saw {cell.fault!r}: the file is of another version")
    return recording, cell


def only_cell(options: argparse.Namespace, recording: str, cells: list[Cell]) -> list[Cell]:
    """The cell of --replay, or all; exits with 64 if it is of another recording."""
    if not options.only:
        return cells
    wanted, cell = options.only
    if wanted != recording:
        die(64, f"--replay: wanted a cell of the recording {recording}, saw one of {wanted}")
    return [cell]


def find_recording(stage: Stage, options: argparse.Namespace) -> Store:
    """The recording of the project, made now where there is none."""
    folder = folder_of(options.state / "recordings", options.project)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = None if options.record else recorded(folder, options.project, options.images)
    if store:
        say(f"replaying the recording {folder}")
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


def play_cell(stage: Stage, store: Store, controls: Controls, cell: Cell, names: Iterable[str]) -> dict[str, Any]:
    """Plays one cell for each contestant."""
    fault, kind = FAULTS[cell.fault], controls.kinds[cell.host]
    rule = fault.rule(kind)
    refused = frozenset({cell.host}) if fault.schedule == REFUSED else frozenset[str]()
    played, missing = {}, {}
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        here = replace(stage, folder=Path(folder))
        for name in names:
            replay = Replay(store, {cell.host: (rule,)} if rule else {})
            settings = settings_of(name, store, replay.kinds, Path(folder) / "state")
            played[name] = here.play(CONTESTANTS[name], replay.upstream, settings, refused=refused, faulty=True)
            missing[name] = replay.lacks(played[name].journal)
        return about_cell(cell, played, missing, controls)


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
    cells, absent = cells_of(controls, options.faults)
    board = Board(
        os.path.relpath(options.project.dockerfile),
        name_of(store),
        controls.healthy.by,
        options.names,
        seconds,
        absent,
    )
    cells = only_cell(options, board.recording, cells)
    # A contestant without another source fails early.
    about = sum(FAILS_S if CONTESTANTS[name].hopeless else found["seconds"] for name, found in seconds.items())
    say(f"{len(cells)} cells of {' '.join(options.names)}, about {len(cells) * about / 60:.0f} min, images compared by"
        f" {controls.healthy.by}")  # fmt: skip
    (report / "cells").mkdir(parents=True, exist_ok=True)
    kept = kept_cells(report, board.recording) if options.resume else {}
    begun, played = time.monotonic(), 0
    for number, cell in enumerate(cells, 1):
        found = kept.get(cell.id)
        if found is None or [play["contestant"] for play in found["plays"]] != options.names:
            found = play_cell(stage, store, controls, cell, options.names)
            keep_cell(report, board.recording, found)
            played += 1
        board.cells.append(found)
        left = (time.monotonic() - begun) / max(1, played) * (len(cells) - number)
        words = ", ".join(f"{play['contestant']} {in_words(play)}" for play in found["plays"])
        say(f"{number}/{len(cells)} {cell.host} {cell.fault}: {words}{' INVALID' if found['invalid'] else ''};"
            f" about {left / 60:.0f} min left")  # fmt: skip
    return board


def main(words: list[str]) -> int:
    """Parses the command line and drills."""
    options = read_options(words)
    if os.geteuid() != 0:
        die(71, "wanted root, which namespaces and an engine in them need: call it with sudo")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    report = options.report or options.state / ("replay" if options.replay else "report")
    report.mkdir(parents=True, exist_ok=True)
    try:
        with (
            engine_up(REPOSITORY / "scripts") as engine,
            tempfile.TemporaryDirectory(prefix="seawall-drill.") as folder,
        ):
            stage = Stage(engine.tree or Path("/"), REPOSITORY / "scripts", Path(folder), options.project)
            board = drill(options, stage, report)
    except DrillError as error:
        die(error.code, str(error))
    except KeyboardInterrupt:
        die(130, f"interrupted: {shlex.join(['fault-drill.sh', *words[2:], '--resume'])} goes on")
    print(board.table())
    print(f"board: {board.write(report)}")
    return 0 if board.passed() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
