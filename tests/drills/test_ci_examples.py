"""The workflows to copy: what they call is understood, what they keep is written, and no secret is in reach."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from harness.drills.options import read_options
from ruamel.yaml import YAML

from .sample_board import board_file

FOLDER = Path(__file__).resolve().parents[2] / "examples/ci"
GITHUB, GITLAB = (YAML(typ="safe").load(FOLDER / name) for name in ("github.yml", "gitlab.yml"))
STEPS = GITHUB["jobs"]["drill"]["steps"]
CALLS = {
    "github": next(step["run"] for step in STEPS if step.get("name") == "drill"),
    "gitlab": GITLAB["drill"]["script"][-1],
}
KEPT = {"github": STEPS[-1]["with"]["path"].split(), "gitlab": GITLAB["drill"]["artifacts"]["paths"]}


@pytest.mark.parametrize("name", CALLS)
def test_call_is_understood_and_what_is_kept_is_written(name, tmp_path, monkeypatch):
    """Whoever copies the file gets a drill of the Dockerfile, and finds its board among the artifacts."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    before, _, words = CALLS[name].partition("/scripts/fault-drill.sh ")
    options = read_options(["--state", "/nowhere", *shlex.split(words)])
    assert options.project.dockerfile == tmp_path / "Dockerfile"
    (tmp_path / "report/cells").mkdir(parents=True)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    board_file(options.report)
    assert [path for path in KEPT[name] if not (tmp_path / path).exists()] == []
    assert before.strip().endswith("seawall")


def test_github_shows_summary_and_annotations():
    """The call as root keeps the variables by which a drill knows the job."""
    kept = re.search(r"--preserve-env=(\S+)", CALLS["github"])
    assert kept
    assert {"GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"} <= set(kept[1].split(","))


def test_gitlab_shows_tests():
    """A merge request has each cell as a test."""
    assert GITLAB["drill"]["artifacts"]["reports"]["junit"] == "report/junit.xml"
    assert GITLAB["drill"]["artifacts"]["when"] == "always"


def test_no_job_that_runs_code_of_others_gets_a_secret():
    """A pull request of a stranger is drilled without write access and without secrets."""
    # YAML 1.1 reads `on` as true, ruamel reads YAML 1.2.
    assert set(GITHUB["on"]) == {"pull_request", "schedule"}
    assert GITHUB["permissions"] == {}
    assert GITHUB["jobs"]["drill"]["permissions"] == {"contents": "read"}
    text = (FOLDER / "github.yml").read_text()
    assert "secrets." not in text
    assert "pull_request_target" not in text
    checkouts = [step["with"] for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert [one["persist-credentials"] for one in checkouts] == [False, False]
