"""Results of drills of the sample Dockerfiles: a run with --all that was interrupted continues where it was.

They stay in pytest's own cache (`pytest --cache-clear` forgets them). `--lf` and `--sw` know only tests that failed:
after an interruption they would play all drills again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

READ = ("scripts", "tests/harness", "tests/examples")
"""Folders that decide on the result of every drill, beside that of its sample."""
COLUMNS = ("sample", "upstream", "fault", "plain build", "with the kit", "plain s", "kit s")


@dataclass(frozen=True)
class Outcome:
    """What the two builds of a drill did, and their seconds."""

    plain: str
    kit: str
    plain_s: float
    kit_s: float


@cache
def content_key(*folders: Path) -> str:
    """A word for the names and bytes of all files below these folders."""
    found = hashlib.sha256()
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            body = file.read_bytes()
            found.update(f"{file.relative_to(folder)}\0{len(body)}\0".encode() + body)
    return found.hexdigest()


def tree_key(repo: Path, sample: str) -> str:
    """A word for all that decides on a drill of this sample."""
    return content_key(*(repo / folder for folder in READ), repo / "examples/dockerfiles" / sample)


class Cache(Protocol):
    """pytest's cache: values that JSON knows, by a path."""

    def get(self, key: str, default: Any) -> Any:
        """The value."""

    def set(self, key: str, value: object) -> None:
        """Keeps a value."""


class Memory:
    """Results of drills, each with the key of its tree."""

    def __init__(self, kept: Cache) -> None:
        self.kept = kept

    def find(self, drill: str, tree: str) -> Outcome | None:
        """The result of this drill, if it passed with this tree."""
        found = self.kept.get(f"drills/{drill}", {})
        return Outcome(**found["outcome"]) if found.get("tree") == tree else None

    def keep(self, drill: str, tree: str, outcome: Outcome) -> None:
        """Keeps a result."""
        self.kept.set(f"drills/{drill}", {"tree": tree, "outcome": asdict(outcome)})


def table(rows: Iterable[tuple[tuple[str, str, str], Mapping[str, object]]]) -> list[str]:
    """Results by sample, upstream and fault as a table in Markdown."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS)]
    for names, found in rows:
        outcome = Outcome(**found)  # type: ignore[arg-type] # fields of an outcome
        lines.append((*names, outcome.plain, outcome.kit, f"{outcome.plain_s:.0f}", f"{outcome.kit_s:.0f}"))
    return [f"| {' | '.join(line)} |" for line in lines]
