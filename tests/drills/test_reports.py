"""The forms of a board that CI services read: JUnit XML, Markdown, the job summary and annotations of GitHub."""

from __future__ import annotations

import json
import re
import shlex
from xml.etree import ElementTree as Xml

import jsonschema
import pytest
from harness.drills.board.board import SCHEMA, call_of, take_events
from harness.drills.board.markdown import markdown, section
from harness.drills.board.report import lines_for_github
from harness.drills.options import read_options
from harness.drills.plays.play import Project

from .sample_board import HOSTILE, NAMES, board_file, events, sample_board

DEAD = {"code": 75, "image": None}


@pytest.fixture(autouse=True)
def outside_of_github(monkeypatch):
    """The tests themselves may run in a job of GitHub, whose summary is not theirs."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


def cases(folder):
    """The cases of junit.xml by suite."""
    root = Xml.parse(folder / "junit.xml").getroot()  # noqa: S314 - written by the test
    return root, {suite.get("name").rpartition(" ")[2]: list(suite.iter("testcase")) for suite in root}


def test_board_is_written_in_each_form_and_fits_its_schema(tmp_path):
    """Beside board.json stand a file for test reports and one for people."""
    file = board_file(tmp_path)
    jsonschema.validate(json.loads(file.read_text()), json.loads(SCHEMA.read_text()))
    assert {"board.html", "board.json", "board.md", "junit.xml"} <= {path.name for path in tmp_path.iterdir()}


def test_only_the_kit_can_fail_in_junit(tmp_path):
    """A merge request is red for what the kit did, not for what a plain build does in an outage."""
    board_file(tmp_path)
    root, suites = cases(tmp_path)
    assert list(suites) == list(NAMES)
    assert {name: len(found) for name, found in suites.items()} == dict.fromkeys(NAMES, 7)
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("28", "0", "0", "4")
    skipped = suites["kit"][-1]
    assert (skipped.get("name"), skipped[0].get("message")) == (
        "registry.test reset", "a healthy build asks this host for no package"
    )  # fmt: skip
    grades = {one.get("name"): one.get("value") for one in suites["retry3"][0].iter("property")}
    assert grades["survived"] == "no"
    assert grades["truthful"] == grades["right"] == "not told"
    board_file(tmp_path, kit=DEAD)
    root, suites = cases(tmp_path)
    assert root.get("failures") == "6"
    failure = suites["kit"][0].find("failure")
    assert (failure.get("type"), failure.get("message")) == ("not survived, not right", "fails (75) 9s")


def test_invalid_cell_is_an_error_of_the_kit(tmp_path):
    """A cell that proves nothing is neither passed nor failed."""
    board = sample_board()
    board.cells[0]["invalid"] = ["the fault did no harm"]
    board.write(tmp_path)
    root, suites = cases(tmp_path)
    assert (root.get("errors"), root.get("failures")) == ("1", "0")
    assert suites["kit"][0].find("error").get("message") == "INVALID: the fault did no harm"
    assert suites["plain"][0].find("skipped") is not None
    assert "INVALID" in (tmp_path / "board.md").read_text()


def test_last_words_are_text_in_every_form(tmp_path):
    """A build can print whatever it wants: markup, the end of a section, colours; a report shows it as text."""
    board = sample_board(kit=DEAD)
    board.cells[0]["title"] = f"a | b {HOSTILE}"
    board.project = HOSTILE
    board.write(tmp_path)
    _, suites = cases(tmp_path)
    said = suites["plain"][0].find("system-out").text
    assert "</script><script>window.owned=1</script>" in said
    assert "]]>" in said
    assert "\x1b" not in said
    page = (tmp_path / "board.md").read_text()
    assert "<script" not in page
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert {line.count("|") for line in rows} == {len(NAMES) + 2}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a_b `c` [d](e) | @f", r"a\_b \`c\` \[d\](e) &#124; &#64;f"), ("# a", r"\# a"), ("1. a", r"1\. a"),
     ("fails (75) 9s !p", "fails (75) 9s !p"), ("x 1.2 - go-service", "x 1.2 - go-service"), ("- a\n# b", r"\- a # b")],
)  # fmt: skip
def test_text_in_markdown_is_text(text, shown):
    """A name from a Dockerfile makes no heading, list, link or mention."""
    assert section("title", [text]).splitlines()[-1] == f"* {shown}"


def test_markdown_has_each_grade_with_its_denominator(tmp_path):
    """Whoever reads a job summary knows of how many cells a figure speaks."""
    page = markdown(sample_board().as_json())
    assert "6 valid cells, 0 INVALID, 1 not applicable" in page
    rows = {line.split(" | ")[0].strip("| "): line for line in page.splitlines() if line.startswith("| ")}
    assert rows["grade"] == "| grade | plain | retry3 | mirrors | kit |"
    assert rows["survived"] == "| survived | 0 of 6 | 0 of 6 | 2 of 6 | 6 of 6 |"
    assert rows["truthful"].split(" | ")[2] == "0 of 0"
    assert rows["go.test 503"].split(" | ")[3] == "WRONG IMAGE 9s !t"


def test_summary_keeps_within_the_limit_and_says_what_is_left_out():
    """GitHub takes no summary that is too long; the totals come first."""
    page = markdown(sample_board().as_json(), 700)
    assert len(page.encode()) < 760
    assert "survived" in page
    assert re.search(r"\n\d+ more lines: see board.json\.\n$", page)


def test_job_of_github_gets_a_summary_and_an_annotation_for_each_failing_cell(tmp_path, monkeypatch, capsys):
    """The page of a pull request names each cell in which the kit failed, and the command that plays it again."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (tmp_path / "summary").write_text("before\n")
    board_file(tmp_path)
    assert capsys.readouterr().err == ""
    assert (tmp_path / "summary").read_text() == "before\n" + (tmp_path / "board.md").read_text()
    board_file(tmp_path, kit=DEAD)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("::error title=drill%3A registry.test 503::kit fails (75) 9s; again: ")
    words = f"-f app/Dockerfile app --replay {tmp_path}/cells/registry.test-503.json -- --target 'x y'"
    assert lines[0].endswith(f"; again: ./scripts/fault-drill.sh {words}")


