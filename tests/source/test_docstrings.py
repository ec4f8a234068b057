"""Tests explain themselves: each has a docstring, and asserts on what an upstream saw before it asserts on a result."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
EXPLAINED = ("build", "commands", "image", "selftest")
"""Folders whose tests have a docstring each."""
ORDERED = ("build", "commands")
"""Folders whose tests assert on the journal first."""
SEEN = re.compile(r"journal|\basked\(|\bpaths\b|\bseen\(|\bputs\(|\bdebs\(|\blayers_sent\(|\brequests\b")
"""An expression about the requests that an upstream saw."""
SAID = re.compile(r"\.(err|out)\b|\b(result|healed)\.rc\b")
"""An expression about the output or the exit code of the kit."""


def functions_of(text: str) -> Iterator[ast.FunctionDef]:
    """The test functions of a module and of its classes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def unexplained(text: str) -> list[str]:
    """The tests of a module that have no docstring."""
    return [test.name for test in functions_of(text) if not ast.get_docstring(test)]


def statements(test: ast.FunctionDef) -> list[str]:
    """The conditions that a test asserts, and its waits for a request, in their order in the file."""
    found = []
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            found.append((node.lineno, ast.unparse(node.test)))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("journal.wait_for"):
            found.append((node.lineno, ast.unparse(node.func)))
    return [text for _, text in sorted(found)]


def out_of_order(text: str) -> list[str]:
    """The tests of a module with an assertion on output or exit code above the first one on a journal."""
    wrong = []
    for test in functions_of(text):
        asserted = [text for text in statements(test) if SEEN.search(text) or SAID.search(text)]
        if any(map(SEEN.search, asserted)) and not SEEN.search(asserted[0]):
            wrong.append(test.name)
    return wrong


def findings(check, folders: tuple[str, ...]) -> list[str]:
    """What a check finds in the tests of some folders, with the path of the file."""
    files = [file for folder in folders for file in sorted((TESTS / folder).rglob("test_*.py"))]
    assert len(files) > 20
    return [f"{file.relative_to(TESTS)}: {name}" for file in files for name in check(file.read_text())]


def test_each_test_says_what_a_user_would_see():
    """A contributor whose change fails a test reads in one sentence which behaviour broke."""
    assert findings(unexplained, EXPLAINED) == []


def test_requests_come_before_codes_and_messages():
    """A test that fails shows first what the upstream saw; a changed message does not hide it."""
    assert findings(out_of_order, ORDERED) == []


def test_test_without_a_docstring_is_found():
    """A comment, a blank docstring and a docstring of the class do not count."""
    text = (
        'class TestIt:\n    """It."""\n    def test_a(self):\n        # a\n        pass\n\ndef test_b():\n    """ """\n'
    )
    assert unexplained(text) == ["test_b", "test_a"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("assert 'x' in r.err\n    assert len(lab.journal) == 1", ["test_a"]),
        ("assert r.out == ''\n    assert asked(lab) == 1", ["test_a"]),
        ("assert result.rc == 0\n    assert lab.paths == []", ["test_a"]),
        ("assert (result.rc, len(lab.journal)) == (0, 1)", []),
        ("assert len(lab.journal) == 1\n    assert 'x' in r.err", []),
        ("lab.journal.wait_for('a', None)\n    assert 'x' in r.err\n    assert lab.paths == []", []),
        ("assert 'x' in r.err", []),
        ("assert r.rc == 0, r.err\n    assert len(lab.journal) == 1", []),
    ],
    ids=[
        "err first",
        "out first",
        "code first",
        "code and journal",
        "journal first",
        "wait first",
        "no journal",
        "err as explanation",
    ],
)
def test_result_before_the_requests_is_found(body: str, found: list[str]):
    """The order counts, in assertions alone: the explanation of an assertion may show the output."""
    assert out_of_order(f"def test_a():\n    {body}\n") == found
