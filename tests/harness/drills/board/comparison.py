"""Two boards of the same recording on the same machine, compared: what got better, and what worse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from harness.drills.board.figures import GRADES, machine_of

SCHEMA = Path(__file__).with_name("board.schema.json")
MUST_BE_EQUAL = {"recording": "recording", "compared_by": "way of comparing images"}


class CompareError(ValueError):
    """Two boards that say nothing about each other, or a file that is no board: what was wanted and seen."""


@dataclass(frozen=True)
class Change:
    """A grade of a contestant in a cell that is another one now; `validity` is the grade of a cell that became INVALID
    or valid again.
    """

    cell: str
    contestant: str
    grade: str
    better: bool
    why: str = ""

    def __str__(self) -> str:
        change = "better" if self.better else "worse"
        who = f" {self.contestant}" if self.contestant else ""
        now = self.grade if self.better else f"not {self.grade}"
        return f"{change}: {self.cell}{who}: now {now}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class Comparison:
    """What changed between two boards; `before` and `now` are cells that only one of them has."""

    changes: tuple[Change, ...]
    equal: int
    before: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def worse(self) -> list[Change]:
        """The changes for the worse."""
        return [change for change in self.changes if not change.better]

    def lines(self) -> list[str]:
        """The comparison for people, worse first; the last line has the figures."""
        found = [str(change) for change in sorted(self.changes, key=lambda change: change.better)]
        found += [f"only before: {title}" for title in self.before] + [f"only now: {title}" for title in self.now]
        worse = len(self.worse)
        return [*found, f"{len(self.changes) - worse} grades are better, {worse} worse, {self.equal} equal;"
                        f" {len(self.before)} cells only before, {len(self.now)} only now"]  # fmt: skip


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text())
    return found


def read_board(file: Path) -> dict[str, Any]:
    """The board in a file; raises CompareError for another file or another version."""
    try:
        found: dict[str, Any] = json.loads(file.read_text())
        jsonschema.validate(found, _schema())
    except (OSError, ValueError, jsonschema.ValidationError) as error:
        said = getattr(error, "message", "") or str(error)
        raise CompareError(f"wanted a board.json of this version, saw {file}: {said.splitlines()[0][:120]}") from error
    return found


def check_comparable(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises CompareError for boards of different machines or recordings: their seconds and requests are others."""
    if before["machine"] != now["machine"]:
        raise CompareError(f"wanted a board of this machine, {machine_of(now)}, saw one of {machine_of(before)}")
    for name, words in MUST_BE_EQUAL.items():
        if before[name] != now[name]:
            raise CompareError(f"wanted a board of the same {words}, {now[name]}, saw {before[name]}")


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> Comparison:
    """What changed; raises CompareError. Cells with equal outages are compared, by the grades that both boards tell."""
    check_comparable(before, now)
    old, new = ({_identity(cell): cell for cell in board["cells"]} for board in (before, now))
    both = [identity for identity in old if identity in new]
    found = [pair for identity in both for pair in _pairs(old[identity], new[identity])]
    return Comparison(
        tuple(change for change in found if change),
        sum(1 for change in found if change is None),
        tuple(cell["title"] for identity, cell in old.items() if identity not in new),
        tuple(cell["title"] for identity, cell in new.items() if identity not in old),
    )


def _identity(cell: Mapping[str, Any]) -> str:
    """What makes two cells the same: their outages and seed, not the name."""
    return json.dumps(cell["data"], sort_keys=True)


def _pairs(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change | None]:
    """A change for each grade that is another one, None for each that is equal."""
    title = now["title"]
    if before["invalid"] or now["invalid"]:
        same = bool(before["invalid"]) == bool(now["invalid"])
        yield None if same else Change(title, "", "valid", not now["invalid"], "; ".join(now["invalid"]))
        return
    old = {play["contestant"]: play for play in before["plays"]}
    for play in now["plays"]:
        name = play["contestant"]
        for grade in GRADES:
            was, is_ = old.get(name, {}).get(grade), play[grade]
            if was is None or is_ is None:
                continue
            yield None if was == is_ else Change(title, name, grade, is_, "" if is_ else "; ".join(play["why"]))
