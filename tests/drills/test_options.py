"""The command line of a drill: one clear line for each wrong word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness.drills.options import only_cell, read_options
from harness.drills.plays.arguments import STAND_IN, variables_of_secrets, with_stand_ins, with_values
from harness.drills.plays.cell import Cell
from harness.drills.plays.faults import FAULTS
from harness.drills.plays.scenarios import scenarios


@pytest.fixture
def project(tmp_path):
    """A folder with a Dockerfile."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path


def read(project, *words):
    """The options of a call for the project."""
    return read_options(["--state", str(project / "state"), str(project), *words])


def refused(capsys, project, *words):
    """The line of a call that is refused with 64."""
    with pytest.raises(SystemExit) as ended:
        read(project, *words)
    lines = capsys.readouterr().err.splitlines()
    assert (ended.value.code, len(lines)) == (64, 1), lines
    return lines[0]


def test_arguments_behind_the_dashes_are_those_of_buildx(project):
    """A build that needs arguments gets them, and the drill's own come before."""
    options = read(project, "--fault", "503,html", "--", "--build-arg", "A=1", "--target", "x")
    assert options.project.words == ("--build-arg", "A=1", "--target", "x")
    assert options.faults == ["503", "html"]
    assert options.names == ["plain", "retry3", "strategies", "mirrors", "kit"]
    assert read(project, "--against", "retry3").names == ["plain", "retry3", "kit"]


def test_dockerfile_elsewhere_has_its_folder_as_context(project, tmp_path):
    """`-f` is what it is in buildx; without a context, the folder of the Dockerfile is the context."""
    (tmp_path / "docker").mkdir()
    file = tmp_path / "docker/Service.Dockerfile"
    file.write_text("FROM scratch\n")
    options = read_options(["--state", "/nowhere", "-f", str(file)])
    assert (options.project.dockerfile, options.project.context) == (file, str(file.parent))
    assert read(project, "-f", str(file)).project.context == str(project)


def test_what_is_named_is_played_and_nothing_named_is_everything(project):
    """Without options: every fault, every scenario, and the days of seed 1."""
    options = read(project)
    assert (options.faults, options.days, options.seed, options.storm) == (list(FAULTS), True, "1", 0)
    assert [one.name for one in options.scenarios] == sorted(scenarios())
    assert read(project, "--fault", "H1,T7").faults == ["503", "stalled"]
    days = read(project, "--seed", "7")
    assert (days.faults, days.scenarios, days.days, days.seed) == ([], [], True, "7")
    storm = read(project, "--storm", "30", "--seed", "7", "--fault", "503")
    assert (storm.faults, storm.scenarios, storm.days, storm.seed, storm.storm) == (["503"], [], False, "7", 30)
    one = read(project, "--scenario", "hub-429-day", "--scenario", "apt-half-synced")
    assert [found.title for found in one.scenarios] == ["Hub 429 day", "apt half synced"]


def test_command_of_the_caller_is_a_contestant(project, tmp_path):
    """Whoever has a retry script of their own sees it beside the others; its words are split as a shell does."""
    (script := tmp_path / "my retry").write_text("#!/bin/sh\n")
    script.chmod(0o755)
    options = read(project, "--against", f"mine='{script}' --tries 5", "--against", "mirrors")
    assert options.names == ["plain", "mirrors", "kit", "mine"]
    mine = options.contestants["mine"]
    assert mine.program(Path("/kit")) == (str(script), "--tries", "5")
    assert (mine.own, mine.hopeless, mine.may_hang) == (True, False, False)


