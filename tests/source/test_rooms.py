"""The rooms of scripts/lib keep their walls, and each rule catches what it is for."""

from __future__ import annotations

import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from . import rooms
from .rooms import ORDER, Module
from .rules import defined

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
LIB = SCRIPTS / "lib"
HOUSE = rooms.modules(LIB)
COMMANDS = sorted([*SCRIPTS.glob("*.sh"), *SCRIPTS.glob("stage/*.sh")])


def module(path: str, text: str) -> Module:
    room, name = path.rsplit("/", 1)
    return Module(room, name, text, defined(text))


def test_folders_are_the_rooms():
    """`ls scripts/lib scripts/lib/host` shows every room and nothing else beside load.sh."""
    assert {found.room for found in HOUSE} == set(ORDER)
    assert [path.name for path in LIB.glob("*") if path.is_file()] == ["load.sh"]
    assert [path.name for path in (LIB / "host").glob("*") if path.is_file()] == []


def test_git_knows_every_module():
    """`load` sources each `.sh` file of a room, so that a stray one would run in every command."""
    known = subprocess.run(["git", "ls-files", "."], cwd=LIB, capture_output=True, text=True, check=True).stdout.split()
    assert [found.path for found in HOUSE if f"{found.path}.sh" not in known] == []


def test_room_calls_only_rooms_before_it():
    assert rooms.upward_calls(HOUSE) == []


def test_modules_do_not_call_each_other_in_a_circle():
    assert rooms.cycles(HOUSE) == []


def test_private_functions_stay_in_their_module():
    assert rooms.private_calls(HOUSE) == []


def test_functions_carry_the_name_of_their_file():
    assert rooms.foreign_names(HOUSE) == []


def test_two_modules_have_no_function_in_common():
    names = [name for found in HOUSE for name in found.functions]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_modules_source_nothing():
    assert {found.path: lines for found in HOUSE if (lines := rooms.sourced(found.text))} == {}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.name)
def test_command_loads_the_rooms_that_it_needs(command):
    """One way in: a command sources load.sh, and loads each room after those that it calls, none for nothing."""
    text = command.read_text()
    loaded = rooms.loaded(text)
    assert rooms.sourced(text) == ['. "$SEAWALL_LIB/load.sh"']
    assert loaded == [room for room in ORDER if room in loaded], "in the order of the rooms"
    assert not set(loaded) & rooms.UNLOADED.keys()
    assert rooms.missing_rooms(text, HOUSE) == set()


@pytest.mark.parametrize("room", ORDER)
def test_room_says_its_question_and_its_face(room):
    """One file of each room begins with its question and the functions that others call; both are complete."""
    face = rooms.face_of(HOUSE, room)
    outside = rooms.called_from_outside(HOUSE, [command.read_text() for command in COMMANDS])[room]
    assert sorted(name for name in outside if not any(fnmatchcase(name, pattern) for pattern in face)) == []
    assert [pattern for pattern in face if "_" in pattern and not any(fnmatchcase(n, pattern) for n in outside)] == []


# What each rule catches.
UP = [module("base/a", "a_do() { b_do; }\n"), module("attempt/b", "b_do() { :; }\n")]
RING = [
    module("base/a", "a_do() { b_do; }\n"),
    module("base/b", "b_do() { c_do; }\n"),
    module("base/c", "c_do() { a_do; }\n"),
]
PRIVATE = [module("base/a", "a__do() { :; }\n"), module("attempt/b", "b_do() { a__do; }\n")]


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (rooms.upward_calls(UP), ["base/a:1: wanted a call of base or a room before it, saw b_do of attempt/b"]),
        (rooms.upward_calls(list(reversed(UP)), ("attempt", "base")), []),
        (rooms.cycles(RING), ["wanted no cycle, saw base/a and base/b and base/c call each other"]),
        (rooms.cycles(UP), []),
        (rooms.private_calls(PRIVATE), ["attempt/b:1: wanted a public function, saw a__do of base/a"]),
        (rooms.foreign_names([module("base/a-b", "b_do() { :; }\n")]), ["base/a-b: wanted a_b_..., saw b_do"]),
        (sorted(rooms.missing_rooms("load attempt\nb_do\n", UP)), []),
        (sorted(rooms.missing_rooms("load base\na_do\n", UP)), ["attempt"]),
        (sorted(rooms.missing_rooms('load base\n"b_$1"\n', UP)), ["attempt"]),
        (rooms.sourced('. "$X/a.sh"\n# . b\nload base\n'), ['. "$X/a.sh"']),
    ],
    ids=[
        "upwards", "downwards", "ring", "no-ring", "private", "prefix", "loaded", "missing",
        "part-of-a-name", "sourced",
    ],
)  # fmt: skip
def test_rule_catches_what_it_is_for(found, what):
    assert found == what
