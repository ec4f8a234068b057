"""Whole drills on this machine: a base image in a registry that fails, for each contestant."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from harness.drills.machine.machine import DrillError
from harness.drills.plays.healthy import record
from harness.drills.plays.play import Project, Stage
from harness.machine.run import run

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = 'FROM team/base:1\nRUN ["busybox", "touch", "/made"]\nCOPY readme /\n'


@pytest.fixture
def project(tmp_path) -> Path:
    """A project on a base image of the registry."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "readme").write_text("hello\n")
    return folder


@pytest.fixture
def call(engine, state, base, project, tmp_path):
    """The words and the environment of a drill of the project, whose report is in `report`."""
    env = engine.env | {"SEAWALL_STATE": str(state), "SEAWALL_CONF": "/dev/null"}
    words = [str(REPOSITORY / "scripts/fault-drill.sh"), str(project), "--image", f"team/base:1={base}"]
    return [*words, "--report", str(tmp_path / "report")], env


def board_of(report: Path):
    """The board of a report."""
    return json.loads((report / "board.json").read_text())


def grades(board):
    """What is equal in two runs: exit code and grades of each contestant in each cell."""
    names = ("survived", "right", "polite", "truthful", "exit", "hangs")
    return {
        (cell["id"], play["contestant"]): [play[name] for name in names]
        for cell in board["cells"]
        for play in cell["plays"]
    }


@pytest.mark.long
@pytest.mark.timeout(900)
def test_kit_survives_each_fault_of_the_registry_and_the_project_stays_as_it_was(call, project, tmp_path):
    """The plain build fails or hangs in every cell, the kit builds the same image; three runs have the same grades."""
    words, env = call
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    first = run([*words, "--fault", "all"], env=env, timeout=800)
    assert first.rc == 0, repr(first)
    board = board_of(tmp_path / "report")
    assert {cell["fault"] for cell in board["cells"]} == {
        "refused", "503", "429", "reset", "silent", "stalled", "wrong-bytes", "html"
    }  # fmt: skip
    assert board["compared_by"] == "digest"
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
    (tmp_path / "report/board.json").rename(tmp_path / "first.json")
    compared = ["--compare", str(tmp_path / "first.json"), "--fail-on-regression"]
    again = run([*words, "--fault", "503,wrong-bytes", *compared], env=env, timeout=300)
    assert again.rc == 0, repr(again)
    assert grades(board_of(tmp_path / "report")).items() <= grades(board).items()
    assert "0 grades are better, 0 worse, " in again.out
    assert "6 cells only before, 0 only now" in again.out
    anew = run([*words, "--fault", "503", "--record", *compared], env=env, timeout=300)
    assert (anew.rc, anew.out) == (64, ""), repr(anew)
    assert "--compare: wanted a board of the same recording, " in anew.err.splitlines()[-1]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_interrupted_drill_leaves_nothing_and_goes_on(call, tmp_path):
    """INT in the middle, also for a command in the background of a script: one line with the call that goes on, which
    does not play the finished cells again.
    """
    words, env = call
    words = [*words, "--fault", "refused,503", "--against", "plain"]
    env = env | {"TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    background = ["env", "--ignore-signal=INT", *words]
    with subprocess.Popen(background, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True) as drill:
        assert drill.stderr
        for line in drill.stderr:
            if " 1/2 " in line:
                break
        os.kill(drill.pid, signal.SIGINT)
        said = drill.stderr.read()
    assert drill.returncode == 130, said
    assert said.count("\n") == 1
    assert said.rstrip().endswith("--resume goes on")
    assert [path.name for path in (tmp_path / "tmp").iterdir() if path.name.startswith("seawall-drill")] == []
    (done,) = (tmp_path / "report/cells").glob("*.json")
    when = done.stat().st_mtime_ns
    rest = run([*words, "--resume"], env=env, timeout=300)
    assert rest.rc == 0, repr(rest)
    assert done.stat().st_mtime_ns == when
    assert len(board_of(tmp_path / "report")["cells"]) == 2
    replayed = run([*words, "--replay", str(done), "--report", str(tmp_path / "one")], env=env, timeout=300)
    assert replayed.rc == 0, repr(replayed)
    assert grades(board_of(tmp_path / "one")).items() <= grades(board_of(tmp_path / "report")).items()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_shards_of_a_drill_make_one_board(call, tmp_path):
    """Two calls play half of the cells each in one folder; --resume writes the board of all, and plays nothing."""
    words, env = call
    words = [*words, "--fault", "refused,503,html", "--against", "plain"]
    counts = []
    for shard in ("1/2", "2/2"):
        played = run([*words, "--shard", shard], env=env, timeout=300)
        assert played.rc == 0, repr(played)
        counts.append(len(board_of(tmp_path / "report")["cells"]))
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "report/cells").glob("*.json")}
    joined = run([*words, "--resume"], env=env, timeout=300)
    assert joined.rc == 0, repr(joined)
    assert (counts, len(board_of(tmp_path / "report")["cells"])) == ([2, 1], 3)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "report/cells").glob("*.json")} == files
    assert "3 cells were played before" in joined.err


def stage(tree, project, folder):
    """A stage for the project."""
    folder.mkdir()
    return Stage(tree, REPOSITORY / "scripts", folder, Project(project / "Dockerfile", str(project)))


def test_dockerfile_that_does_not_build_is_not_drilled(tree, base, project, tmp_path):
    """A broken Dockerfile ends the drill with the builder's own words, and leaves no recording."""
    (project / "Dockerfile").write_text('FROM team/base:1\nRUN ["busybox", "false"]\n')
    with pytest.raises(DrillError, match=r"wanted a Dockerfile that builds(.|\n)*did not complete") as failed:
        record(stage(tree, project, tmp_path / "stage"), tmp_path / "recording", {"team/base:1": base})
    assert failed.value.code == 1
    assert list(tmp_path.glob("recording*")) == []


def test_source_that_fails_while_it_is_recorded_is_an_outage(tree, project, tmp_path, monkeypatch):
    """Without a network and without a recording, the drill names the host and asks to come again."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(DrillError, match=r"registry-1\.docker\.io did not answer: ProxyError") as failed:
        record(stage(tree, project, tmp_path / "stage"), tmp_path / "recording", {})
    assert failed.value.code == 75
    assert list(tmp_path.glob("recording*")) == []
