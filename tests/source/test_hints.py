"""The hints of the classifier's rules."""

from __future__ import annotations

import pytest

from . import hints

ROWS = [line.split("\t") for line in hints.RULES.read_text().splitlines() if hints.is_rule(line)]


def test_hints_are_up_to_date():
    """After a change of a pattern, `python -m tests.source.hints` writes its hints."""
    text = hints.RULES.read_text()
    assert text == hints.table(text)
    assert len(ROWS) > 150
    assert [row[0] for row in ROWS if not row[7]] == []


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("connection ?refused", "connection"),
        ("(dns|name) error: no", " error: no"),
        ("a+(timeout|reset)x?", "reset|timeout"),
        ("^curl: .*https?://", "curl: "),
        ("status: @40[13]", "status: "),
        ("(error )?eof|reset( by)? peer", "eof|reset"),
        ("early|earlier", "earl"),
    ],
)
def test_each_match_contains_a_hint(pattern, found):
    """A part that a match may lack is no hint, nor is one behind a mark that the classifier may add."""
    assert hints.hints(pattern) == found
