"""Each page under docs/ begins with what its reader wants to do, and docs/README.md leads to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "docs"
PAGES = sorted(FOLDER.glob("*.md"))
PATH = re.compile(r"`((?:scripts|docs|examples)/[a-z0-9_./-]*)`")
"""A path in backquotes, without words in capitals, which stand for other names."""
DOCUMENTS = sorted(
    [*REPOSITORY.glob("*.md"), *FOLDER.rglob("*.md"), *REPOSITORY.glob("scripts/*.md"), *REPOSITORY.glob("tests/*.md"),
     *REPOSITORY.glob("fixtures/**/*.md"), *REPOSITORY.glob("examples/**/*.md")]
)  # fmt: skip
INDEX = (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_begins_with_what_the_reader_wants_to_do(page):
    """The first words below the title are the reader's goal: `To build while ...`."""
    assert re.match(r"# [^\n]+\n\nTo [a-z]", page.read_text()), page.read_text()[:120]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "README.md"], ids=lambda page: page.name)
def test_index_has_one_line_for_the_page(page):
    """A reader finds each page by one line of the index."""
    assert INDEX.count(f"]({page.name}) |") == 1


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_paths_that_a_document_names_exist(document):
    """A reader who opens a path of the repository that a document names finds it."""
    named = set(PATH.findall(document.read_text()))
    assert [path for path in sorted(named) if not (REPOSITORY / path).exists()] == []
