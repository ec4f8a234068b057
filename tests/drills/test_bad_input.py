"""What a drill cannot do: it says so in one line with the right exit code, and leaves nothing behind."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from harness.drills import __main__ as program
from harness.drills.machine.machine import DrillError, NoRoomError
from harness.drills.machine.programs import check_programs
from harness.drills.machine.scratch import Scratch
from harness.drills.plays.healthy import control, record
from harness.drills.plays.play import Project, Stage
from harness.drills.recording.store import Store
from harness.machine.run import run

REPOSITORY = Path(__file__).resolve().parents[2]


def stage(tree, dockerfile, folder):
    """A stage for a project with this Dockerfile."""
    (folder / "project").mkdir()
    (folder / "project/Dockerfile").write_text(dockerfile)
    (folder / "stage").mkdir()
    project = Project(folder / "project/Dockerfile", str(folder / "project"))
    return Stage(tree, REPOSITORY / "scripts", folder / "stage", project)


def engine_folder(folder, version):
    """The folder of an engine whose dockerd is fake and has this version."""
    for name in ("usr/sbin/dockerd", "usr/bin/containerd", "usr/bin/runc", "usr/lib/x86_64-linux-gnu/xtables/x",
                 "usr/libexec/docker/cli-plugins/docker-buildx"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\necho 'Docker version {version}, build 1'\n")
        (folder / name).chmod(0o755)
    return folder


def test_engine_without_a_program_or_with_an_old_builder_is_refused(tree, tmp_path):
    """What is missing is named at once, not after the recording."""
    check_programs(tree)
    check_programs(engine_folder(tmp_path / "new", "28.5.2"))
    with pytest.raises(DrillError, match=r"wanted Docker 26 or newer.* saw 'Docker version 20\.10\.5, build 1'") as old:
        check_programs(engine_folder(tmp_path / "old", "20.10.5"))
    without = engine_folder(tmp_path / "without", "28.5.2")
    (without / "usr/bin/runc").unlink()
    with pytest.raises(DrillError, match=f"found no runc below {without}") as lacks:
        check_programs(without)
    assert (old.value.code, lacks.value.code) == (71, 71)


def test_full_folder_is_named(tree, base, tmp_path):
    """`no space left on device` says nothing about the Dockerfile: the drill names its own folder."""
    found = stage(tree, 'FROM team/base:1\nRUN ["busybox", "touch", "/made"]\n', tmp_path)
    run(["mount", "-t", "tmpfs", "-o", "size=6m", "small", found.folder])
    try:
        with pytest.raises(NoRoomError, match=f"wanted room for the builds in {found.folder}") as failed:
            record(found, tmp_path / "recording", {"team/base:1": base})
    finally:
        run(["umount", "--lazy", found.folder])
    assert failed.value.code == 73
    assert list(tmp_path.glob("recording*")) == []


def test_recording_that_lacks_a_request_names_it(tree, base, tmp_path):
    """The project asks for something new: the control fails, and its message has the URL and the option to use."""
    found = stage(tree, "FROM team/base:1\nADD http://files.test/new.txt /\n", tmp_path)
    store = Store.create(tmp_path / "recording", {"made": 1})
    store.add_image("team/base:1", base)
    with pytest.raises(
        DrillError, match=r"--record records anew\n  not recorded: \w+ http://files\.test/new\.txt"
    ) as failed:
        control(found, store, ["plain"])
    assert failed.value.code == 1


@pytest.mark.parametrize("error", [NoRoomError(Path("/memory")), OSError(errno.ENOSPC, "full")])
def test_drill_goes_on_on_the_disk_where_memory_is_full(monkeypatch, tmp_path, capsys, error):
    """The cells that were played stay; where the disk is full, too, the drill ends with 73."""
    calls = []

    @contextmanager
    def folder(*, in_memory):
        yield Scratch(tmp_path, 1, in_memory)

    def drill(options, stage, report, room_mb):
        calls.append(options.resume)
        if len(calls) in failing:
            raise error
        return "board"

    monkeypatch.setattr(program, "scratch_folder", folder)
    monkeypatch.setattr(program, "drill", drill)
    options = SimpleNamespace(project=None, contestants={}, resume=False)
    failing = {1}
    assert program.in_memory_or_on_disk(options, tmp_path, tmp_path) == "board"
    assert calls == [False, True]
    assert f"wanted room for the builds in {tmp_path}, saw none left" in capsys.readouterr().err
    failing = {3, 4}
    with pytest.raises(NoRoomError) as failed:
        program.in_memory_or_on_disk(options, tmp_path, tmp_path)
    assert failed.value.code == 73


@pytest.mark.parametrize(
    ("words", "resumed"),
    [
        ([], ["--resume"]),
        (["x", "--resume", "--fault", "503"], ["x", "--fault", "503", "--resume"]),
        (["x", "--", "--target", "y"], ["x", "--resume", "--", "--target", "y"]),
    ],
)
def test_call_that_goes_on_is_one_that_can_be_typed(words, resumed):
    """What an interruption prints has the user's words and none of the script's own; buildx's stay the last."""
    assert program.resuming(["--state", "/s", "--fallbacks", "a=b", *words]) == resumed
