"""Two boards compared: what got better, what worse, and which boards say nothing about each other."""

from __future__ import annotations

import json

import pytest
from harness.drills.board.comparison import CompareError, compare, read_board
from harness.drills.board.report import write_comparison, write_report
from harness.drills.options import read_options

from .sample_board import board_file, sample_board

DEAD = {"code": 75, "image": None}


def boards(**now):
    """Two boards, the second with a kit that ended otherwise."""
    return sample_board().as_json(), json.loads(json.dumps(sample_board(**now).as_json()))


def test_equal_boards_have_no_change():
    """Of 24 builds, only the grades that both boards tell are counted."""
    before, now = boards()
    found = compare(before, now)
    assert (found.changes, found.before, found.now) == ((), (), ())
    told = [play[grade] for cell in now["cells"] for play in cell["plays"] for grade in now["totals"]["kit"]]
    assert found.equal == sum(one is not None for one in told)


def test_worse_grades_are_named_with_the_reason_and_better_ones_too():
    """A regression is one line with cell, contestant, grade and reason; read the other way round it is progress."""
    before, now = boards(kit=DEAD | {"output": "no such package"})
    found = compare(before, now)
    assert len(found.worse) == len(found.changes) == 12
    assert {change.grade for change in found.worse} == {"survived", "truthful"}
    assert str(found.worse[0]) == (
        "worse: registry.test 503 kit: now not survived: wanted last words that name registry.test; "
        "wanted last words that name the cause: every request gets 503"
    )
    back = compare(now, before)
    assert (back.worse, len(back.changes)) == ([], 12)
    assert str(back.changes[0]) == "better: registry.test 503 kit: now survived"
    assert back.lines()[-1].startswith("12 grades are better, 0 worse, ")


def test_cells_of_one_side_are_told_and_not_compared():
    """A fault that was not played before is neither better nor worse; nor is a cell whose schedule is another one."""
    before, now = boards(kit=DEAD)
    before["cells"], now["cells"] = before["cells"][:2], now["cells"][1:3]
    found = compare(before, now)
    assert (found.before, found.now) == (("registry.test 503",), ("go.test 503",))
    assert {change.cell for change in found.changes} == {"registry.test refused"}
    now["cells"][0]["data"]["outages"][0]["schedule"] = "503x2"
    assert compare(before, now).changes == ()


def test_cell_that_became_invalid_is_worse_and_its_grades_do_not_count():
    """A cell that proves nothing any more is a loss, whatever its builds did."""
    before, now = boards(kit=DEAD)
    now["cells"][0]["invalid"] = ["the fault did no harm"]
    first = compare(before, now).changes[0]
    assert str(first) == "worse: registry.test 503: now not valid: the fault did no harm"
    assert [change.cell for change in compare(before, now).changes].count("registry.test 503") == 1
    assert str(compare(now, before).changes[0]) == "better: registry.test 503: now valid"


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"machine": {"system": "other", "cores": 64}}, "saw one of other, 64 cores"),
        ({"recording": "app@2"}, "wanted a board of the same recording, app@1, saw app@2"),
        ({"compared_by": "content, 1 differing files left out"}, "wanted a board of the same way of comparing images"),
    ],
)
def test_boards_of_other_machines_and_recordings_are_refused(other, says):
    """Seconds and requests of another machine say nothing about this one."""
    before, now = boards()
    with pytest.raises(CompareError, match=says):
        compare(before | other, now)


def test_call_with_a_board_that_cannot_be_compared_ends_before_the_drill(tmp_path, capsys):
    """A wrong file costs one line and no build."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    file = board_file(tmp_path)

    def read(*words):
        return read_options(["--state", "/nowhere", str(tmp_path), *words])

    def refused(*words):
        with pytest.raises(SystemExit) as ended:
            read(*words)
        (line,) = capsys.readouterr().err.splitlines()
        assert ended.value.code == 64
        return line

    options = read("--compare", str(file), "--fail-on-regression")
    assert options.before == read_board(file) == json.loads(file.read_text())
    assert options.fail_on_regression
    assert "wanted a board to compare with, saw none" in refused("--fail-on-regression")
    assert "--compare: wanted a board.json of this version, saw /nowhere: " in refused("--compare", "/nowhere")
    board = json.loads(file.read_text())
    file.write_text(json.dumps(board | {"version": 2}))
    assert "3 was expected" in refused("--compare", str(file))
    file.write_text(json.dumps(board | {"machine": {"system": "other", "cores": 1}}))
    assert "--compare: wanted a board of this machine, " in refused("--compare", str(file))


def test_comparison_stands_below_the_board_and_annotates_what_is_worse(tmp_path, monkeypatch, capsys):
    """A job of GitHub shows what the change made worse."""
    before, now = boards(kit=DEAD)
    write_report(now, tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    found = compare(before, now)
    write_comparison(now, found, tmp_path)
    page = (tmp_path / "board.md").read_text()
    assert page.endswith((tmp_path / "summary").read_text())
    assert "## Compared with another board\n\n* worse: registry.test 503 kit: now not survived" in page
    assert "<li>worse: registry.test 503 kit: now not survived" in (tmp_path / "board.html").read_text()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(found.worse) > 0
    assert lines[0].startswith("::error title=drill%3A worse than before::worse: registry.test 503 kit")
