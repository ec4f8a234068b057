"""The README is correct: its commands run and print the output that it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from harness.machine.run import run

COMMANDS = re.compile(r"^## Two commands\n\n```sh\n(.*?)```", re.MULTILINE | re.DOTALL)
SMALL_BOARD = re.compile(r"`(./tests/run drills)`")
OUTPUT = re.compile(r"<!-- output: (.*?) -->\n```\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
NARROWED = re.compile(r"`(\./tests/run [a-z]+)`")


@pytest.fixture(scope="module")
def readme(repo) -> str:
    return (repo / "README.md").read_text()


def steps_of(table: str) -> list[tuple[str, str]]:
    """Name and result of each row."""
    return [(line[:28].strip(), line[29:36].strip()) for line in table.splitlines()]


def test_ci_runs_the_commands_of_the_readme_and_nothing_else(readme, repo):
    """CI runs the two commands of the README, and the small board that it names."""
    commands = COMMANDS.search(readme)
    assert commands
    script = (repo / ".ci" / "run").read_text().splitlines()
    found = [*commands[1].splitlines(), *SMALL_BOARD.findall(readme)]
    assert len(found) == 3
    assert [line for line in script if line.startswith("./")] == found
    workflow = (repo / ".github" / "workflows" / "ci.yml").read_text()
    assert all(command in workflow for command in found)


def test_main_job_prints_the_table_that_is_shown(readme, repo, engine, tmp_path):
    """The command of the README prints the table that the README shows."""
    shown = OUTPUT.search(readme)
    assert shown
    words = [*shlex.split(shown[1]), "--report", str(tmp_path / "report")]
    result = run(words, cwd=repo, env=engine.env, timeout=600)
    assert result.rc == 0, repr(result)
    assert steps_of(result.out) == steps_of(shown[2])


def test_parts_of_the_test_run_in_the_readme_exist(readme, repo):
    """Each `./tests/run PART` of the README is a part that `--help` lists."""
    narrowed = NARROWED.findall(readme)
    assert narrowed
    known = re.findall(r"^\[testenv:(\w+)\]", (repo / "tox.ini").read_text(), re.MULTILINE)
    assert {command.split()[-1] for command in narrowed} <= set(known)
    help_text = run([repo / "tests" / "run", "--help"])
    assert help_text.rc == 0
    assert all(f"  {name} " in help_text.out for name in known)


@pytest.mark.long  # CI itself calls it
def test_lint_passes_from_another_folder(repo, engine):
    """`./tests/run lint` passes when it is called from another folder."""
    result = run([repo / "tests" / "run", "lint"], cwd=Path("/"), env=engine.env, timeout=600)
    assert result.rc == 0, repr(result)


def test_command_to_adopt_is_one_that_the_guide_runs(readme, repo):
    """The line that a reader copies first is one of those that tests/build/test_pages.py runs on an engine."""
    shown = [line for block in SHELL.findall(readme) for line in block.splitlines()]
    two = COMMANDS.search(readme)
    assert two
    guide = (repo / "docs" / "drop-in.md").read_text()
    run_by_the_guide = [line for block in SHELL.findall(guide) for line in block.splitlines()]
    adopt = [line for line in shown if line not in two[1].splitlines()]
    assert adopt
    assert set(adopt) <= set(run_by_the_guide)


def test_codes_of_the_failures_are_those_of_the_reference(readme, repo):
    """Each exit code in the table of failures means what the reference says."""
    reference = (repo / "scripts" / "README.md").read_text()
    codes = re.findall(r"\| (\d+) \|$", readme, re.MULTILINE)
    assert len(codes) >= 10
    assert all(f"\n| {code} |" in reference for code in codes)


def test_commands_table_of_the_reference_names_commands_whose_help_works(repo):
    """The reference lists every command, and `--help` of each begins with its name."""
    table = (repo / "scripts" / "README.md").read_text()
    commands = re.findall(r"^\| \[`([a-z-]+\.sh)`\]", table, re.MULTILINE)
    assert sorted(commands) == sorted(path.name for path in (repo / "scripts").glob("*.sh"))
    for command in commands:
        shown = run([repo / "scripts" / command, "--help"])
        assert shown.rc == 0
        assert shown.out.startswith(command)
