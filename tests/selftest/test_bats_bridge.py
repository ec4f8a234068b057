"""The bridge from bats to pytest: real .bats files in an inner pytest, one item per @test."""

from __future__ import annotations

import os
import time
import xml.etree.ElementTree as ET  # our own JUnit file

import pytest

TWO = """
@test "first" { true; }

# bats test_tags=layer:http, slow
@test "second with (brackets) and a * star" {
	echo "what it printed"
	[ 1 -eq 2 ]
}
"""


NEWEST = ".venv/npm/node_modules/bats/bin"
"""The place where ./tests/run installs the newest bats."""


@pytest.fixture(params=["", pytest.param(NEWEST, marks=pytest.mark.long)], ids=["distribution", "newest"])
def bats(pytester, repo, inner_pytest, monkeypatch, request):
    """Runs pytest with these arguments on one file, `unit.bats`."""
    if request.param:
        assert (repo / request.param / "bats").is_file(), f"wanted bats in {request.param}: ./tests/run brings it"
        monkeypatch.setenv("PATH", str(repo / request.param), prepend=os.pathsep)
    monkeypatch.delenv("CI", raising=False)

    def call(text: str, *words: str, conftest: str = "", path: str = "unit.bats"):
        pytester.makeconftest(f"pytest_plugins = ['harness.bats.plugin']\n{conftest}")
        (pytester.path / path).write_text(text)
        return pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider", *words)

    return call


def test_each_test_is_an_item_and_a_failure_shows_place_command_and_output(bats):
    """Each @test is a pytest item; a failure shows its line, the failed command and the output."""
    result = bats(TWO)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*unit.bats::first PASSED*", "*unit.bats:7: `[[] 1 -eq 2 []]' failed*", "*what it printed*"]
    )


def test_one_process_runs_a_file_and_a_selection_runs_no_other_test(bats, pytester):
    """A file runs in one bats process, and a selected test runs alone."""
    counted = f'setup_file() {{ echo run >>"{pytester.path}/runs"; }}\n'
    marks = "".join(f'@test "t{n}" {{ touch "{pytester.path}/t{n}"; }}\n' for n in range(1, 12))
    bats(counted + marks).assert_outcomes(passed=11)
    assert (pytester.path / "runs").read_text() == "run\n"

    for file in pytester.path.glob("t[0-9]*"):
        file.unlink()
    bats(counted + marks, "unit.bats::t1").assert_outcomes(passed=1)
    assert [file.name for file in pytester.path.glob("t[0-9]*")] == ["t1"]


def test_tests_that_wait_run_beside_each_other_with_their_own_results(bats, pytester):
    """With the tag `waits`, a few processes share a file; each test has its own result and output, in any selection."""
    marks = "".join(f'@test "t{n}" {{ echo "said {n}"; echo "$PPID" >>pids; [ {n} -ne 9 ]; }}\n' for n in range(1, 15))
    text = f"# bats file_tags=waits\n{marks}"
    result = bats(text)
    result.assert_outcomes(passed=13, failed=1)
    result.stdout.fnmatch_lines(
        ["*unit.bats::t8 PASSED*", "*unit.bats::t9 FAILED*", "*unit.bats::t10 PASSED*", "*said 9*"]
    )
    assert len(set((pytester.path / "pids").read_text().split())) > 1
    bats(text, "unit.bats::t9", "unit.bats::t14").assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize("name", ["a.b [c] (d) {e}", "a|b ^c $ d", r"back\slash +?", "ends in 'quotes'"])
def test_name_of_any_kind_is_selected_as_it_is_written(bats, name):
    """A test with special characters in its name can be selected by that name."""
    text = f'@test "{name}" {{ true; }}\n@test "another" {{ false; }}\n'
    bats(text, f"unit.bats::{name}").assert_outcomes(passed=1)


def test_skipped_test_is_skipped_with_its_reason(bats):
    """A skipped @test is a skipped item with the same reason."""
    result = bats('@test "not here" { skip "no engine"; }\n@test "here" { true; }\n', "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED *no engine"])


def test_name_that_bats_would_take_for_a_directive_is_an_error(bats):
    """A name with `# skip` in it is an error, because TAP would read it as a directive."""
    result = bats('@test "says # skip nothing" { true; }\n')
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*takes '# skip' in 'says # skip nothing' for a directive: rename the test*"])


