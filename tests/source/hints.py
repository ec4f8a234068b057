"""Hints of the classifier: texts one of which stands in each line that a pattern of rules.tsv matches.

`python -m tests.source.hints` writes the last column of rules.tsv anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from re import _constants as token
from re import _parser as parser
from typing import Any

RULES = Path(__file__).resolve().parents[2] / "scripts" / "lib" / "verdict" / "rules.tsv"
FREQUENT = {"http", "https", "://", "http://", "deb", "error", "get", "main"}
"""Texts of healthy lines: as hints they would only cost time."""
Hints = list[str]


def best(options: Iterable[Hints]) -> Hints:
    """The hints that fit the fewest lines; none if one option is as good as no hint."""
    usable = [option for option in options if option]
    return max(usable, key=lambda found: (not FREQUENT & {*found}, min(3, shortest(found)), -len(found)), default=[])


def shortest(found: Hints) -> int:
    return min(map(len, found))


def of_sequence(parts: Iterable[tuple[Any, Any]]) -> Hints:
    """The hints of a parsed pattern. A list is one option: each match contains one of its texts."""
    options: list[Hints] = []
    run = ""
    for kind, value in [*parts, (None, None)]:
        # The classifier may put a mark in front of a number, when it joins two lines.
        if kind is token.LITERAL and chr(value) not in "|\t" and not (run and chr(value) == "@"):
            run += chr(value)
            continue
        options.append([run] if run else [])
        run = chr(value) if kind is token.LITERAL and chr(value) == "@" else ""
        if kind is token.SUBPATTERN:
            options.append(of_sequence(value[3]))
        elif kind is token.BRANCH:
            branches = [of_sequence(branch) for branch in value[1]]
            options.append(sorted({text for branch in branches for text in branch}) if all(branches) else [])
        elif kind in {token.MAX_REPEAT, token.MIN_REPEAT} and value[0] >= 1:
            options.append(of_sequence(value[2]))
    return best(options)


def hints(pattern: str) -> str:
    """The column for this pattern: texts with `|` between them. Every pattern must have one."""
    found = of_sequence(parser.parse(pattern))
    return "|".join(text for text in found if not any(other != text and other in text for other in found))


def is_rule(line: str) -> bool:
    return "\t" in line and not line.startswith("#")


def with_hints(line: str) -> str:
    """A row of rules.tsv with its last column made anew."""
    if not is_rule(line):
        return line
    columns = line.split("\t")[:7]
    return "\t".join([*columns, hints(columns[0])])


def table(text: str) -> str:
    return re.sub(r"(?m)^.*$", lambda line: with_hints(line[0]), text)


if __name__ == "__main__":
    RULES.write_text(table(RULES.read_text()))
