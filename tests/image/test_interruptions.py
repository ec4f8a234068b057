"""INT, TERM or HUP at any moment of the main job leaves no container, image, network, process, mount, rule or file."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.machine.leftovers import Mark, left_since, traces
from harness.machine.run import clean_environment

NOT_BUILT_YET = ("engine/tree", "bases")
"""The parts of a state folder to share with a new one: expensive to fetch, and never changed."""
MOMENTS = (
    ("bases ...", signal.SIGINT),
    ("build conductor-loop ...", signal.SIGTERM),
    ("check conductor-loop ...", signal.SIGHUP),
    ("smoke test ...", signal.SIGINT),
)
COLD_MOMENTS = (("fetching an engine", signal.SIGINT, ()), ("making base go-builder", signal.SIGTERM, ("engine/tree",)))
RANDOM_MOMENTS = 20


@dataclass
class Ended:
    """The end of an interrupted run: its code, its output on stderr, the seconds from the signal to the end."""

    rc: int
    err: str
    seconds: float


@dataclass
class Job:
    """The main job on a private engine, in a state folder of this test."""

    kit: Path
    state: Path
    report: Path
    mark: Mark

    def start(self) -> subprocess.Popen[str]:
        """Starts a run."""
        env = clean_environment(self.state.parent) | {"SEAWALL_STATE": str(self.state)} | self.mark.env
        command = [self.kit / "test-docker-build.sh", "--service", "conductor-loop", "--report", self.report]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def interrupt_at(self, phrase: str, number: signal.Signals) -> Ended:
        """Sends the signal when a phrase appears on stderr."""
        process = self.start()
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if phrase in line:
                break
        return self.end(process, number, said)

    def interrupt_after(self, seconds: float, number: signal.Signals) -> Ended:
        """Sends the signal after `seconds`."""
        process = self.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return self.end(process, number, "")

    def end(self, process: subprocess.Popen[str], number: signal.Signals, said: str) -> Ended:
        """Sends the signal and reads the rest of the output."""
        process.send_signal(number)
        begun = time.monotonic()
        _, err = process.communicate(timeout=120)
        return Ended(process.returncode, said + err, time.monotonic() - begun)

    def leftovers(self) -> list[str]:
        """Files in the state folder that only a live run may have."""
        wrong = [path for name in ("*.lock", "*/*.lock", "*/*.part", "*.broken") for path in self.state.glob(name)]
        return [str(path) for path in (*wrong, *self.state.glob("engine/leases/*"), *self.state.glob("engine/network"))]


def make_job(kit: Path, folder: Path, shared: tuple[str, ...]) -> Job:
    """A job in a new state folder, with hard links to the shared parts, which take no time and no space."""
    home = Path(os.environ.get("SEAWALL_STATE", Path.home() / ".local/state/seawall"))
    job = Job(kit, folder / "state", folder / "report", Mark())
    for name in shared:
        shutil.copytree(home / name, job.state / name, symlinks=True, copy_function=os.link)
    return job


@pytest.fixture(scope="module")
def warm(kit, kept, tmp_path_factory) -> Job:
    """A job in a state folder with one finished run, so that the next run reaches each phase soon."""
    job = make_job(kit, tmp_path_factory.mktemp("interrupted"), NOT_BUILT_YET)
    process = job.start()
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    shutil.rmtree(job.report)
    return job


def check_nothing_left(job: Job, ended: Ended, number: signal.Signals) -> None:
    assert ended.rc == 128 + number, ended.err
    assert job.mark.processes() == []
    assert job.leftovers() == []
    assert not job.report.exists()
    assert list(job.report.parent.glob("report.*")) == []


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("phrase", "number"), MOMENTS, ids=[f"{n.name}-at-{p.split()[0]}" for p, n in MOMENTS])
def test_signal_in_a_phase_leaves_nothing(warm, phrase, number):
    """Ctrl-C, TERM or HUP in a phase of the main job ends it with the signal's code, without leftovers."""
    before = traces()
    ended = warm.interrupt_at(phrase, number)
    check_nothing_left(warm, ended, number)
    assert left_since(before) == []


@pytest.mark.parametrize(("phrase", "number", "shared"), COLD_MOMENTS, ids=["fetching-engine", "making-base"])
def test_signal_in_a_first_run_leaves_nothing(kit, kept, tmp_path, phrase, number, shared):
    """A signal while the first run fetches an engine or makes a base leaves nothing behind."""
    before = traces()
    job = make_job(kit, tmp_path, shared)
    check_nothing_left(job, job.interrupt_at(phrase, number), number)
    assert left_since(before) == []


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_signal_at_random_moments_leaves_nothing(warm):
    """A signal at any moment leaves nothing; at the very end it does not stop the cleaning."""
    seed = int(os.environ.get("SEAWALL_SEED", time.time_ns()))
    print(f"seed {seed}")
    draw = random.Random(seed)  # noqa: S311 # moments, not secrets
    before = traces()
    for _ in range(RANDOM_MOMENTS):
        number = draw.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        ended = warm.interrupt_after(draw.uniform(0, 12), number)
        if ended.rc == 0:  # the signal came during the clean-up, which it does not interrupt
            assert "clean-up ..." in ended.err
            shutil.rmtree(warm.report)
        else:
            check_nothing_left(warm, ended, number)
        assert left_since(before) == []
