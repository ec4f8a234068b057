"""Fixtures of the drills: the programs of an engine, a machine of a drill, and a browser for boards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.drills.board.page.page import page
from harness.drills.machine.machine import DrillMachine, drill_machine
from harness.drills.plays.healthy import record
from harness.drills.plays.play import Project, Stage
from harness.drills.recording.store import Store
from harness.machine.browser import NAMES, browser_program, browser_up
from harness.machine.programs import root_with_busybox
from harness.machine.run import run

REPOSITORY = Path(__file__).resolve().parents[2]
SIZE = {"width": 1280, "height": 900}
"""Pixels of a window."""


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


@pytest.fixture(scope="module")
def browser():
    """A browser; a missing one fails under CI and skips elsewhere."""
    if not browser_program():
        reason = f"wanted one of {', '.join(NAMES)} on this machine: ./tests/run installs one"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with browser_up() as found:
        yield found


@pytest.fixture(scope="module")
def pictures():
    """Where the screenshots stay, which `git` ignores."""
    folder = REPOSITORY / "report/drills"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def opened(browser, tmp_path):
    """Opens the page of a board; at the end, no request has left it and nothing was refused or failed."""
    context = browser.new_context(viewport=SIZE, offline=True)
    tab = context.new_page()
    asked: list[str] = []
    trouble: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: trouble.append(message.text))
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on("dialog", lambda dialog: trouble.append(dialog.message))

    def open_board(board):
        file = tmp_path / "board.html"
        file.write_text(page(json.loads(json.dumps(board)), "report"), encoding="utf-8")
        tab.goto(file.as_uri())
        assert asked.pop() == file.as_uri()
        return tab

    yield open_board
    context.close()
    assert (asked, trouble) == ([], [])


@pytest.fixture(scope="session")
def small(tree, base, kit, tmp_path_factory) -> tuple[Stage, Store]:
    """The recording of a small project on a base image of the registry, and where its builds are played."""
    folder = tmp_path_factory.mktemp("small")
    (project := folder / "project").mkdir()
    (project / "Dockerfile").write_text('FROM team/base:1\nRUN ["busybox", "touch", "/made"]\n')
    (scratch := folder / "stage").mkdir()
    stage = Stage(tree, kit, scratch, Project(project / "Dockerfile", str(project)))
    return stage, record(stage, folder / "recording", {"team/base:1": base})
