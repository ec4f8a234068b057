"""Builds of a drill run side by side: which cells, in which order, how many at once, and how they end together."""

from __future__ import annotations

import os
import subprocess
import threading
from types import SimpleNamespace

import pytest
from harness.drills.campaign import Progress, at_once, spread
from harness.drills.machine.processes import cpu_seconds
from harness.drills.machine.scratch import scratch_folder, size_mb
from harness.drills.options import read_options
from harness.drills.plays import pace, watch
from harness.drills.plays.cell import Cell
from harness.drills.plays.pace import all_of, side_by_side
from harness.drills.plays.watch import HANGS_S, LIMIT_S, PATIENCE_S, StoppedError, Watch
from harness.wire.journal import Entry

FAULTS = ("refused", "503", "silent")
CELLS = [Cell.of(f"host{number}.test", fault) for number in range(4) for fault in FAULTS]


def test_shards_have_every_cell_once(tmp_path):
    """Three machines play a third each; together they have played everything, and nothing twice."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")

    def shard(text):
        first, step = read_options(["--state", "/nowhere", str(tmp_path), "--shard", text]).shard
        return CELLS[first::step]

    parts = [shard(f"{number}/3") for number in (1, 2, 3)]
    assert sorted(cell.id for part in parts for cell in part) == sorted(cell.id for cell in CELLS)
    assert [len(part) for part in parts] == [4, 4, 4]
    assert shard("1/1") == CELLS


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2"])
def test_shard_that_is_none_is_refused(tmp_path, capsys, text):
    """One line that says which form was wanted."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(SystemExit) as ended:
        read_options(["--state", "/nowhere", str(tmp_path), f"--shard={text}"])
    assert ended.value.code == 64
    assert "--shard: wanted I/N with I from 1 to N" in capsys.readouterr().err


def test_default_set_has_each_host_and_each_fault_equally_often():
    """A first board is short and says something about everything; the order of the cells stays."""
    found = spread(CELLS, 6)
    assert found == [cell for cell in CELLS if cell in found]
    hosts = [outage.host for cell in found for outage in cell.outages]
    faults = [outage.fault.name for cell in found for outage in cell.outages]
    assert {faults.count(fault) for fault in FAULTS} == {2}
    assert {hosts.count(host) for host in hosts} == {1, 2}
    assert len(set(hosts)) == 4
    assert spread(CELLS, 24) == CELLS


def test_tasks_run_at_once_and_results_are_in_their_order(monkeypatch):
    """A task that waits for a later one ends: both run at the same time. No more run at once than allowed."""
    monkeypatch.setattr(pace, "IDLE", -1)
    later, running, most = threading.Event(), [], []

    def task(name, wait):
        running.append(name)
        most.append(len(running))
        assert wait.wait(20)
        running.remove(name)
        later.set()
        return name

    done = threading.Event()
    done.set()
    tasks = {"first": lambda: task("first", later), **{name: lambda name=name: task(name, done) for name in "abc"}}
    assert list(all_of(tasks, 2, threading.Event()).values()) == ["first", "a", "b", "c"]
    assert max(most) == 2


def test_task_that_fails_stops_the_others(monkeypatch):
    """The error arrives when all others have ended, and nothing new begins."""
    monkeypatch.setattr(pace, "IDLE", -1)
    stop, ended = threading.Event(), []

    def waits():
        assert stop.wait(20)
        ended.append("waits")

    def fails():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        side_by_side([waits, fails, *[lambda: ended.append("later")] * 3], 2, stop, lambda *_: None)
    assert ended == ["waits"]


def test_nothing_begins_while_no_core_is_idle(monkeypatch):
    """On a busy machine there is one build a core: more at once would only be slower."""
    monkeypatch.setattr(pace, "IDLE", 2)
    monkeypatch.setattr(pace, "MORE", 1 - (os.cpu_count() or 1))
    monkeypatch.setattr(pace, "LOOK_S", 0.01)
    running, most = [], []

    def task():
        running.append(1)
        most.append(len(running))
        threading.Event().wait(0.1)
        running.pop()

    side_by_side([task] * 3, 3, threading.Event(), lambda *_: None)
    assert most == [1, 1, 1]


def test_number_at_once_follows_the_room():
    """What healthy builds took decides how many have room; one always has."""
    controls = SimpleNamespace(played={"plain": SimpleNamespace(size_mb=1500), "kit": SimpleNamespace(size_mb=500)})
    assert [at_once(controls, room_mb) for room_mb in (100, 4100, 1_000_000)] == [1, 2, pace.MOST]


class FakeJournal(list):
    """A list of requests with a clock."""

    time = 0.0

    def now(self):
        """Its clock."""
        return self.time


