"""Folders and files stand where tests/README.md and fixtures/README.md say, and each folder has its row there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PATH = re.compile(r"`(?:\./)?((?:tests|fixtures)/[\w./-]*\w)")
PLACEHOLDER = re.compile(r"\b(?:test_)?[A-Z]{4,}\b")
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


def misplaced(test: Path, lib: Path) -> bool:
    """Whether a path below tests/kit is not named by a module of the same room below scripts/lib."""
    name = test.stem.removeprefix("test_").replace("_", "-")
    modules = {path.stem for path in (lib / test.parent).glob("*") if path.suffix in (".sh", ".awk", ".py")}
    return not any(name == module or name.startswith(f"{module}-") for module in modules)


def test_tests_of_a_module_stand_in_its_room():
    """Who changes scripts/lib/ROOM/MODULE.sh finds its tests at tests/kit/ROOM/MODULE.bats or test_MODULE.py."""
    kit, lib = REPOSITORY / "tests/kit", REPOSITORY / "scripts/lib"
    tests = [
        path.relative_to(kit)
        for path in kit.rglob("*")
        if path.suffix in (".bats", ".py") and path.name != "conftest.py"
    ]
    assert len(tests) > 30
    assert [str(test) for test in tests if misplaced(test, lib)] == []


@pytest.mark.parametrize("test", ["base/lock.bats", "clock.bats", "base/test_clocks.py", "nowhere/clock.bats"])
def test_test_of_no_module_of_its_room_is_found(test: str):
    """A test in another room, outside the rooms or under another name is noticed."""
    assert misplaced(Path(test), REPOSITORY / "scripts/lib")


def absent(text: str) -> list[str]:
    """The paths below tests and fixtures that a page names and that do not exist; placeholders in capitals are none."""
    paths = [path for path in PATH.findall(text) if not PLACEHOLDER.search(path)]
    return [path for path in paths if not (REPOSITORY / path).exists()]


def test_paths_that_pages_name_exist():
    """A reader who follows a path on any page finds the file."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    pages = [REPOSITORY / name for name in names if (REPOSITORY / name).exists()]
    assert [f"{page.name}: {path}" for page in pages for path in absent(page.read_text())] == []


def test_path_that_is_gone_is_found():
    """A file that has moved is noticed on the page that still names the old path."""
    assert absent("`tests/unit/helpers.bash`, `./tests/run` and `tests/kit/ROOM/test_NAME.py`") == [
        "tests/unit/helpers.bash"
    ]
