"""harness/pytest/pairs.py: which pairs are in the default run."""

from __future__ import annotations

from harness.pytest.pairs import pairs


def test_default_run_has_each_row_once_and_the_columns_take_turns():
    """Nothing is lost with --all, and no row and no column is without a pair before it."""
    found = pairs({"a": 1, "b": 2, "c": 3}, ["x", "y"])
    assert [pair.id for pair in found] == ["a-x", "a-y", "b-x", "b-y", "c-x", "c-y"]
    assert [pair.values for pair in found][1] == (1, "y")
    assert [pair.id for pair in found if not pair.marks] == ["a-x", "b-y", "c-x"]
