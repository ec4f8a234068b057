"""Fixtures of the drills: the programs of an engine, and a machine of a drill."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.drills.machine.machine import DrillMachine, drill_machine
from harness.drills.plays.healthy import record
from harness.drills.plays.play import Project, Stage
from harness.drills.recording.store import Store
from harness.machine.programs import root_with_busybox
from harness.machine.run import run


@pytest.fixture(scope="session")
def tree(engine) -> Path:
    """The folder with the programs of an engine: those of the private engine, else those of this machine."""
    return engine.tree or Path("/")


@pytest.fixture
def machine(tree, tmp_path) -> Iterator[DrillMachine]:
    """The machine of a drill."""
    with drill_machine(tmp_path / "machine", tree) as found:
        yield found


@pytest.fixture(scope="session")
def base(engine, tmp_path_factory) -> Path:
    """An image with busybox, as an OCI layout."""
    context, layout = tmp_path_factory.mktemp("base"), tmp_path_factory.mktemp("layout")
    root_with_busybox(context)
    words = ["docker", "buildx", "build", "--provenance=false", "--output", f"type=oci,tar=false,dest={layout}", "-f-"]
    path = next(context.rglob("busybox")).relative_to(context)
    dockerfile = f"FROM scratch\nCOPY . /\nENV PATH=/{path.parent}\n"
    made = run([*words, context], env=engine.env, stdin=dockerfile)
    assert made.rc == 0, repr(made)
    return layout


@pytest.fixture
def state(tmp_path) -> Path:
    """A state folder for a drill, with the base images that this machine has already made."""
    place = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "seawall/bases"
    place.mkdir(parents=True, exist_ok=True)
    (folder := tmp_path / "state").mkdir()
    (folder / "bases").symlink_to(place)
    return folder


@pytest.fixture(scope="session")
def small(tree, base, kit, tmp_path_factory) -> tuple[Stage, Store]:
    """The recording of a small project on a base image of the registry, and where its builds are played."""
    folder = tmp_path_factory.mktemp("small")
    (project := folder / "project").mkdir()
    (project / "Dockerfile").write_text('FROM team/base:1\nRUN ["busybox", "touch", "/made"]\n')
    (scratch := folder / "stage").mkdir()
    stage = Stage(tree, kit, scratch, Project(project / "Dockerfile", str(project)))
    return stage, record(stage, folder / "recording", {"team/base:1": base})