def test_stage_commands_are_a_contestant_where_the_dockerfile_uses_them(project):
    """What cannot play is left out with its reason, and does not end the call."""
    assert read(project, "--against", "kit-stage").left_out == {
        "kit-stage": "the Dockerfile uses no command of scripts/stage"
    }
    mount = "RUN --mount=type=bind,source=scripts,target=/seawall \\\n    /seawall/stage/go-modules.sh\n"
    (project / "Dockerfile").write_text(f"FROM scratch\n{mount}")
    options = read(project)
    assert (options.left_out, options.names[-1]) == ({}, "kit-stage")
    (project / "Dockerfile").write_text("FROM scratch\n# RUN /seawall/stage/go-modules.sh\n")
    assert "kit-stage" in read(project).left_out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--fault", "504"), "did you mean 503?"),
        (("--fault", ","), "saw none"),
        (("--scenario", "hub-429"), "did you mean hub-429-day?"),
        (("--scenario", "./nowhere.toml"), "could not read it"),
        (("--seed", "x"), "--seed: wanted a number, saw 'x'"),
        (("--storm", "-1"), "--storm: wanted a number, saw '-1'"),
        (("--storm", "1.5"), "--storm: wanted a number, saw '1.5'"),
        (("--against", "retry"), "did you mean retry3?"),
        (("--against", "Mine=docker buildx build"), "saw 'Mine'"),
        (("--against", "kit=docker buildx build"), "another name than"),
        (("--against", "mine="), "a program in the command of 'mine', saw nothing"),
        (("--against", "mine=no-such-program -x"), "saw 'no-such-program'"),
        (("--against", "mine='docker"), "a command as in a shell"),
        (("--against", "mine=true", "--against", "mine=false"), "one command for 'mine', saw two"),
        (("--image", "python"), "wanted IMAGE=FOLDER with an OCI layout"),
        (("--image", "python=/nowhere"), "saw 'python=/nowhere'"),
        (("--", "--push"), "without --push"),
        (("--", "--output=x"), "without --output"),
        (("--replay", "/nowhere"), "wanted a file below `cells` of a report"),
        (("-f", "/nowhere"), "wanted a Dockerfile"),
        (("--fault",), "expected one argument"),
        (("--resum",), "unrecognized arguments"),
    ],
)
def test_wrong_word_is_one_line_that_says_what_was_wanted(capsys, project, words, says):
    """A typo costs one second, not a recording."""
    assert says in refused(capsys, project, *words)


def test_cell_is_replayed_with_its_own_recording_alone(capsys, project):
    """A cell of another machine or of an earlier recording is refused: its requests are others."""
    file = project / "cell.json"
    cell = Cell.of("files.test", "503")

    def write(data):
        file.write_text(json.dumps({"recording": "x@1", "cell": {"data": data}}))
        return "--replay", str(file)

    options = read(project, *write(cell.as_json()))
    assert only_cell(options, "x@1", []) == [cell]
    with pytest.raises(SystemExit):
        only_cell(options, "x@2", [])
    assert "wanted a cell of the recording x@2, saw one of x@1" in capsys.readouterr().err
    assert "wanted a file below `cells`" in refused(capsys, project, *write({"host": "files.test", "fault": "503"}))
    wrong = cell.as_json()
    wrong["outages"][0]["schedule"] = "new x*"
    assert "wanted a schedule of this version" in refused(capsys, project, *write(wrong))
    wrong["outages"][0] |= {"schedule": "503", "hits": "("}
    assert "wanted a file below `cells`" in refused(capsys, project, *write(wrong))
    assert "wanted a file below `cells`" in refused(capsys, project, *write(cell.as_json() | {"id": "../x"}))


def test_replay_of_a_cell_with_a_command_wants_it_again(capsys, project):
    """A file that somebody sent plays no command: the caller gives it."""
    file = project / "cell.json"
    data = {"data": Cell.of("files.test", "503").as_json(), "plays": [{"contestant": "plain"}, {"contestant": "mine"}]}
    file.write_text(json.dumps({"recording": "x@1", "cell": data}))
    assert "wanted the command of 'mine'" in refused(capsys, project, "--replay", str(file))
    assert read(project, "--replay", str(file), "--against", "mine=true").names[-1] == "mine"


def test_replay_has_no_secret_and_the_recording_has_each(tmp_path):
    """A replay answers under the names of the user's hosts, so it plays with nothing of value."""
    words = ["--secret", "id=npmrc,src=/root/.npmrc", "--secret=id=token,env=CI_TOKEN", "--build-arg", "VERSION"]
    environment = {"CI_TOKEN": "s3cret", "VERSION": "1", "OTHER": "x"}
    assert variables_of_secrets(words, environment) == {"CI_TOKEN": "s3cret"}
    assert with_stand_ins(words, tmp_path) == [
        "--secret", f"id=npmrc,src={tmp_path}/secret", f"--secret=id=token,src={tmp_path}/secret", *words[-2:]
    ]  # fmt: skip
    assert (tmp_path / "secret").read_text() == STAND_IN
    assert with_values(words, environment)[-1] == "VERSION=1"
    assert with_values(["--build-arg=A=b", "--build-arg", "NONE"], environment) == [
        "--build-arg=A=b",
        "--build-arg",
        "NONE",
    ]
