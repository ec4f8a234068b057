"""The rooms of scripts/lib as the code has them: which modules, which functions, who calls whom."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from .rules import CALLBACKS, called, defined

ORDER = (
    "base", "attempt", "verdict", "ladder", "fetch", "shims", "host/settings", "host/machine", "host/registry",
    "host/call", "host/bases", "host/images", "host/caches", "host/engine", "host/builders", "host/progress",
    "host/build", "host/upkeep", "host/job", "host/plugin",
)  # fmt: skip
"""Every room from the ground up: a room calls only itself and rooms before it."""
UNLOADED = {"host/plugin": "install-plugin.sh copies it to the place where docker looks for plugins"}
"""Rooms that no command loads, and why."""


@dataclass(frozen=True)
class Module:
    """A file of a room, and the functions of other modules that it calls: name to line number."""

    room: str
    name: str
    text: str
    functions: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"{self.room}/{self.name}"


def modules(lib: Path) -> list[Module]:
    """Every `.sh` file of a room below scripts/lib."""
    files = [path for path in lib.rglob("*.sh") if path.parent != lib]
    return [
        Module(path.parent.relative_to(lib).as_posix(), path.stem, text, defined(text))
        for path in sorted(files)
        for text in [path.read_text()]
    ]


def calls(house: list[Module]) -> dict[str, dict[str, tuple[str, int]]]:
    """Per module path: each function of another module that it mentions outside comments, with its owner and line."""
    owner = {name: module.path for module in house for name in module.functions}
    found: dict[str, dict[str, tuple[str, int]]] = {}
    for module in house:
        names = owner.keys() - module.functions - CALLBACKS.keys()
        found[module.path] = {name: (owner[name], line) for name, line in called(module.text, names).items()}
    return found


def upward_calls(house: list[Module], order: tuple[str, ...] = ORDER) -> list[str]:
    """Calls of a room that stands later in the order."""
    level = {room: number for number, room in enumerate(order)}
    return [
        f"{path}:{line}: wanted a call of {path.rsplit('/', 1)[0]} or a room before it, saw {name} of {owner}"
        for path, names in calls(house).items()
        for name, (owner, line) in names.items()
        if level[owner.rsplit("/", 1)[0]] > level[path.rsplit("/", 1)[0]]
    ]


def private_calls(house: list[Module]) -> list[str]:
    """Calls of another module's `module__function`."""
    return [
        f"{path}:{line}: wanted a public function, saw {name} of {owner}"
        for path, names in calls(house).items()
        for name, (owner, line) in names.items()
        if "__" in name
    ]


def cycles(house: list[Module]) -> list[str]:
    """Modules that reach themselves through calls, each cycle once."""
    edges = {path: {owner for owner, _ in names.values()} for path, names in calls(house).items()}

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = edges[waiting.pop()] - seen
            seen |= new
            waiting += new
        return seen

    reach = {path: reached(path) for path in edges}
    groups = {tuple(sorted(b for b in reach[a] if a in reach[b])) for a in edges if a in reach[a]}
    return [f"wanted no cycle, saw {' and '.join(group)} call each other" for group in sorted(groups)]


def foreign_names(house: list[Module]) -> list[str]:
    """Functions whose prefix is neither the name of their file nor its first word."""
    return [
        f"{module.path}: wanted {module.name.replace('-', '_')}_..., saw {name}"
        for module in house
        for name in sorted(module.functions - {"die"})
        if not name.startswith((module.name.replace("-", "_") + "_", module.name.split("-")[0] + "_"))
    ]


def loaded(text: str) -> list[str]:
    """The rooms that a command loads, in its order."""
    return [room for line in re.findall(r"^load (.*)$", text, re.MULTILINE) for room in line.split()]


def sourced(text: str) -> list[str]:
    """The lines of a command that source a file."""
    return re.findall(r"^\s*(?:\.|source) .*$", text, re.MULTILINE)


def missing_rooms(text: str, house: list[Module], unused: dict[str, str] | None = None) -> set[str]:
    """Rooms that a command, or a room that it loads, calls and that it does not load before use."""
    rooms = loaded(text)
    owner = {name: module.room for module in house for name in module.functions}
    texts = [text, *(module.text for module in house if module.room in rooms)]
    needed = {owner[name] for part in texts for name in called(part, set(owner) - set(unused or {}))}
    return needed - set(rooms)


def face_of(house: list[Module], room: str) -> list[str]:
    """The patterns of a room's `# Face:` line and its indented continuation lines, below `# Room NAME: QUESTION?`."""
    heading = re.compile(rf"^# Room {room.split('/')[-1]}: .*\\?.*\n(?:# Face: (.*(?:\n#   .*)*)\n)?", re.MULTILINE)
    found = [match for module in house if module.room == room for match in heading.finditer(module.text)]
    if len(found) != 1:
        raise ValueError(f"{room}: wanted one '# Room ...' heading with a question, saw {len(found)}")
    return (found[0][1] or "").replace("\n#", "").split()


def called_from_outside(house: list[Module], commands: list[str]) -> dict[str, set[str]]:
    """Per room: the functions that another room or a command calls."""
    owner = {name: module.room for module in house for name in module.functions}
    found: dict[str, set[str]] = {room: set() for room in ORDER}
    for room, text in [(module.room, module.text) for module in house] + [("", text) for text in commands]:
        for name in called(text, set(owner) - CALLBACKS.keys()):
            if owner[name] != room:
                found[owner[name]].add(name)
    return found
