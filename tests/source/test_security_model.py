"""docs/security-model.md names tests that exist, for each actor that the kit meets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs/security-model.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:\w+/)*test_\w+\.py)((?:::\w+)*)`", PAGE)))
ROWS = [line for line in PAGE.split("## Who controls what")[1].split("## Who must")[0].splitlines() if "test_" in line]


def test_page_names_many_tests():
    assert len(NAMED) > 40
    assert len(ROWS) > 20


@pytest.mark.parametrize(("file", "names"), NAMED, ids=[file + names for file, names in NAMED])
def test_named_test_exists(file, names):
    path = REPOSITORY / "tests/security" / file
    text = path.read_text() if path.is_file() else ""
    assert path.is_file(), f"wanted {path}"
    for name in names.split("::")[1:]:
        assert re.search(rf"^\s*(?:def|class) {name}\b", text, re.MULTILINE), f"wanted {name} in {file}"


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_row_says_what_is_not_possible_and_who_holds_it(row):
    who, can, cannot, held = (cell.strip() for cell in row.strip("|").split("|"))
    assert all((who, can, cannot))
    assert "test_" in held
