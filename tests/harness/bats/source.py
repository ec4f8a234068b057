"""Reads the tests of a .bats file from its text, without running it."""

from __future__ import annotations

import re
from dataclasses import dataclass

BLANK = r"[^\S\n]"
TEST = re.compile(rf"^{BLANK}*@test{BLANK}+(?P<name>.*\S){BLANK}+\{{")
"""As bats reads it: the name ends at the last ` {` of the line."""
TEST_FUNCTION = re.compile(rf"(?P<name>[^\s()]+){BLANK}*(?:\(\))?{BLANK}+\{{{BLANK}+#{BLANK}*@test{BLANK}*$")
TAGS = re.compile(rf"^{BLANK}*#{BLANK}*bats{BLANK}+(?P<whose>test|file)_tags=(?P<tags>.*)$")
REGISTERS = re.compile(r"^[^#\n]*\bbats_test_function\b", re.MULTILINE)
SPECIAL = re.compile(r"[\\.\[*^$+?(){|]")


@dataclass(frozen=True)
class Test:
    """One @test of a file: its name as written, its line, its tags without duplicates."""

    __test__ = False

    name: str
    line: int
    tags: tuple[str, ...] = ()


def tags_of(text: str) -> tuple[str, ...]:
    """The tags of a comma-separated list."""
    return tuple(word for part in text.split(",") if (word := part.strip()))


def unquoted(name: str) -> str:
    """The name without its surrounding quotes."""
    name = name[1:] if name[:1] in ("'", '"') else name
    return name[:-1] if name[-1:] in ("'", '"') else name


def tests_of(text: str) -> tuple[Test, ...]:
    """The tests of a file in order; test tags apply to the next test, file tags to all following tests."""
    found: list[Test] = []
    of_test: tuple[str, ...] = ()
    of_file: tuple[str, ...] = ()
    for number, line in enumerate(text.replace("\r", "").split("\n"), 1):
        if match := TEST.search(line) or TEST_FUNCTION.search(line):
            tags = tuple(dict.fromkeys(of_test + of_file))
            found.append(Test(unquoted(match["name"]), number, tags))
            of_test = ()
        elif match := TAGS.search(line):
            if match["whose"] == "test":
                of_test = tags_of(match["tags"])
            else:
                of_file = tags_of(match["tags"])
    return tuple(found)


def registers(text: str) -> bool:
    """Whether the file registers more tests while bats loads it."""
    return REGISTERS.search(text) is not None


def filter_for(names: list[str]) -> str:
    """An extended regular expression that matches these names only."""
    return "^(" + "|".join(SPECIAL.sub(r"\\\g<0>", name) for name in names) + ")$"


def mark_name(tag: str) -> str:
    """A tag as an identifier, as markers require: `layer:http` becomes `layer_http`."""
    name = re.sub(r"\W", "_", tag)
    return name if re.match(r"[a-zA-Z]", name) else f"tag_{name.lstrip('_')}"