def test_tags_are_markers_and_properties(bats, pytester):
    """Tags of bats select tests with `-m` and are in the JUnit report."""
    found = bats(TWO, "--strict-markers", "-m", "layer_http", "--junitxml", "out.xml")
    found.assert_outcomes(failed=1, deselected=1)
    case = next(ET.parse(pytester.path / "out.xml").getroot().iter("testcase"))  # noqa: S314 # our own file
    tags = [(item.get("name"), item.get("value")) for item in case.iter("property")]
    assert tags == [("bats_tag", "layer:http"), ("bats_tag", "slow")]


def test_test_tags_apply_to_the_next_test_and_file_tags_to_all(bats):
    """`test_tags` apply to the next test, `file_tags` to each test of the file."""
    text = (
        "# bats file_tags=whole\n# bats test_tags=lost\n# bats test_tags=kept\n"
        '@test "one" { true; }\n@test "two" { true; }\n'
    )
    bats(text, "-m", "whole").assert_outcomes(passed=2)
    bats(text, "-m", "kept").assert_outcomes(passed=1, deselected=1)
    bats(text, "-m", "lost").assert_outcomes(deselected=2)


def test_focus_is_an_error(bats):
    """The tag bats:focus is an error, because it hides the other tests."""
    result = bats('# bats test_tags=bats:focus\n@test "one" { true; }\n@test "two" { true; }\n')
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*bats:focus hides all other tests: remove it*"])


@pytest.mark.parametrize("place", ["setup_file", "teardown_file"])
def test_failing_setup_of_a_file_is_an_error_of_each_test(bats, place):
    """A failing setup_file or teardown_file is an error of each test, with the output."""
    result = bats(f'{place}() {{ echo broken; false; }}\n@test "one" {{ true; }}\n@test "two" {{ true; }}\n')
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines([f"*{place} failed*", "*broken*"])


def test_file_without_tests_is_an_error(bats):
    """A .bats file without tests is an error, not an empty success."""
    result = bats("# nothing\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*wanted tests, saw none*"])


def test_file_with_a_syntax_error_is_an_error(bats):
    """A .bats file with a syntax error is an error."""
    bats('@test "one" { true; }\nif then\n').assert_outcomes(errors=1)


def test_missing_bats_is_an_error_or_a_skip_on_request(bats):
    """Without bats each test is an error, or a skip with `--bats-missing skip`."""
    words = ("--bats-bin", "/nowhere/bats")
    result = bats(TWO, *words)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*wanted /nowhere/bats, saw none*"])
    bats(TWO, *words, "--bats-missing", "skip").assert_outcomes(skipped=2)


def test_duration_of_a_test_is_measured_by_bats(bats):
    """`--durations` shows the time of the @test, without that of its process."""
    result = bats('@test "quick" { true; }\n@test "slow" { sleep 1; }\n', "--durations", "2", "--durations-min", "0.9")
    result.stdout.fnmatch_lines(["*1.??s call*unit.bats::slow*"])
    result.stdout.no_fnmatch_line("*s call*unit.bats::quick*")


def test_test_over_the_time_limit_is_stopped_and_the_others_count(bats, pytester):
    """A @test that hangs fails at the limit, its processes end, and the other tests count."""
    text = f'@test "hangs" {{ sleep 100 & echo $! >"{pytester.path}/pid"; wait; }}\n@test "ends" {{ true; }}\n'
    bats(text, "-o", "timeout=2").assert_outcomes(passed=1, failed=1)
    sleeper = (pytester.path / "pid").read_text().strip()
    try:
        status = open(f"/proc/{sleeper}/stat").read().split()[2]  # noqa: SIM115 # one read
    except FileNotFoundError:
        status = "gone"
    assert status in ("gone", "Z")


