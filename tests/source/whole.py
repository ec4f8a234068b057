"""shellcheck on the kit as one program: variables that modules share are assigned in one file and used in another.

File by file, shellcheck cannot tell a shared variable from a misspelt one (SC2034, SC2153, SC2154). Here all rooms and
all commands are one text. `python -m tests.source.whole` prints what shellcheck finds, with file and line.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from .rooms import ORDER

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "scripts"
CHECKS = "SC2034,SC2153,SC2154"
"""Assigned and never used; misspelt; used and never assigned."""
LOADS = re.compile(r"^(load |\. |# shellcheck (source|shell)=).*$", re.MULTILINE)


def parts(scripts: Path = SCRIPTS) -> list[Path]:
    """The modules in the order of the rooms, then the commands."""
    modules = [path for room in ORDER for path in sorted((scripts / "lib" / room).glob("*.sh"))]
    return [
        scripts / "lib" / "load.sh",
        *modules,
        *sorted(scripts.glob("*.sh")),
        *sorted((scripts / "stage").glob("*.sh")),
    ]


def bundle(files: list[Path]) -> tuple[str, list[tuple[Path, int]]]:
    """One text of all files, and for each of its lines the file and line that it comes from."""
    lines, origin = ["#!/bin/sh"], [(files[0], 0)]
    for path in files:
        text = LOADS.sub(":", path.read_text())
        for number, line in enumerate(text.splitlines(), 1):
            lines.append(line)
            origin.append((path, number))
    return "\n".join(lines) + "\n", origin


def findings(files: list[Path]) -> list[str]:
    """What shellcheck finds, as `file:line: code: message`."""
    text, origin = bundle(files)
    command = ["shellcheck", "--shell=sh", "--norc", f"--include={CHECKS}", "--format=json", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise RuntimeError(done.stderr)
    return [
        f"{path}:{number}: SC{found['code']}: {found['message']}"
        for found in json.loads(done.stdout)
        for path, number in [origin[found["line"] - 1]]
    ]


if __name__ == "__main__":
    for finding in (found := findings(parts())):
        print(finding.removeprefix(f"{REPOSITORY}/"))
    sys.exit(bool(found))
