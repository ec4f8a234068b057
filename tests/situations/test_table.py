"""Each situation of the tables of this folder has tests: one as it was reported, and at least two variations."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from .table import COLUMNS, Row, cases, rows

FOLDER = Path(__file__).parent
REPOSITORY = FOLDER.parents[1]
LEAST_CASES = 3
"""The situation as it was reported, and two variations."""


def findings(found: list[Row], repository: Path) -> list[str]:
    """What is wrong with rows: tests that do not exist, too few cases, a situation that stands twice."""
    wrong = []
    for row in found:
        counts = {id_: cases(repository, id_) for id_ in row.tests}
        wrong += [f"{row.place}: no test {id_}" for id_, count in counts.items() if not count]
        if sum(counts.values()) < LEAST_CASES:
            wrong.append(f"{row.place}: wanted {LEAST_CASES} cases, saw {sum(counts.values())}: {row.situation}")
    seen = Counter(row.situation.casefold() for row in found)
    return wrong + [
        f"{row.place}: stands twice: {row.situation}" for row in found if seen[row.situation.casefold()] > 1
    ]


def test_each_situation_has_its_tests():
    """A reader who looks for a reported situation finds tests that exist, for it and for variations of it."""
    found = [row for table in sorted(FOLDER.glob("*.tsv")) for row in rows(table)]
    assert found
    assert findings(found, REPOSITORY) == []


EXAMPLE = """
WORDS = ["a", *MORE]
MORE = {"b": 1, **{"c": 2}}
@pytest.fixture(params=["x", "y"])
def there(): pass
@pytest.mark.parametrize("n", [n for n in range(9) if n])
def test_unknown(n): pass
@pytest.mark.parametrize("word", WORDS)
class TestOne:
    @pytest.mark.parametrize(("k", "v"), MORE.items())
    def test_product(self, there, word, k, v): pass
    def helper(self): pass
@pytest.mark.parametrize(("n", "word"), pairs(MORE, WORDS))
def test_pairs(n, word): pass
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with one Python file and one bats file."""
    (tmp_path / "test_x.py").write_text(EXAMPLE)
    (tmp_path / "x.bats").write_text('@test "one: two" {\n')
    return tmp_path


@pytest.mark.parametrize(
    ("id_", "count"),
    {
        "test_x.py::test_unknown": 1,
        "test_x.py::TestOne::test_product": 3 * 2 * 2,
        "test_x.py::TestOne::test_product[a-b-1-x]": 1,
        "test_x.py::TestOne::test_product[none]": 0,
        "test_x.py::TestOne::helper": 0,
        "test_x.py::test_pairs": 2 * 3,
        "test_x.py::TestOne": 0,
        "test_x.py::test_product": 0,
        "test_x.py": 0,
        "test_y.py::test_unknown": 0,
        "x.bats::one: two": 1,
        "x.bats::one": 0,
    }.items(),
)
def test_cases_are_counted(place, id_, count):
    """Values of parametrize and of fixtures multiply; a name that is no test has no cases."""
    assert cases(place, id_) == count


def test_wrong_rows_are_named(place):
    """A test that is gone, a situation without variations and one that stands twice are findings."""
    head = "\t".join(COLUMNS)
    table = place / "x.tsv"
    table.write_text(f"{head}\na\tS\te\ttest_x.py::TestOne::test_product\na\ts\te\ttest_x.py::test_gone\n")
    said = findings(rows(table), place)
    assert said == [
        "x.tsv:3: no test test_x.py::test_gone",
        "x.tsv:3: wanted 3 cases, saw 0: s",
        "x.tsv:2: stands twice: S",
        "x.tsv:3: stands twice: s",
    ]


@pytest.mark.parametrize("text", ["a\tb\n", "\t".join(COLUMNS) + "\na\tb\t \td\n", "\t".join(COLUMNS) + "\na\n", ""])
def test_line_that_is_no_row_is_refused(tmp_path, text):
    """A table with other columns or an empty field is an error, not an empty table."""
    (tmp_path / "x.tsv").write_text(text)
    with pytest.raises(ValueError, match="wanted"):
        rows(tmp_path / "x.tsv")
