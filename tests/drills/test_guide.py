"""docs/drills.md leads from nothing to the first board: its calls are run, its tables are those of the code."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path

import jsonschema
import pytest
from harness.drills.board.board import SCHEMA
from harness.drills.options import read_options
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.days import ENDING
from harness.drills.plays.faults import FAULTS
from harness.drills.plays.scenarios import scenarios
from harness.machine.run import run

from .sample_board import board_file

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs/drills.md").read_text()
CALLS = [block.replace("\\\n", " ") for block in re.findall(r"^```sh.*\n((?:.+\n)+)```$", PAGE, re.MULTILINE)]
OTHERS = [block.replace("\\\n", " ") for block in re.findall(r"^```console\n((?:.+\n)+)```$", PAGE, re.MULTILINE)]
STAND_INS = [word for word in shlex.split(CALLS[-1]) if word == "--image" or "=base:" in word]
"""The images of the second call, for machines without a registry, as the page says."""


def names(heading: str) -> list[str]:
    """The first cells of the table of a section."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)


def test_tables_are_those_of_the_code():
    """A reader finds every fault and every contestant."""
    assert names("Faults") == list(FAULTS)
    assert names("Contestants") == list(CONTESTANTS)
    assert names("Scenarios, days and storms") == [*scenarios(), *(fault.name for fault in ENDING)]
    assert len(CALLS) == 2


@pytest.mark.parametrize("call", OTHERS, ids=range(len(OTHERS)))
def test_other_calls_are_understood(call, tmp_path, monkeypatch):
    """Whoever copies one of the shorter calls gets a drill, not a line about a wrong word."""
    monkeypatch.chdir(REPOSITORY)
    _, program, *words = shlex.split(call)
    assert program == "./scripts/fault-drill.sh"
    if "--compare" in words:
        words[words.index("--compare") + 1] = str(board_file(tmp_path))
    assert read_options(["--state", str(tmp_path), *words]).names


def test_page_names_each_file_of_a_report(tmp_path):
    """A reader finds what each file beside board.json is for."""
    board_file(tmp_path)
    section = PAGE.partition("\n## The board\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([\w.]+\.\w+)` \|", section, re.MULTILINE)) == sorted(
        path.name for path in tmp_path.iterdir()
    )


def test_python_example_runs(tmp_path):
    """The tests that the page shows are tests: the one for each outage passes on a board."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "test_mine.py").write_text(code)
    words = [sys.executable, "-m", "pytest", "-p", "harness.pytest.drills", "-k", "slower", "test_mine.py"]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY / "tests")}
    ended = run([*words, "--drill-board", str(board_file(tmp_path))], env=env, cwd=tmp_path)
    assert "6 passed, 1 deselected" in ended.out, repr(ended)


@pytest.mark.long
@pytest.mark.timeout(1300)
@pytest.mark.parametrize("number", range(len(CALLS)), ids=["first-board", "without-a-registry"])
def test_call_makes_a_board_where_the_kit_survives(engine, state, tmp_path, number):
    """A reader who copies the call gets a board: the plain build fails in every cell, the kit survives them all."""
    words = shlex.split(CALLS[number].replace("sudo ", "").replace("--report drill", f"--report {tmp_path}"))
    words += [] if "--image" in words else STAND_INS
    env = engine.env | {"SEAWALL_STATE": str(state), "SEAWALL_CONF": "/dev/null"}
    ended = run(words, env=env, cwd=REPOSITORY, timeout=1200)
    assert ended.rc == 0, repr(ended)
    board = json.loads((tmp_path / "board.json").read_text())
    jsonschema.validate(board, json.loads(SCHEMA.read_text()))
    assert board["valid"] == len(board["cells"]) > 0
    survived = {name: found["survived"]["count"] for name, found in board["totals"].items()}
    # Configuration alone helps some hosts, not all.
    assert survived.pop("mirrors") < board["valid"]
    assert survived == {"plain": 0, "retry3": 0, "strategies": 0, "kit": board["valid"]}
    assert board["totals"]["kit"]["right"] == {"count": board["valid"], "of": board["valid"]}
