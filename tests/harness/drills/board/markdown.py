"""A board as Markdown, for a job summary or a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.drills.board.figures import GRADES, counted, in_words, machine_of, notes, total

MOST_BYTES = 900_000
"""A job summary of GitHub may have 1 MiB: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands"""
SPECIAL = re.compile(r"([\\`*_{}\[\]|~@$])")
BEGINS = re.compile(r"^(\d*)(?=[#+=-]|(?<=\d)[.)] )")
"""What begins a heading, a list or a rule."""


def markdown(board: Mapping[str, Any], most_bytes: int = MOST_BYTES) -> str:
    """The grades of each contestant with their denominators, then a row for each cell."""
    lines = [
        f"# Drill of {_plain(board['project'])}", "",
        f"{counted(board)}. Images are compared by {_plain(board['compared_by'])}. "
        f"Machine: {_plain(machine_of(board))}. Day: {_plain(board['day'])}.", "",
        *grades_table(board),
        *(["", *(f"* {_plain(one)}" for one in notes(board))] if notes(board) else []),
        "", "`!p` is not polite, `!t` not truthful. A grade counts where it could be told.", "",
        *outages_table(board),
    ]  # fmt: skip
    doubts = [f"{cell['title']}: {'; '.join(cell['invalid'])}" for cell in board["cells"] if cell["invalid"]]
    absent = [f"{one['host']} {one['fault']}: {one['reason']}" for one in board["absent"]]
    for title, rows in (("INVALID", doubts), ("Not applicable", absent)):
        lines += section(title, rows).splitlines() if rows else []
    return _cut(lines, most_bytes)


def grades_table(board: Mapping[str, Any]) -> list[str]:
    """The lines of a table of the grades of each contestant, with their denominators."""
    names = board["contestants"]
    rows = ([wanted, *(_of(board, name, wanted) for name in names)] for wanted in GRADES)
    return _table(["grade", *names], rows)


def outages_table(board: Mapping[str, Any]) -> list[str]:
    """The lines of a table with a row for each cell."""
    names = board["contestants"]
    return _table(["outage", *names], (_row(cell, names) for cell in board["cells"]))


def section(title: str, rows: Iterable[str]) -> str:
    """A section with a list of plain text."""
    return "\n".join(["", f"## {title}", "", *(f"* {_plain(row.strip())}" for row in rows)]) + "\n"


def _of(board: Mapping[str, Any], name: str, wanted: str) -> str:
    count, of = total(board["cells"], name, wanted)
    return f"{count} of {of}"


def _row(cell: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    plays = {play["contestant"]: play for play in cell["plays"]}
    words = (in_words(plays[name]) if name in plays else "" for name in names)
    return [cell["title"] + (" INVALID" if cell["invalid"] else ""), *words]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A table of plain text."""
    head = list(head)
    return [_line(head), _line(["---"] * len(head), plain=False), *(_line(row) for row in rows)]


def _line(words: Iterable[str], *, plain: bool = True) -> str:
    return f"| {' | '.join(_plain(word) if plain else word for word in words)} |"


def _plain(text: str) -> str:
    """Text that a reader sees as it is: names come from Dockerfiles and hosts that anybody may have written."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = SPECIAL.sub(lambda found: f"&#{ord(found[1])};" if found[1] in "@|" else f"\\{found[1]}", text)
    return BEGINS.sub(r"\1\\", text)


def _cut(lines: list[str], most_bytes: int) -> str:
    """The lines, without those at the end that are too many."""
    kept, size = [], 0
    for number, line in enumerate(lines):
        size += len(line.encode()) + 1
        if size > most_bytes:
            kept += ["", f"{len(lines) - number} more lines: see board.json."]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
