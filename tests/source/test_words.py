"""docs/words.md is the glossary: rooms and modules are named by its words, and it leads to code that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = REPOSITORY / "scripts/lib"
PAGE = (REPOSITORY / "docs/words.md").read_text()
ROW = re.compile(r"^\| (?!word \| meaning|---)(.*?) \|$", re.MULTILINE)
GLOSSARY, PLAIN = ([row.split(" | ") for row in ROW.findall(part)] for part in PAGE.split("\n## "))
NAMES = sorted({path.stem for path in LIBRARY.rglob("*") if path.suffix != ".pyc" and path.name != "__pycache__"})


def words_of(entries: list[str]) -> set[str]:
    """Every word of the entries, in lower case."""
    return {word for entry in entries for word in re.split(r"[ -]", entry.lower())}


def unknown(name: str, words: set[str]) -> list[str]:
    """The parts of a file's name that are neither one of the words nor its plural."""
    return [part for part in name.split("-") if not {part, part.removesuffix("s"), part.removesuffix("es")} & words]


@pytest.mark.parametrize("name", NAMES)
def test_rooms_and_modules_are_named_by_words_of_the_glossary(name):
    """A reader who meets a file's name finds each part of it in the glossary."""
    assert unknown(name, words_of([row[0] for row in GLOSSARY + PLAIN])) == [], "add it to docs/words.md, or rename it"


def test_words_are_in_order_and_each_has_one_meaning():
    """The glossary is alphabetical, without a word twice, and each row has a sentence."""
    for table in (GLOSSARY, PLAIN):
        words = [row[0].lower() for row in table]
        assert words == sorted(set(words))
        assert all(len(row) >= 2 and row[1] for row in table)
    assert not {row[0] for row in GLOSSARY} & {row[0] for row in PLAIN}


def test_places_in_the_code_exist():
    """Each path of the last column is there, below scripts/lib or the repository."""
    places = [place for row in GLOSSARY for place in re.findall(r"`([^`]+)`", row[2] if len(row) > 2 else "")]
    assert len(places) > 80
    assert [place for place in places if not (LIBRARY / place).exists() and not (REPOSITORY / place).exists()] == []


def test_a_name_that_nobody_explains_is_found():
    """Plurals and joined words pass, anything else is named."""
    words = words_of(["image plan", "retry-after", "bases"])
    assert unknown("image-plans", words) == []
    assert unknown("retry-after", words) == []
    assert unknown("image-helpers", words) == ["helpers"]
