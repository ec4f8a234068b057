"""The command line of scripts/fault-drill.sh, which has the help: one line and exit code 64 for each wrong word."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from harness.catalogue.schedule import ScheduleError
from harness.drills.messages import die
from harness.drills.plays.cell import Cell
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.faults import FAULTS
from harness.drills.plays.play import Project
from harness.drills.recording.kinds import KINDS

REPOSITORY = Path(__file__).resolve().parents[3]
OWN_OUTPUT = (
    "-o", "--output", "--push", "--load", "--metadata-file", "--builder", "--progress", "-f", "--file", "--call",
    "--check",
)  # fmt: skip
"""Arguments of buildx that a drill sets itself, or that leave no image."""


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


def shard_of(text: str) -> tuple[int, int]:
    """The value of --shard, I/N, as the first cell and the step; exits with 64 for another text."""
    part, slash, whole = text.partition("/")
    if not slash or not (part + whole).isdecimal() or not 1 <= int(part) <= int(whole):
        die(64, f"--shard: wanted I/N with I from 1 to N, saw {text!r}")
    return int(part) - 1, int(whole)


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
    parser.add_argument("--fault", default="")
    parser.add_argument("--against", default="all")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--image", action="append", default=[])
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--replay", type=Path)
    parser.add_argument("--shard", default="1/1")
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
    options.faults = names_of("--fault", options.fault or "all", FAULTS)
    chosen = {"plain", "kit", *names_of("--against", options.against, CONTESTANTS)}
    options.names = [name for name in CONTESTANTS if name in chosen]
    options.shard = shard_of(options.shard)
    options.images = images_of(options.image)
    options.only = read_cell(options.replay) if options.replay else None
    return options


def read_cell(file: Path) -> tuple[str, Cell]:
    """The recording and the cell of a file below `cells` of a report; exits with 64 for another file."""
    try:
        found = json.loads(file.read_text())
        cell, recording = Cell.from_json(found["cell"]["data"]), str(found["recording"])
        cell.rules(defaultdict(lambda: KINDS[-1]))
    except ScheduleError as error:
        die(64, f"--replay: wanted a schedule of this version, {str(error).splitlines()[0]}")
    except (OSError, ValueError, KeyError, TypeError, re.error):
        die(64, f"--replay: wanted a file below `cells` of a report of this version, saw {file}")
    return recording, cell


def only_cell(options: argparse.Namespace, recording: str, cells: list[Cell]) -> list[Cell]:
    """The cell of --replay, or all; exits with 64 if it is of another recording."""
    if not options.only:
        return cells
    wanted, cell = options.only
    if wanted != recording:
        die(64, f"--replay: wanted a cell of the recording {recording}, saw one of {wanted}")
    return [cell]
