"""The score of faults: its table after a run of marked tests, and the selection of one fault by its id."""

from __future__ import annotations

import pytest

TESTS = """
import pytest

@pytest.mark.fault("H1")
def test_passes(): pass

@pytest.mark.fault("H10")
def test_is_no_proof(): assert False, "INVALID: the control fails"

@pytest.mark.fault("H11")
def test_fails(): assert False, "other bytes"

@pytest.mark.fault("T11")
def test_cannot_be_made(): pytest.skip("unsupported: no netem here")

@pytest.mark.fault("H1")
@pytest.mark.parametrize("number", range(2))
def test_passes_more_than_once(number): pass
"""


@pytest.fixture
def score(pytester, inner_pytest):
    """Runs tests with the score and returns the output."""

    def call(*words: str, tests: str = TESTS):
        pytester.makeconftest("pytest_plugins = ['harness.pytest.score']")
        pytester.makepyfile(tests)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *words)

    return call


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_each_fault_is_counted_once(score, workers):
    """The score at the end of a run counts each fault once, by its worst result, with and without workers."""
    result = score(*workers)
    result.stdout.fnmatch_lines(
        [
            "*faults: 4 of 115*",
            "passed 1  unsupported 1  failed 1  invalid 1",
            "invalid: H10",
            "failed: H11",
            "unsupported: T11 loss, reorder, corruption: no netem here",
        ]
    )


def test_fault_id_selects_that_fault_alone(score):
    """`-k H1` selects the fault H1, and not H10 or H11."""
    score("-k", "H1").stdout.fnmatch_lines(["passed 1  unsupported 0  invalid 0", "*3 passed, 3 deselected*"])


def test_unknown_fault_id_is_a_usage_error(score):
    """`-k H99` is a usage error that names the list of ids."""
    result = score("-k", "H99")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*wanted a fault of harness/catalogue/fault_ids.py, saw H99"])


def test_mark_with_an_unknown_fault_is_a_usage_error(score):
    """A test with the mark of an unknown fault is a usage error."""
    result = score(tests="import pytest\n@pytest.mark.fault('H99')\ndef test_it(): pass\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_run_without_faults_has_no_score(score):
    """A run without marked tests prints no score."""
    score(tests="def test_it(): pass\n").stdout.no_fnmatch_line("*faults:*")