def test_annotation_is_one_line_whatever_a_build_says():
    """Text of a build cannot start a workflow command of its own."""
    board = sample_board(kit=DEAD)
    board.cells[0]["title"] = "x\n::add-mask::a,b"
    board.cells[0]["plays"][-1]["why"] = ["one\r\n::set-output name=x::y"]
    lines = list(lines_for_github(board.as_json(), "report"))
    assert "kit fails (75) 9s: one%0D%0A::set-output" in lines[0]
    assert lines[0].startswith("::error title=drill%3A x%0A%3A%3Aadd-mask%3A%3Aa%2Cb::")
    assert not any("\n" in line or "\r" in line for line in lines)


def test_call_of_a_board_is_read_as_it_was_written_and_shows_no_secret(tmp_path, monkeypatch):
    """A board may be shown around: a build argument has its name only, a URL no login."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    words = ("--build-arg", "TOKEN=s3cret", "--build-arg=A=b", "--build-context", "x=https://me:pw@git.test/x")
    call = call_of(Project(tmp_path / "Dockerfile", str(tmp_path), words))
    assert shlex.join(call) == (
        "-f Dockerfile . -- --build-arg TOKEN --build-arg=A --build-context x=https://git.test/x"
    )
    assert read_options(["--state", "/nowhere", *call]).project.dockerfile == tmp_path / "Dockerfile"


def test_events_of_a_build_are_taken_once(tmp_path):
    """The events of the kit stand in its cell, without the half line of a build that was ended."""
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(events("a.test")[0]) + "\n[1]\n" + '{"ts": "20')
    assert take_events(str(file)) == events("a.test")
    assert take_events(str(file)) == take_events("") == []


def test_storm_and_contestants_that_did_not_play_are_told_in_each_form(tmp_path):
    """In a long storm the kit plays on alone: no figure of the others counts that build, and each form says so."""
    board = sample_board()
    board.left_out = {"kit-stage": "the Dockerfile uses no command of scripts/stage"}
    board.cells[0] |= {"group": "storm", "plays": board.cells[0]["plays"][-1:]}
    board.write(tmp_path)
    _, suites = cases(tmp_path)
    assert {name: len(found) for name, found in suites.items()} == dict.fromkeys(NAMES, 6) | {"kit": 7}
    for name in ("board.md", "board.html"):
        text = (tmp_path / name).read_text().replace("\\", "")
        assert "storm: kit survived 1 of 1 (2.5 to 100.0 %), 0 wrong images, 0 hangs" in text
        assert "kit-stage did not play: the Dockerfile uses no command of scripts/stage" in text
        assert "requests to failing hosts in a cell, median and most: plain 3, 3; retry3 1, 1; " in text
    assert "| survived | 0 of 5 | 0 of 5 | 2 of 5 | 6 of 6 |" in (tmp_path / "board.md").read_text()
