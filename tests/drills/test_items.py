"""Drills in pytest and bats: a cell is an item, and tests of anybody's own read what a drill found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness.machine.run import run

from .sample_board import board_file, sample_board

HELPER = Path(__file__).resolve().parents[1] / "harness/bats/drill.bash"
DEAD = {"code": 75, "image": None}


def outcomes(pytester, *words):
    """What pytest with the plugin alone made of a call."""
    return pytester.runpytest("-p", "harness.pytest.drills", "-p", "no:randomly", *words)


def test_each_cell_is_an_item_and_fails_with_the_reason(pytester, tmp_path):
    """A team sees its outages as tests: passed, failed with the last words of the kit, skipped where it cannot be."""
    ended = outcomes(pytester, "--drill-board", str(board_file(tmp_path)), "-rs", "-v")
    ended.assert_outcomes(passed=6, skipped=1)
    ended.stdout.fnmatch_lines(["*board.json::registry.test-503 PASSED*", "*a healthy build asks this host for no*"])
    ended = outcomes(pytester, "--drill-board", str(board_file(tmp_path, kit=DEAD)), "-k", "go.test-refused")
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["*go.test refused*", "kit fails (75) 9s !t: wanted last*", "go.test: 503 Service*"])
    assert "\x1b" not in ended.stdout.str()


def test_invalid_cell_fails(pytester, tmp_path):
    """A cell that proves nothing is not green."""
    board = sample_board()
    board.cells[0]["invalid"] = ["the fault did no harm"]
    ended = outcomes(pytester, "--drill-board", str(board.write(tmp_path)))
    ended.assert_outcomes(passed=5, failed=1, skipped=1)
    ended.stdout.fnmatch_lines(["INVALID: the fault did no harm"])


def test_test_with_outage_runs_for_each_cell(pytester, tmp_path):
    """A limit of one's own is a test of three lines."""
    pytester.makepyfile(
        """
        def test_kit_is_not_much_slower(outage):
            assert outage.plays["kit"]["seconds_over_healthy"] < 60
            assert outage.plays["kit"]["requests"] < 2, outage.title
        """
    )
    file = board_file(tmp_path)
    ended = outcomes(pytester, "--drill-board", str(file), "test_test_with_outage_runs_for_each_cell.py")
    ended.assert_outcomes(failed=6)
    ended.stdout.fnmatch_lines(["*AssertionError: go.test refused"])
    outcomes(pytester).assert_outcomes(skipped=1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--drill-dockerfile", "nowhere"), "*wanted a file, saw 'nowhere'"),
        (("--drill-dockerfile", "{file}", "-n", "2"), "*wanted one process, whose builds run side by side*"),
        (("--drill-board", "{file}"), "*wanted a board.json of this version, saw *"),
    ],
)
def test_wrong_call_is_one_line(pytester, words, says):
    """A typo, several workers or a file that is no board cost one line."""
    file = pytester.path / "Dockerfile"
    file.write_text("FROM scratch\n")
    ended = outcomes(pytester, *(word.format(file=file) for word in words))
    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    ended.stderr.fnmatch_lines([says])


@pytest.mark.long
@pytest.mark.timeout(600)
def test_dockerfile_is_drilled_and_collected(engine, state, base, pytester, monkeypatch):
    """`pytest --drill-dockerfile` plays a whole drill: the plain build fails, the kit survives, one item says so."""
    (pytester.path / "Dockerfile").write_text('FROM team/base:1\nRUN ["busybox", "touch", "/made"]\n')
    for name, value in (engine.env | {"SEAWALL_STATE": str(state), "SEAWALL_CONF": "/dev/null"}).items():
        monkeypatch.setenv(name, value)
    words = f"--fault 503 --against plain --image team/base:1={base} --report {pytester.path}/report"
    ended = outcomes(pytester, "--drill-dockerfile", "Dockerfile", "--drill-arguments", words)
    ended.assert_outcomes(passed=1)
    board = json.loads((pytester.path / "report/board.json").read_text())
    assert board["totals"]["plain"]["survived"] == {"count": 0, "of": 1}


def test_bats_reads_what_a_drill_found(tmp_path):
    """The same for teams whose tests are in bats."""
    board = sample_board(kit=DEAD)
    board.cells[0]["invalid"] = ["the fault did no harm"]
    file = board.write(tmp_path)
    (tmp_path / "drill.bats").write_text(f"""\
load {HELPER}
@test 'kit fails where it is dead' {{
	drill_cells kit not survived
	[ "${{#lines[@]}}" -eq 0 ]
	[ "$(printf '%s\\n' "$output" | wc -l)" -eq 5 ]
	drill_cells mirrors survived
	[ "$output" = $'go.test 503\\ngo.test refused' ]
	drill_cells kit not valid
	[ "$output" = 'registry.test 503' ]
}}
""")
    ended = run(["bats", tmp_path / "drill.bats"], env={"PATH": "/usr/bin:/bin", "DRILL_REPORT": str(file.parent)})
    assert ended.rc == 0, repr(ended)