def test_each_variant_runs_with_its_environment(bats):
    """A file with two variants runs twice, each time with the environment of the variant."""
    conftest = """
from harness.bats.hooks import Variant

def pytest_bats_variants(path):
    return [Variant("red", {"COLOUR": "red"}), Variant("blue", {"COLOUR": "blue"})]
"""
    result = bats('@test "is red" { [ "$COLOUR" = red ]; }\n', conftest=conftest)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*is red[[]red[]] PASSED*", "*is red[[]blue[]] FAILED*"])


def test_environment_comes_from_a_fixture(bats):
    """A fixture `bats_env` sets the environment of the tests."""
    conftest = """
import pytest

@pytest.fixture(scope="module")
def bats_env():
    return {"LAB_URL": "http://127.0.0.1:1"}
"""
    bats('@test "has it" { [ "$LAB_URL" = http://127.0.0.1:1 ]; }\n', conftest=conftest).assert_outcomes(passed=1)


def test_two_workers_run_a_file_once(bats, pytester):
    """With two pytest workers, a .bats file still runs once."""
    counted = f'setup_file() {{ echo run >>"{pytester.path}/runs"; }}\n'
    bats(counted + "".join(f'@test "t{n}" {{ true; }}\n' for n in range(8)), "-n", "2").assert_outcomes(passed=8)
    assert (pytester.path / "runs").read_text() == "run\n"


def test_bats_that_does_not_exit_is_stopped_after_the_last_test(bats, pytester):
    """A bats process that stays after its last test, as with bats 1.8, does not delay the run."""
    fake = pytester.path / "fake"
    lines = 'printf "TAP version 13\\n1..1\\nok 1 first\\n"; sleep 60'
    fake.write_text(f"#!/bin/sh\ncase $1 in --version) echo Bats 9;; --count) echo 1;; *) {lines};; esac\n")
    fake.chmod(0o755)
    conftest = "import harness.bats.process\nharness.bats.process.GRACE = 1\n"
    begun = time.monotonic()
    bats('@test "first" { true; }\n', "--bats-bin", str(fake), conftest=conftest).assert_outcomes(passed=1)
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(("seconds", "outcome"), [(1.2, {"failed": 1}), (0, {"errors": 1})])
def test_result_that_bats_lost_at_the_time_limit_is_a_failure(bats, pytester, seconds, outcome):
    """A bats that kills its own message about a test over the limit; without the wait the result is unknown."""
    fake = pytester.path / "fake"
    lines = f'printf "TAP version 13\\n1..2\\n"; sleep {seconds}; printf "ok 2 second\\n"'
    fake.write_text(f"#!/bin/sh\ncase $1 in --version) echo Bats 9;; --count) echo 2;; *) {lines}; exit 1;; esac\n")
    fake.chmod(0o755)
    text = '@test "first" { true; }\n@test "second" { true; }\n'
    bats(text, "--bats-bin", str(fake), "-o", "timeout=1").assert_outcomes(passed=1, **outcome)


def test_test_after_a_bail_out_is_an_error(bats, pytester):
    """A fake bats that prints `Bail out!` makes each test without a result an error."""
    fake = pytester.path / "fake"
    lines = 'printf "TAP version 13\\n1..2\\nok 1 first\\nBail out! no more\\n"'
    fake.write_text(f"#!/bin/sh\ncase $1 in --version) echo Bats 9;; --count) echo 2;; *) {lines}; exit 1;; esac\n")
    fake.chmod(0o755)
    result = bats('@test "first" { true; }\n@test "second" { true; }\n', "--bats-bin", str(fake))
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*no result of this test: Bail out! no more*"])
