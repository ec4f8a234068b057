"""What the numbers and words of a board.json mean, for every form in which a board is shown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from harness.drills.board.odds import in_a_line
from harness.drills.plays.arguments import split_at_dashes

GRADES = ("survived", "right", "polite", "truthful")
MUST = ("survived", "right", "truthful")
"""The grades that the kit must have in every cell."""
KIT = "kit"


def valid(cells: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The cells that prove something."""
    return [cell for cell in cells if not cell["invalid"]]


def total(cells: Iterable[Mapping[str, Any]], name: str, wanted: str) -> tuple[int, int]:
    """In how many valid cells a contestant has a grade, and in how many it could be told."""
    given = [play[wanted] for cell in valid(cells) for play in cell["plays"] if play["contestant"] == name]
    told = [one for one in given if one is not None]
    return sum(told), len(told)


def totals(cells: Iterable[Mapping[str, Any]], names: Iterable[str]) -> dict[str, dict[str, dict[str, int]]]:
    """By contestant and grade: `count` and `of` of total."""
    cells = list(cells)
    return {
        name: {wanted: dict(zip(("count", "of"), total(cells, name, wanted), strict=True)) for wanted in GRADES}
        for name in names
    }


def lacking(play: Mapping[str, Any]) -> list[str]:
    """The grades that the kit must have and a build has not."""
    return [name for name in MUST if not play[name]]


def failing(board: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str]]:
    """The cells that make the command fail, each with its reason: INVALID, or a bad grade of the kit."""
    found = []
    for cell in board["cells"]:
        if cell["invalid"]:
            found.append((cell, f"INVALID: {'; '.join(cell['invalid'])}"))
            continue
        for play in cell["plays"]:
            if play["contestant"] == KIT and lacking(play):
                found.append((cell, reason(play)))
    return found


def end(play: Mapping[str, Any]) -> str:
    """How a build ended."""
    if play["survived"]:
        return "survived" if play["right"] else "WRONG IMAGE"
    return "hangs" if play["hangs"] else "fails (decided)" if play["cut"] else f"fails ({play['exit']})"


def in_words(play: Mapping[str, Any]) -> str:
    """How a contestant did in a cell, in a few characters."""
    bad = [name for name in ("polite", "truthful") if play[name] is False]
    return f"{end(play)} {play['seconds']:.0f}s" + "".join(f" !{name[0]}" for name in bad)


def reason(play: Mapping[str, Any]) -> str:
    """How a build ended and why it has bad grades, in one line."""
    why = [*play["why"], *([play["decided"]] if play["decided"] else [])]
    return f"{play['contestant']} {in_words(play)}" + (f": {'; '.join(why)}" if why else "")


def this_machine() -> dict[str, Any]:
    """The machine of a board that is made now."""
    return {"system": platform.platform(), "cores": os.cpu_count()}


def machine_of(board: Mapping[str, Any]) -> str:
    """The machine of a board, in one line."""
    return f"{board['machine']['system']}, {board['machine']['cores']} cores"


def counted(board: Mapping[str, Any]) -> str:
    """How many cells a board has, and how many of them prove something."""
    cells, absent = board["cells"], board["absent"]
    return f"{board['valid']} valid cells, {len(cells) - board['valid']} INVALID, {len(absent)} not applicable"


def asked(board: Mapping[str, Any]) -> list[str]:
    """How many requests of each contestant got a fault in a cell, in one line."""
    counts = {name: [play["hits"] for cell in valid(board["cells"]) for play in cell["plays"]
                     if play["contestant"] == name] for name in board["contestants"]}  # fmt: skip
    words = [f"{name} {median(found):.0f}, {max(found)}" for name, found in counts.items() if found]
    return [f"requests to failing hosts in a cell, median and most: {'; '.join(words)}"] if words else []


def notes(board: Mapping[str, Any]) -> list[str]:
    """What is said below the grades: requests, the figures of a storm, and contestants that did not play."""
    storm = [in_a_line(name, found) for name, found in board["storm"].items()]
    return asked(board) + storm + [f"{name} did not play: {why}" for name, why in board["left_out"].items()]


def replay_words(board: Mapping[str, Any], cell: Mapping[str, Any], folder: str) -> Sequence[str]:
    """The command that plays a cell of a report in `folder` again."""
    ours, buildx = split_at_dashes(board["call"])
    return ["./scripts/fault-drill.sh", *ours, "--replay", f"{folder}/cells/{cell['id']}.json", *buildx]