def entry(time, path="/a", ending="done", fault="503"):
    """A request that got a fault."""
    return Entry(time, "files.test", "GET", path, "file", 1, fault, 503, 0, ending)


@pytest.fixture
def watcher(monkeypatch):
    """A watch of a plain build, on a machine that is idle."""
    monkeypatch.setattr(watch, "slowness", lambda: 1.0)
    monkeypatch.setattr(watch, "cpu_seconds", lambda _: 0.0)
    machine = SimpleNamespace(inner=SimpleNamespace(pid=1))
    return Watch(machine, FakeJournal(), threading.Event(), hopeless=True, may_hang=True)


def test_second_identical_failure_decides_after_a_while(watcher):
    """Neither one failure nor two of different requests decide; two of the same do, once the patience is over."""
    watcher.journal += [entry(1), entry(2, "/b")]
    watcher.journal.time = 2 + PATIENCE_S
    assert watcher._decide(50, 0) == ""
    watcher.journal.append(entry(3))
    assert "the same request had failed 2 times" in watcher._decide(50, 0)
    # Failures of an earlier try are not counted.
    assert watcher._decide(50, 2.5) == ""


@pytest.mark.parametrize(("slow", "decided"), [(1.0, True), (3.0, False)])
def test_limits_are_longer_on_a_slow_machine(watcher, monkeypatch, slow, decided):
    """A build that is slow because its neighbours compute is not cut, and does not hang."""
    monkeypatch.setattr(watch, "slowness", lambda: slow)
    assert bool(watcher._decide(LIMIT_S + 1, 0)) is decided
    assert watcher.hung is decided


def test_build_that_computes_does_not_hang(watcher, monkeypatch):
    """A silent host, then minutes of compilation: not the end."""
    used = iter([0.0, 0.0, 10.0, 20.0, 20.0, 20.0])
    monkeypatch.setattr(watch, "cpu_seconds", lambda _: next(used))
    moments = iter([100.0, 101.0, 104.0, 108.0, 109.0, 112.0])
    monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    watcher.journal.append(entry(1, ending="stall"))
    watcher.journal.time = 2 + HANGS_S
    # Nothing is known at first, it computes twice, and is idle in the last three seconds.
    assert [bool(watcher._decide(1, 0)) for _ in range(6)] == [False] * 5 + [True]


def test_stopped_drill_ends_a_build(watcher):
    """After an interruption no build is waited for."""
    watcher.stop.set()
    with pytest.raises(StoppedError):
        watcher._decide(1, 0)


def test_cpu_time_of_a_process_has_that_of_its_children():
    """A machine that computes is seen by the processes below its first one."""
    burn = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; sleep 60"
    with subprocess.Popen(["sh", "-c", f"sh -c '{burn}' & wait"], start_new_session=True) as parent:
        try:
            for _ in range(200):
                if cpu_seconds(parent.pid) > 0.05:
                    break
                threading.Event().wait(0.1)
            assert cpu_seconds(parent.pid) > 0.05
        finally:
            os.killpg(parent.pid, 9)


def test_progress_completes_a_cell_with_its_last_contestant_and_keeps_old_ones(capsys):
    """The cells of an earlier call are not played again; a line comes when all contestants of a cell have ended."""
    complete = []
    play = {"contestant": "plain", "survived": False, "exit": 1, "hangs": False, "cut": False, "seconds": 1.0}
    play |= {"right": None, "polite": True, "truthful": True}

    def finish(cell, plays):
        complete.append((cell.id, list(plays)))
        return {"plays": [play], "invalid": []}

    old = {CELLS[0].id: {"plays": []}}
    progress = Progress(CELLS[:2], ["plain", "kit"], finish, old)
    assert [(cell.id, name) for cell, name in progress.tasks] == [(CELLS[1].id, "plain"), (CELLS[1].id, "kit")]
    progress.add(1, "kit played")
    assert complete == []
    progress.add(0, "plain played")
    assert complete == [(CELLS[1].id, ["plain", "kit"])]
    assert "2/2 host0.test 503: plain fails (1) 1s; about 0 min left" in capsys.readouterr().err


def test_scratch_folder_is_gone_afterwards(tmp_path, monkeypatch):
    """On the disk, where there is too little memory; its limit is a part of what is free."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with scratch_folder(in_memory=False) as scratch:
        (scratch.folder / "file").write_bytes(b"x" * 3_000_000)
        assert (scratch.in_memory, size_mb(scratch.folder)) == (False, 3)
        assert 0 < scratch.limit_mb < 100_000_000
    assert list(tmp_path.iterdir()) == []
