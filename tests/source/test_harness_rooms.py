"""The rooms of tests/harness: their order, no cycles between modules, and pytest in two of them only."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[1] / "harness"
ROOMS = ("machine", "cells", "catalogue", "sites", "wire", "lab", "builds", "drills", "proofs", "bats", "pytest")
"""In the order of their layers."""
KNOW_PYTEST = {"bats", "pytest"}


def module_name(path: Path, root: Path) -> str:
    """`wire.server` for wire/server.py, `catalogue` for catalogue/__init__.py."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imports(text: str) -> Iterator[str]:
    """The modules that a text imports, as absolute names; `from a import b` gives `a.b`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def graph(files: Mapping[str, str]) -> dict[str, set[str]]:
    """For each module the modules of the harness that it imports; `files` is text by module name."""
    found: dict[str, set[str]] = {}
    for name, text in files.items():
        own = [target.removeprefix("harness.") for target in imports(text) if target.startswith("harness.")]
        found[name] = {target if target in files else target.rpartition(".")[0] for target in own}
    return found


def room_of(module: str) -> str:
    """The room of a module."""
    return module.partition(".")[0]


def upward(files: Mapping[str, str]) -> list[str]:
    """Imports of a room that does not stand before the importing one."""
    return [
        f"{name}: wanted imports of rooms before {room_of(name)}, saw {target}"
        for name, targets in graph(files).items()
        for target in sorted(targets)
        if ROOMS.index(room_of(target)) > ROOMS.index(room_of(name))
    ]


def cycle(files: Mapping[str, str]) -> str:
    """A cycle of modules that import each other; empty where there is none."""
    try:
        TopologicalSorter(graph(files)).prepare()
    except CycleError as error:
        return " -> ".join(error.args[1])
    return ""


def strangers(files: Mapping[str, str]) -> list[str]:
    """Modules outside KNOW_PYTEST that import pytest or one of its plugins."""
    return [
        f"{name}: wanted no import of pytest outside {' and '.join(sorted(KNOW_PYTEST))}, saw {target}"
        for name, text in files.items()
        if room_of(name) not in KNOW_PYTEST
        for target in imports(text)
        if target.lstrip("_").startswith(("pytest", "harness.pytest"))
    ]


@pytest.fixture(scope="module")
def harness() -> dict[str, str]:
    """The text of each module of the harness."""
    paths = [path for path in HARNESS.rglob("*.py") if path.parent != HARNESS]
    return {module_name(path, HARNESS): path.read_text() for path in paths}


def test_each_folder_is_a_room_and_each_room_a_folder():
    """A new folder has to take its place in the order, and no module stands outside the rooms."""
    assert {path.name for path in HARNESS.iterdir() if path.name != "__pycache__"} == {*ROOMS, "__init__.py"}


def test_rooms_import_only_rooms_before_them(harness: dict[str, str]):
    """Who reads a room has to know the rooms before it, and no other."""
    assert upward(harness) == []


def test_no_modules_import_each_other(harness: dict[str, str]):
    """A module can be understood without those that use it."""
    assert cycle(harness) == ""


def test_only_two_rooms_know_pytest(harness: dict[str, str]):
    """The servers, labs and builds run without pytest, as in the container of the lab."""
    assert strangers(harness) == []


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        (upward, {"sites.a": "from harness.wire.b import c", "wire.b": ""}),
        (upward, {"sites.a": "def f():\n    from harness.wire import b", "wire.b": ""}),
        (upward, {"lab.a": "import harness.builds.b", "builds.b": ""}),
        (cycle, {"sites.a": "from harness.sites.b import c", "sites.b": "from harness.sites import a"}),
        (strangers, {"builds.a": "import pytest"}),
        (strangers, {"builds.a": "from _pytest.mark import ParameterSet"}),
        (strangers, {"builds.a": "from pytest_docker.plugin import get_docker_services"}),
    ],
)
def test_checks_find_what_they_are_for(check, bad):
    """Each of these modules breaks one of the rules above."""
    assert check(bad)
