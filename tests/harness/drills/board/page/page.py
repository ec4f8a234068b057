"""Writes a board as one page of HTML that needs no network and in which text of builds is never markup or program."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.drills.board.figures import GRADES, counted, end, failing, machine_of, notes, replay_words, total
from harness.drills.plays.contestants import CONTESTANTS

HERE = Path(__file__).parent
LIBRARIES = Path(sys.prefix, "npm/node_modules")
"""Where ./tests/run --setup puts DataTables: tests/package-lock.json has its version and its checksum."""
SCRIPTS = ("datatables.net/js/dataTables.min.js", "datatables.net-keytable/js/dataTables.keyTable.min.js")
LICENCE = "datatables.net/License.txt"
MOST_REQUESTS = 300
"""Requests of one build that the page has."""
KINDS = {"survived": "survived", "fails": "fails", "hangs": "hangs", "wrong": "another image", "invalid": "INVALID"}
EVENT = ("ts", "event", "level", "upstream", "source", "attempt", "class", "verdict", "wait_s", "detail")
OF_A_PLAY = (
    "contestant", "survived", "right", "polite", "truthful", "why", "hits", "exit", "hangs", "decided", "tries",
    "requests", "seconds", "seconds_over_healthy", "seconds_counted", "last_words", "missing",
)  # fmt: skip
REQUEST = ("time", "host", "method", "path", "path_class", "n", "fault", "status", "sent", "ending")


def page(board: Mapping[str, Any], folder: str, compared: Sequence[str] = ()) -> str:
    """The page of a board whose cells are files in `folder`; of a public board, `folder` is the call that makes it.

    `compared`: lines of a comparison with another board.
    """
    style = (HERE / "page.css").read_text()
    licence = (LIBRARIES / LICENCE).read_text().strip()
    parts = [f"/*!\n{licence}\n*/", *((LIBRARIES / name).read_text().rstrip() for name in SCRIPTS)]
    script = ";\n".join([*parts, (HERE / "page.js").read_text()])
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    return environment.get_template("page.html").render(
        board=board, grades=GRADES, kinds=KINDS, end="fails" if failing(board) else "survived",
        verdict=_verdict(board), counted=counted(board), machine=machine_of(board),
        totals=[_totals(board, name) for name in board["contestants"]], choices=_choices(board["cells"]),
        rows=[_row(cell, board["contestants"]) for cell in board["cells"]],
        notes=notes(board), compared=[line.strip() for line in compared],
        policy=_policy(script, style), style=Markup(style), script=Markup(script),  # noqa: S704 - files of ours
        data=_embedded(_data(board, folder)),
    )  # fmt: skip


def _verdict(board: Mapping[str, Any]) -> str:
    """The first line of the page."""
    cells, bad = len(board["cells"]), failing(board)
    if not bad:
        return f"The kit survived {cells} of {cells} outages with the right image and told the truth in each."
    valid = board["valid"]
    failed = len(bad) - (cells - valid)
    found = f"The kit failed in {failed} of {valid} valid cells" if failed else f"The kit passed {valid} valid cells"
    return f"{found}; INVALID cells: {cells - valid}."


def _policy(script: str, style: str) -> str:
    """A policy under which nothing but this script and this style is used, and nothing is requested."""
    sums = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)]
    return (
        f"default-src 'none'; script-src 'sha256-{sums[0]}'; style-src 'sha256-{sums[1]}'; base-uri 'none'; "
        "form-action 'none'"
    )


def _embedded(data: object) -> Markup:
    """JSON for a script element: no character of it can end the element."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _kind(play: Mapping[str, Any]) -> str:
    if play["survived"]:
        return "survived" if play["right"] else "wrong"
    return "hangs" if play["hangs"] else "fails"


def _totals(board: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The card of a contestant."""
    found = {grade: total(board["cells"], name, grade) for grade in GRADES}
    control = board["controls"].get(name)
    return {
        "name": name, "says": CONTESTANTS[name].says if name in CONTESTANTS else "",
        "control": f"healthy: {control['seconds']} s, {control['requests']} requests" if control else "",
        "grades": [{"grade": grade, "count": count, "of": of, "percent": round(100 * count / of) if of else 0}
                   for grade, (count, of) in found.items()],
    }  # fmt: skip


def _choices(cells: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The values of each filter, in the order of the cells."""
    found: dict[str, dict[str, None]] = {"host": {}, "fault": {}, "group": {}}
    for cell in cells:
        for name, values in _about(cell).items():
            found[name].update(dict.fromkeys(values))
    return {name: list(values) for name, values in found.items()}


def _about(cell: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a cell is filtered by."""
    outages = cell["data"]["outages"]
    return {
        "host": list(dict.fromkeys(one["host"] for one in outages)),
        "fault": list(dict.fromkeys(one["name"] for one in outages)),
        "group": [cell["group"]],
    }


def _row(cell: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """A row of the matrix; None for a contestant that did not play this cell."""
    plays = {play["contestant"]: _button(play) | {"number": number} for number, play in enumerate(cell["plays"])}
    words = [cell["title"], cell["says"], *(why for play in cell["plays"] for why in play["why"]), *cell["invalid"]]
    words += [f"{one['host']} {one['name']} {one['says']}" for one in cell["data"]["outages"]]
    return {
        "title": cell["title"], "says": cell["says"], "invalid": "; ".join(cell["invalid"]), "search": " ".join(words),
        "plays": [plays.get(name) for name in names],
    }  # fmt: skip


def _button(play: Mapping[str, Any]) -> dict[str, Any]:
    kind = _kind(play)
    bad = [f"not {grade}" for grade in GRADES if play[grade] is False]
    states = {True: "yes", False: "no", None: "none"}
    return {
        "name": play["contestant"], "kind": kind, "end": end(play), "seconds": f"{play['seconds']:.0f}",
        "order": list(KINDS).index(kind) * 100_000 + play["seconds"],
        "spoken": ", ".join(bad),
        "letters": [{"letter": grade[0].upper(), "state": states[play[grade]]} for grade in GRADES],
    }  # fmt: skip


def _data(board: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """What the script shows of an open cell."""
    return {
        "events": EVENT,
        "whole": bool(board["recording"]),
        "cells": [_open(board, cell, folder) for cell in board["cells"]],
    }


def _open(board: Mapping[str, Any], cell: Mapping[str, Any], folder: str) -> dict[str, Any]:
    again = shlex.join(replay_words(board, cell, folder)) if board["recording"] else folder
    about = {name: cell[name] for name in ("title", "says", "invalid")}
    plays = [
        {name: play[name] for name in OF_A_PLAY} | {
            "kind": _kind(play), "end": end(play),
            "journal": [[*(row[name] for name in REQUEST), " ".join(row["headers"])]
                        for row in play["journal"][:MOST_REQUESTS]],
            "events": [[event.get(name) for name in EVENT] for event in play["events"]],
        }
        for play in cell["plays"]
    ]  # fmt: skip
    data = cell["data"]
    return about | _about(cell) | {"again": again, "seed": data["seed"], "outages": data["outages"], "plays": plays}
