"""Shell code keeps within columns and statements, and these two rules count what they say."""

from __future__ import annotations

import pytest

from . import rules
from .test_rules import findings, tracked

SHELL = tracked("scripts/*.sh", "tests/run", "tests/lint", ".ci/*")


@pytest.mark.parametrize("check", [rules.long_lines, rules.full_functions], ids=["columns", "statements"])
def test_lines_and_functions_are_short(check):
    """A line or function that is too long is named."""
    assert len(SHELL) > 20
    assert findings(lambda _, text: check(text), SHELL) == []


FULL = ":\none_two() { " + ": && : || : | :; " * 10 + ": & }\nthree() { :; }\n"


def test_rule_catches_what_it_is_for():
    """Each finding names the line, the limit and what was seen."""
    assert rules.full_functions(FULL) == ["2: wanted at most 40 statements, saw one_two with 41"]
    assert rules.long_lines("#\n\t" + "x" * 117 + "\n") == ["2: wanted at most 120 columns, saw 121"]
    assert rules.long_lines("#\n\t" + "x" * 116 + "\n") == []


STATEMENTS = {
    "a && b || c; d | e\n\tf & wait\n": 7,
    "a \"$(b; c)\" '; d' # ; e\n": 3,
    "if a; then\n\tb\nelse\n\tc\nfi\n": 3,
    "if a; then b; else c; fi\n": 3,
    "for x in 1 2; do a; done\n\twhile b; do c; done\n": 4,
    "case $1 in\n\t\tx | y) a && b ;;\n\t\tz) ;;\n\t\t*)\n\t\t\tc\n\t\t\t;;\n\tesac\n": 5,
    "case $1 in x | y) a && b ;; z) ;; *) c ;; esac\n": 5,
    "local x\n\tx=1 y=2\n": 2,
    "a \\\n\t\tb \\\n\t\tc\n": 1,
    "cat <<-end\n\ta; b\n\tend\n": 1,
}


@pytest.mark.parametrize(("body", "count"), STATEMENTS.items())
def test_statements_are_the_same_however_they_are_wrapped(monkeypatch, body, count):
    """A function meets the limit by doing less, not by putting more on a line."""
    text = f"x_do() {{\n\t{body}}}\n"
    monkeypatch.setattr(rules, "MOST_STATEMENTS", count)
    assert rules.full_functions(text) == []
    monkeypatch.setattr(rules, "MOST_STATEMENTS", count - 1)
    assert rules.full_functions(text) == [f"1: wanted at most {count - 1} statements, saw x_do with {count}"]
