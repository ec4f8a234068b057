"""Line coverage of shell code: a traced bash replaces /bin/sh; shfmt's parser finds the commands.

Only lines on which a simple command begins count; pure syntax (`fi`, `else`, the head of a function) does not. A
command substitution belongs to the command around it, as in bash's trace. Why not kcov: docs/adr/0012.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

COUNTED = frozenset({"CallExpr", "DeclClause", "ArithmCmd", "TestClause", "LetClause"})
"""shfmt's node types that are commands; compound commands consist of these."""

STAND_INS = {
    "sh": """#!{folder}/bash
BASH_ENV='{folder}/tracer' exec '{folder}/bash' "$@"
""",
    "busybox": """#!{folder}/bash
case ${1-} in ash | sh) shift && BASH_ENV='{folder}/tracer' exec '{folder}/bash' "$@" ;; esac
exec -a "${0##*/}" '{folder}/busybox.real' "$@"
""",
    "tracer": """unset BASH_ENV
exec {TRACE_FD}>>'{folder}'/traces/$$.$UID
BASH_XTRACEFD=$TRACE_FD PS4='+|${BASH_SOURCE-}|$LINENO|'
set -o posix
set -x
""",
}
"""Replacements of the shells. bash reads BASH_ENV outside POSIX mode only, and ignores PS4 of root's environment."""
WANTED = 92
"""Per cent of the kit's simple commands that must run: the figure of 0.1.0, measured in 2026-11. It only goes up."""
CHOSEN = "rules or bad_input or in_place or lie or layout or holder or late or expired"
BUILDS = f"({CHOSEN}) and not cost and not kit and not events"
"""Tests of docker-build.sh that pass with a traced shell, which is slow."""
QUICK = ("-k", "not recorded and not stalls and not silent and not slow and not readable")
LANES = (
    (("-n", "2", "--shell", "dash", "tests/kit", "tests/commands", "tests/faults/test_fault_lab.py", *QUICK),),
    (
        ("tests/image/test_main_job.py",),
        ("tests/build", "-k", BUILDS),
        # Builds base images from scratch.
        ("--all", "tests/image/test_bases.py", "-k", "same or alternative"),
    ),
)
"""The arguments of pytest; lanes run side by side."""
SAID = re.compile(rb"^\++\|([^|\n]+)\|(\d+)\|", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """First and last line of a simple command."""

    first: int
    last: int


@dataclass(frozen=True)
class Covered:
    """The commands of one file, and the lines of those that did not run."""

    path: str
    commands: int
    missed: tuple[int, ...]

    @property
    def ran(self) -> int:
        """The number of commands that ran."""
        return self.commands - len(self.missed)


def commands_of(text: str) -> list[Command]:
    """The simple commands of a shell text, one per line.

    Raises CalledProcessError if shfmt cannot parse it.
    """
    words = ["shfmt", "--to-json", "--language-dialect", "posix"]
    tree = json.loads(subprocess.run(words, input=text, capture_output=True, text=True, check=True).stdout)
    found: dict[int, int] = {}
    for node in _nodes(tree):
        first = int(node["Pos"]["Line"])
        found.setdefault(first, int(node["End"]["Line"]))
    return [Command(first, last) for first, last in sorted(found.items())]


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
    elif isinstance(tree, dict):
        if tree.get("Type") in COUNTED:
            yield tree
            return
        for part in tree.values():
            yield from _nodes(part)


def stand_ins(folder: Path) -> dict[Path, Path]:
    """Creates the replacements of this machine's shells and a folder for traces; returns shell to replacement."""
    (folder / "traces").mkdir(parents=True)
    (folder / "traces").chmod(0o1777)
    folder.chmod(0o755)
    for name, text in STAND_INS.items():
        (folder / name).write_text(text.replace("{folder}", str(folder)))
        (folder / name).chmod(0o755)
    real = {name: Path(found).resolve() for name in ("sh", "dash", "bash", "busybox") if (found := shutil.which(name))}
    shutil.copy(real["bash"], folder / "bash")
    shutil.copy(real["busybox"], folder / "busybox.real")
    return {real["sh"]: folder / "sh", real["dash"]: folder / "sh", real["busybox"]: folder / "busybox"}


def lines_run(folder: Path) -> dict[str, set[int]]:
    """The lines that ran, by file, from the traces."""
    found: dict[str, set[int]] = {}
    for trace in (folder / "traces").iterdir():
        for source, line in set(SAID.findall(trace.read_bytes())):
            found.setdefault(str(Path(source.decode(errors="replace")).resolve()), set()).add(int(line))
    return found


def covered(kit: Path, folder: Path) -> list[Covered]:
    """Every shell file of the kit, with its missed lines."""
    ran = lines_run(folder)
    result = []
    for path in sorted(kit.rglob("*.sh")):
        lines = ran.get(str(path.resolve()), set())
        commands = commands_of(path.read_text())
        # bash reports one line of a command with many: its first, its last, or that of a substitution.
        missed = tuple(one.first for one in commands if lines.isdisjoint(range(one.first, one.last + 1)))
        result.append(Covered(str(path.relative_to(kit)), len(commands), missed))
    return result


def row(what: str, ran: int, commands: int) -> str:
    """The first columns of a table row."""
    return f"{what:28}{ran:4} of {commands:<4}{ran * 100 // max(1, commands):4} % "


def spans(lines: Sequence[int]) -> str:
    """Line numbers in short form: `3-5, 9`."""
    groups: list[list[int]] = []
    for line in lines:
        if groups and line == groups[-1][-1] + 1:
            groups[-1].append(line)
        else:
            groups.append([line])
    return ", ".join(str(group[0]) if len(group) == 1 else f"{group[0]}-{group[-1]}" for group in groups)


def traced(folder: Path, mounts: str, lane: Sequence[Sequence[str]]) -> list[subprocess.CompletedProcess[str]]:
    """Runs pytest with the replaced shells for each list of arguments of a lane, one after another."""
    enter = ["unshare", "--mount", str(folder / "bash"), "-c", f'{mounts} && exec "$@"', "bash", "pytest", "-q"]
    return [
        subprocess.run([*enter, *call], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for call in lane
    ]


def main(words: Sequence[str]) -> int:
    """Runs the tests that cover the kit, prints the table; returns 1 if a run failed or coverage is too low."""
    with tempfile.TemporaryDirectory(prefix="seawall-coverage.", dir="/dev/shm") as name:
        folder = Path(name)
        mounts = " && ".join(f"mount --bind '{new}' '{old}'" for old, new in stand_ins(folder).items())
        lanes = LANES if not words else ((words,),)
        with ThreadPoolExecutor() as pool:
            results = [result for lane in pool.map(partial(traced, folder, mounts), lanes) for result in lane]
        files = covered(Path("scripts"), folder)
    for result in results:
        print(result.stdout)
    for file in files:
        print(row(file.path, file.ran, file.commands), spans(file.missed))
    ran, commands = sum(file.ran for file in files), sum(file.commands for file in files)
    print(row("all", ran, commands), f"wanted {WANTED} %")
    return int(any(result.returncode for result in results) or ran * 100 < commands * WANTED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
