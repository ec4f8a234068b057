"""The README is true: its commands run, and what it shows is what they print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from harness.machine.run import run

COMMANDS = re.compile(r"^## Two commands\n\n```sh\n(.*?)```", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(r"<!-- output: (.*?) -->\n```\n(.*?)```", re.DOTALL)
NARROWED = re.compile(r"`(\./tests/run [a-z]+)`")


@pytest.fixture(scope="module")
def readme(repo) -> str:
    return (repo / "README.md").read_text()


def steps_of(table: str) -> list[tuple[str, str]]:
    """Name and result of each row."""
    return [(line[:28].strip(), line[29:36].strip()) for line in table.splitlines()]


def test_ci_runs_the_two_commands_and_nothing_else(readme, repo):
    commands = COMMANDS.search(readme)
    assert commands
    script = (repo / ".ci" / "run").read_text().splitlines()
    assert [line for line in script if line.startswith("./")] == commands[1].splitlines()
    workflow = (repo / ".github" / "workflows" / "ci.yml").read_text()
    assert all(command in workflow for command in commands[1].splitlines())


def test_main_job_prints_the_table_that_is_shown(readme, repo, engine, tmp_path):
    shown = OUTPUT.search(readme)
    assert shown
    words = [*shlex.split(shown[1]), "--report", str(tmp_path / "report")]
    result = run(words, cwd=repo, env=engine.env, timeout=600)
    assert result.rc == 0, repr(result)
    assert steps_of(result.out) == steps_of(shown[2])


def test_narrowed_runs_of_the_tests_are_environments_that_exist(readme, repo):
    narrowed = NARROWED.findall(readme)
    assert narrowed
    known = re.findall(r"^\[testenv:(\w+)\]", (repo / "tox.ini").read_text(), re.MULTILINE)
    assert {command.split()[-1] for command in narrowed} <= set(known)
    help_text = run([repo / "tests" / "run", "--help"])
    assert help_text.rc == 0
    assert all(f"  {name} " in help_text.out for name in known)


@pytest.mark.long  # CI itself calls it
def test_lint_is_clean_as_the_readme_runs_it(repo, engine):
    result = run([repo / "tests" / "run", "lint"], cwd=Path("/"), env=engine.env, timeout=600)
    assert result.rc == 0, repr(result)


def test_commands_table_names_commands_whose_help_works(readme, repo):
    commands = re.findall(r"^\| \[`(scripts/[a-z-]+\.sh)`\]", readme, re.MULTILINE)
    assert sorted(commands) == sorted(f"scripts/{path.name}" for path in (repo / "scripts").glob("*.sh"))
    for command in commands:
        shown = run([repo / command, "--help"])
        assert shown.rc == 0
        assert shown.out.startswith(Path(command).name)
