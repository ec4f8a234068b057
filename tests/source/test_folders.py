"""tests/README.md and fixtures/README.md have a row for each folder, and none for a folder that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"^(?:pytest|bats) (tests/\S+)(?: .*?-k (\w+))?", re.MULTILINE)
ROW = re.compile(r"^\| `([\w.-]+)/` \|", re.MULTILINE)


def rows(text: str, heading: str = "") -> list[str]:
    """The folders that have a row in a page, or in one section of it, in their order."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0] if heading else text
    return ROW.findall(section)


def folders(place: Path) -> set[str]:
    """The folders of a place that hold files."""
    return {path.name for path in place.iterdir() if path.is_dir() and path.name[0] not in "._"}


@pytest.mark.parametrize(
    ("page", "heading", "place"),
    [
        ("tests/README.md", "Folders", "tests"),
        ("tests/README.md", "The harness", "tests/harness"),
        ("fixtures/README.md", "", "fixtures"),
    ],
    ids=["tests", "harness", "fixtures"],
)
def test_each_folder_has_its_row(page: str, heading: str, place: str):
    """A newcomer finds every folder explained on the page beside it."""
    found = rows((REPOSITORY / page).read_text(), heading)
    assert len(found) == len(set(found))
    assert set(found) == folders(REPOSITORY / place)


def test_rows_are_read_from_their_section_alone():
    """A table of another section does not stand in for the one that is asked for."""
    text = "\n## One\n| `a/` | x |\n\n## Two\n| `b/` | y |\n"
    assert (rows(text, "One"), rows(text, "Two"), rows(text)) == (["a"], ["b"], ["a", "b"])


def test_commands_to_run_one_test_choose_one():
    """A contributor who copies a line of tests/README.md gets the tests that it promises."""
    commands = COMMAND.findall((REPOSITORY / "tests/README.md").read_text())
    assert len(commands) == 4
    for path, word in commands:
        assert word in (REPOSITORY / path).read_text(), f"wanted {word} in {path}"
