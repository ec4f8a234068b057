"""The command line of scripts/fault-drill.sh, which has the help: one line and exit code 64 for each wrong word."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, NoReturn

from harness.builds.bases import base_layout
from harness.catalogue.schedule import ScheduleError
from harness.drills.board.comparison import CompareError, check_comparable, read_board
from harness.drills.board.figures import this_machine
from harness.drills.messages import die
from harness.drills.plays.arguments import split_at_dashes
from harness.drills.plays.cell import Cell
from harness.drills.plays.contestants import (
    ALWAYS,
    CONTESTANTS,
    Contestant,
    ContestantError,
    from_command,
    reason_against,
)
from harness.drills.plays.faults import FAULTS
from harness.drills.plays.play import Project
from harness.drills.plays.scenarios import Scenario, scenario_of, scenarios
from harness.drills.recording.kinds import KINDS
from harness.drills.recording.storm import PROJECT as STORM
from harness.lab.topology import ScenarioError

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
    return base_layout(made.stdout)


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
    parser.add_argument("--fault")
    parser.add_argument("--scenario", action="append", default=[])
    parser.add_argument("--seed")
    parser.add_argument("--storm")
    parser.add_argument("--shrink", default="")
    parser.add_argument("--against", action="append")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--image", action="append", default=[])
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--replay", type=Path)
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--compare", type=Path)
    parser.add_argument("--fail-on-regression", action="store_true")
    ours, buildx = split_at_dashes(words)
    # Its value is optional, but never the next word.
    options = parser.parse_args(["--shrink=kit" if word == "--shrink" else word for word in ours])
    options.words = buildx[1:]
    if fixed := [word for word in options.words if word.partition("=")[0] in OWN_OUTPUT]:
        die(64, f"wanted arguments of buildx without {fixed[0]}: a drill writes each image to a folder of its own")
    own = STORM if options.storm else REPOSITORY
    context = options.context or str(options.dockerfile.parent if options.dockerfile else own)
    dockerfile = options.dockerfile or Path(context, "Dockerfile")
    if not dockerfile.is_file() or not Path(context).is_dir():
        die(64, f"wanted a Dockerfile and a folder as its context, saw {dockerfile} and {context}")
    options.project = Project(dockerfile.resolve(), str(Path(context).resolve()), tuple(options.words))
    _read_agenda(options)
    options.contestants = contestants_of(options.against or ["all"])
    options.left_out = {one.name: why for one in options.contestants.values()
                        if (why := reason_against(one, dockerfile.read_text(errors="replace")))}  # fmt: skip
    options.names = [name for name in options.contestants if name not in options.left_out]
    if options.shrink:
        names_of("--shrink", options.shrink, options.names)
    options.shard = shard_of(options.shard)
    options.images = images_of(options.image)
    options.only = read_cell(options.replay, options.contestants) if options.replay else None
    options.before = board_before(options)
    return options


def board_before(options: argparse.Namespace) -> dict[str, Any] | None:
    """The board of --compare, which must be of this machine; None without it."""
    if options.fail_on_regression and not options.compare:
        die(64, "--fail-on-regression: wanted a board to compare with, saw none: add --compare BOARD")
    if not options.compare:
        return None
    try:
        found = read_board(options.compare)
        check_comparable(found, found | {"machine": this_machine()})
    except CompareError as error:
        die(64, f"--compare: {error}")
    return found


def _read_agenda(options: argparse.Namespace) -> None:
    """What is played: what the options name, or without any every fault, every scenario and the days of seed 1."""
    named = (options.fault, options.seed, options.storm, options.replay)
    options.everything = everything = not options.scenario and all(value is None for value in named)
    options.storm = _number("--storm", "0" if options.storm is None else options.storm)
    options.days = everything or (options.seed is not None and not options.storm)
    options.seed = str(_number("--seed", "1" if options.seed is None else options.seed))
    faults = "all" if everything else options.fault
    options.faults = [] if faults is None else _faults(faults)
    options.scenarios = scenarios_of(["all"] if everything else options.scenario)


def _faults(text: str) -> list[str]:
    """The faults of --fault, which has their names or ids of the catalogue."""
    names = {fault.id: [one.name for one in FAULTS.values() if one.id == fault.id] for fault in FAULTS.values()}
    words = [name for word in text.split(",") for name in names.get(word, [word])]
    return names_of("--fault", ",".join(words), FAULTS)


def _number(option: str, text: str) -> int:
    """A whole number; exits with 64 for another text."""
    if not re.fullmatch("[0-9]{1,9}", text):
        die(64, f"{option}: wanted a number, saw {text!r}")
    return int(text)


def scenarios_of(words: Iterable[str]) -> list[Scenario]:
    """The scenarios of --scenario: all, names of fixtures/scenarios, files; exits with 64 for an unknown one."""
    known, files = scenarios(), []
    for word in words:
        if word.endswith(".toml") or "/" in word:
            files.append(Path(word))
        else:
            files += [known[name] for name in names_of("--scenario", word, known)]
    try:
        return [scenario_of(file) for file in dict.fromkeys(files)]
    except ScenarioError as error:
        die(64, f"--scenario: {str(error).splitlines()[0]}")


def contestants_of(words: Iterable[str]) -> dict[str, Contestant]:
    """The contestants of --against by name, always with ALWAYS; exits with 64 for an unknown one."""
    own: dict[str, Contestant] = {}
    chosen = set(ALWAYS)
    for word in words:
        if "=" not in word:
            chosen.update(names_of("--against", word, CONTESTANTS))
            continue
        try:
            one = from_command(word)
        except ContestantError as error:
            die(64, f"--against: wanted {error}")
        if one.name in own:
            die(64, f"--against: wanted one command for {one.name!r}, saw two")
        own[one.name] = one
    return {name: one for name, one in CONTESTANTS.items() if name in chosen} | own


def read_cell(file: Path, contestants: Collection[str]) -> tuple[str, Cell]:
    """The recording and the cell of a file below `cells` of a report; exits with 64 for another file.

    A file has no commands: a contestant of its own that played the cell must be on the command line again.
    """
    try:
        found = json.loads(file.read_text())
        cell, recording = Cell.from_json(found["cell"]["data"]), str(found["recording"])
        cell.rules(defaultdict(lambda: KINDS[-1]))
        names = [str(play["contestant"]) for play in found["cell"].get("plays", [])]
        if unknown := [name for name in names if name not in contestants and name not in CONTESTANTS]:
            die(64, f"--replay: wanted the command of {unknown[0]!r}, which played this cell: add --against"
                f" '{unknown[0]}=COMMAND'")  # fmt: skip
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
