"""Which shells a test runs in: dash and one other, all with `--all`, and those that a caller names."""

from __future__ import annotations

from collections import Counter

import pytest
from harness.machine.shells import SHELLS

NAMES = [shell.name for shell in SHELLS]
CONFTEST = """
pytest_plugins = ["harness.pytest.plugin", "harness.pytest.shell_choice", "harness.bats.plugin"]
from harness.bats.hooks import Variant
from harness.machine.shells import SHELLS

def pytest_bats_variants(path):
    return [Variant(shell.name) for shell in SHELLS]
"""
FILE = """
import pytest

@pytest.mark.parametrize("number", range(40))
def test_in_shells(shell, number):
    pass

@pytest.mark.every_shell
def test_in_every_shell(shell):
    pass

def test_of_dash_in_name(request):
    pass
"""
BATS = "".join(f'@test "test {number}" {{ true; }}\n' for number in range(40))
TAGGED = '# bats file_tags=every-shell\n@test "tagged" { true; }\n'


@pytest.fixture
def chosen(pytester, inner_pytest):
    """The ids that pytest collects with these arguments."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_choice=FILE)
    (pytester.path / "many.bats").write_text(BATS)
    (pytester.path / "tagged.bats").write_text(TAGGED)

    def call(*words: str) -> list[str]:
        result = pytester.runpytest_subprocess("--collect-only", "-q", *words)
        return [line for line in result.outlines if "::" in line]

    return call


def shells_of(ids: list[str], part: str) -> Counter[str]:
    """How many tests run in each shell."""
    words = (found.partition("[")[2].rstrip("]").split("-") for found in ids if part in found)
    return Counter(name for of_one in words for name in of_one if name in NAMES)


def test_test_runs_in_dash_and_one_other_and_the_suite_in_each_shell(chosen):
    """About as many tests in each of the other shells, and the same ones in each run."""
    ids = chosen()
    for part in ("test_in_shells", "many.bats"):
        seen = shells_of(ids, part)
        assert (seen["dash"], sum(seen.values())) == (40, 80), seen
        assert all(4 <= seen[name] <= 20 for name in NAMES if name != "dash"), seen
    assert sum("test_of_dash_in_name" in found for found in ids) == 1
    assert chosen() == ids


def test_what_is_marked_runs_in_every_shell(chosen):
    """A test with the mark or the tag for every shell runs in all five."""
    ids = chosen()
    assert shells_of(ids, "test_in_every_shell") == shells_of(ids, "tagged.bats") == Counter(NAMES)


def test_all_is_every_shell_and_shell_is_one(chosen):
    """`--all` runs each test in every shell; `--shell mksh` runs each test in mksh alone."""
    everything = chosen("--all")
    assert shells_of(everything, "many.bats") == shells_of(everything, "test_in_shells") == Counter(NAMES * 40)
    for words in (("--shell", "mksh"), ("--shell", "mksh", "--all")):
        one = chosen(*words)
        assert shells_of(one, "many.bats") == shells_of(one, "test_in_shells") == Counter(mksh=40)


def test_id_on_the_command_line_runs_in_the_shell_that_it_names(chosen):
    """A test id on the command line runs in the shell that the id names."""
    every, default = chosen("--all"), chosen()
    left_out = [
        next(found for found in every if part in found and found not in default)
        for part in ("many.bats", "test_in_shells")
    ]
    assert chosen(*left_out) == left_out
