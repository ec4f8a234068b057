"""Each page under docs/ begins with what its reader wants to do, and docs/README.md leads to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(FOLDER.glob("*.md"))
INDEX = (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_begins_with_what_the_reader_wants_to_do(page):
    """The first words below the title are the reader's goal: `To build while ...`."""
    assert re.match(r"# [^\n]+\n\nTo [a-z]", page.read_text()), page.read_text()[:120]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "README.md"], ids=lambda page: page.name)
def test_index_has_one_line_for_the_page(page):
    """A reader finds each page by one line of the index."""
    assert INDEX.count(f"]({page.name}) |") == 1
