"""A run of the tests leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from harness.machine.leftovers import Mark, left_since, traces
from harness.machine.run import clean_environment, run

CELLS = ["tests/faults/test_catalogue.py", "-k", "T4 or T7"]
CONTAINERS = ["tests/faults/builders/test_containers.py", "-k", "container_is_nobody or registry"]
LIMIT_S = 120
LAB = ("ps", "--quiet", "--filter", "label=com.docker.compose.service=lab")


@pytest.fixture
def words(tmp_path) -> Callable[..., list[str]]:
    """A pytest command for some tests, with its own folder and cache."""
    own = ["--basetemp", str(tmp_path / "inner"), "-p", "no:cacheprovider", "-q"]
    return lambda *chosen: [sys.executable, "-m", "pytest", *own, *chosen]


@pytest.fixture
def left_as_it_was(engine):
    """Compares the machine and the engine before and after the test; yields the mark of the run's processes."""
    before, had, mark = traces(), engine.inventory(), Mark()
    yield mark
    assert mark.processes(patience=LIMIT_S) == []
    assert engine.left_since(had) == []
    assert left_since(before) == []


def test_run_in_cells_leaves_nothing(words, repo, left_as_it_was, tmp_path):
    result = run(words(*CELLS), env=clean_environment(tmp_path) | left_as_it_was.env, cwd=repo, timeout=LIMIT_S)
    assert result.rc == 0, repr(result)


def test_run_in_containers_leaves_nothing(words, repo, engine, left_as_it_was):
    result = run(words(*CONTAINERS), env=engine.env | left_as_it_was.env, cwd=repo, timeout=LIMIT_S)
    assert result.rc == 0, repr(result)


@pytest.mark.parametrize(
    "number",
    [signal.SIGKILL, *(pytest.param(number, marks=pytest.mark.long) for number in (signal.SIGTERM, signal.SIGINT))],
    ids=lambda number: number.name,
)
def test_run_that_dies_half_way_leaves_nothing(words, repo, engine, left_as_it_was, number, tmp_path):
    """The signal comes as soon as the lab's container runs: its network, two more containers and an image exist."""
    project = "com.docker.compose.project"
    events = subprocess.Popen(
        ["timeout", str(LIMIT_S), "docker", "events", "--filter", "event=start",
         "--filter", LAB[-1], "--format", f'{{{{index .Actor.Attributes "{project}"}}}}'],
        env=engine.env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with events, (tmp_path / "said").open("w") as said:
        begun = subprocess.Popen(
            words(*CONTAINERS), env=engine.env | left_as_it_was.env, cwd=repo, stdout=said, stderr=said
        )
        assert events.stdout, "it was asked for"
        # Another run may start a lab at the same time.
        own = f"seawall-lab-{begun.pid}"
        seen = own in (line.strip() for line in events.stdout)
        running = engine.check_docker(*LAB, "--filter", f"label={project}={own}")
        os.kill(begun.pid, number)
        begun.wait(LIMIT_S)
        events.terminate()
    assert (seen, bool(running)) == (True, True), (tmp_path / "said").read_text()
    assert begun.returncode in (-number, 2)  # 2 is pytest's exit code for an interrupt


def test_lab_that_is_killed_leaves_nothing_and_starts_again(kit, tmp_path, left_as_it_was):
    env = clean_environment(tmp_path) | {"SEAWALL_STATE": str(tmp_path / "state")} | left_as_it_was.env
    assert run([kit / "fault-lab.sh", "up"], env=env).rc == 0
    (pid,) = (int(found) for found in run(["pgrep", "-f", f"harness.lab --state {tmp_path}"]).out.split())
    os.kill(pid, signal.SIGKILL)
    assert run([kit / "fault-lab.sh", "status"], env=env).rc == 1
    assert run([kit / "fault-lab.sh", "up"], env=env).rc == 0
    assert run([kit / "fault-lab.sh", "down"], env=env).rc == 0
