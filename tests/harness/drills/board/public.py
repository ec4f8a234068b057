"""A board that can be committed: several boards in one, without host names and without what builds printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.drills.board.figures import counted, machine_of, notes, total, totals, valid
from harness.drills.board.markdown import grades_table, outages_table
from harness.drills.board.odds import storm_of
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.settings import image_name
from harness.drills.recording.kinds import SECOND, first_of

DEFAULTS: Mapping[str, str] = {
    "registry": "default registry", "go-proxy": "default Go proxy", "git": "default git host",
    "apt": "default apt archive", "apk": "default apk archive", "pypi": "default Python index",
    "npm": "default npm registry", "url": "default file host", "": "default host",
}  # fmt: skip
"""What a host is called by its kind. A second host of a kind has a number."""
ELSEWHERE = re.compile(
    r"(?:(?<=//)|(?<![\w./@-]))(?:[a-z0-9-]+\.)+(?:cloud|co|com|dev|edu|gov|io|net|org|sh)\b", re.IGNORECASE
)
"""Hosts that no cell names, such as those in the reason for a bad grade. In a path they are names of Go modules."""
TAKEN_OUT = ("last_words", "journal", "events", "missing")
"""Lists of a build that have what it said and asked."""


class BoardsError(ValueError):
    """Boards that do not belong together: what was wanted and seen."""


def names_of_hosts(boards: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """A name for each host that fails in some cell, by its kind, in the order of the cells."""
    kinds: dict[str, str] = {}
    for board in boards:
        for cell in board["cells"]:
            for host in [cell["host"], *(outage["host"] for outage in cell["data"]["outages"])]:
                kind = cell["kind"] if host == cell["host"] else ""
                kinds[first_of(host)] = kinds.get(first_of(host)) or kind
        for absent in board["absent"]:
            kinds.setdefault(first_of(absent["host"]), "")
    found: dict[str, str] = {}
    for host, kind in kinds.items():
        before = sum(1 for other in found if kinds[other] == kind)
        if host:
            found[host] = DEFAULTS[kind] + (f" {before + 1}" if before else "")
    return found


def without_hosts(text: str, names: Mapping[str, str]) -> str:
    """A text with the names of hosts in place of their addresses; hosts without a name are the `default host`."""
    for host in sorted(names, key=len, reverse=True):
        text = text.replace(host + SECOND, f"second {names[host]}").replace(host, names[host])
        if image_name(host) != host:
            text = text.replace(image_name(host), names[host])
    return ELSEWHERE.sub(DEFAULTS[""], text)


def public_board(boards: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One board of several, by the name of the build. Raises BoardsError for boards of several machines."""
    all_boards = list(boards.values())
    first = all_boards[0]
    for board in all_boards:
        if board["machine"] != first["machine"]:
            raise BoardsError(f"wanted boards of one machine, {machine_of(first)}, saw one of {machine_of(board)}")
    names = names_of_hosts(all_boards)
    played = list(dict.fromkeys(name for board in all_boards for name in board["contestants"]))
    cells = [_cell(build, cell, names) for build, board in boards.items() for cell in board["cells"]]
    contestants = [name for name in CONTESTANTS if name in played]
    return {
        "version": first["version"], "project": f"{len(boards)} build{'s' * (len(boards) > 1)}",
        "call": [], "recording": "", "day": max(board["day"] for board in all_boards),
        "machine": _machine(first["machine"]),
        "compared_by": "; ".join(dict.fromkeys(board["compared_by"] for board in all_boards)),
        "contestants": contestants, "controls": {}, "cells": cells,
        "absent": [_absent(build, one, names) for build, board in boards.items() for one in board["absent"]],
        "left_out": {}, "valid": len(valid(cells)), "storm": storm_of(cells),
        "totals": totals(cells, contestants),
    }  # fmt: skip


def _machine(machine: Mapping[str, Any]) -> dict[str, Any]:
    """A machine without the version of its kernel."""
    kind = re.search(r"x86_64|aarch64|arm64|armv\w+|riscv64|ppc64le|s390x", machine["system"])
    return {"system": " ".join([machine["system"].partition("-")[0], *([kind[0]] if kind else [])]),
            "cores": machine["cores"]}  # fmt: skip


def _cell(build: str, cell: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A cell without hosts; its title begins with the name of the build."""
    found: dict[str, Any] = _texts(cell, names)
    what = f"{found['host']}, {found['fault']}" if found["group"] == "fault" else found["title"]
    found["id"] = found["data"]["id"] = re.sub(r"[^\w.:-]+", "-", f"{build} {what}")
    found["title"] = f"{build}: {what}"
    for play in found["plays"]:
        play |= {name: [] for name in TAKEN_OUT}
    # A contestant of somebody's own is not on the public board.
    found["plays"] = [play for play in found["plays"] if play["contestant"] in CONTESTANTS]
    return found


def _absent(build: str, absent: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = _texts(absent, names)
    return found | {"host": f"{build}: {found['host']}"}


def _texts(found: Any, names: Mapping[str, str]) -> Any:
    """A value with all its texts without hosts."""
    if isinstance(found, str):
        return without_hosts(found, names)
    if isinstance(found, Mapping):
        return {key: _texts(value, names) for key, value in found.items() if key not in TAKEN_OUT}
    return [_texts(one, names) for one in found] if isinstance(found, list) else found


def claim(board: Mapping[str, Any]) -> str:
    """What the README says of a board: one line with its denominators and its day."""
    ends = []
    for name in board["contestants"]:
        survived, of = total(board["cells"], name, "survived")
        ends.append(f"`{name}` {survived} of {of}")
    right, told = total(board["cells"], "kit", "right")
    truthful, asked = total(board["cells"], "kit", "truthful")
    return (
        f"Of {board['valid']} outages in {board['project']} ({board['day']}), the contestants survived: "
        f"{', '.join(ends)}. The images of the kit were the right ones in {right} of {told}, and it told the truth in "
        f"{truthful} of {asked}."
    )


def public_page(board: Mapping[str, Any]) -> str:
    """docs/board.md."""
    builds = dict.fromkeys(cell["title"].partition(":")[0] for cell in board["cells"])
    lines = [
        "# Score board", "",
        "To see what outages did to the builds of this repository, for the kit and for what people do today, read the "
        "table below, or open [board.html](board.html) in a browser, which has filters and the reason for each grade.",
        "", claim(board), "",
        f"The builds are {', '.join(f'`{name}`' for name in builds)}. {counted(board)}. Images are compared by "
        f"{board['compared_by']}. Machine: {machine_of(board)}. [The guide](drills.md) explains contestants, faults "
        "and grades. `./tests/run drills --all` makes this page from its drills; hosts are named by their kind.", "",
        *grades_table(board), "", *(f"{one[0].upper()}{one[1:]}." for one in notes(board)), "",
        "`!p` is not polite, `!t` not truthful. A grade counts where it could be told.", "",
        *outages_table(board),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def data_of(board: Mapping[str, Any]) -> str:
    """docs/board.json."""
    return json.dumps(board, indent=1) + "\n"
