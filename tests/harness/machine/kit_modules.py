"""Sources modules of the kit in one shell or in all shells, for tests in Python."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.machine.run import clean_environment
from harness.machine.shells import SHELLS, Shell

LIB = Path(__file__).resolve().parents[3] / "scripts" / "lib"
NOBODY = 65534


def run_modules(
    shell: Shell, rooms: str, script: str, home: Path, env: dict[str, str] | None = None, user: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs `script` under `set -euf` with these rooms loaded; HOME and SCRATCH are new folders below `home`."""
    own = home / f"{shell.name}-{user or 0}"
    own.mkdir(mode=0o777, exist_ok=True)
    own.chmod(0o777)
    scratch = own / "scratch"
    scratch.mkdir(exist_ok=True)
    scratch.chmod(0o777)
    begin = f'set -euf\nLOG_NAME=t\n. "$LIB/load.sh"; load {rooms}\n'
    given = {"LIB": str(LIB), "SEAWALL_LIB": str(LIB), "HOME": str(own), "SCRATCH": str(scratch)}
    return subprocess.run(
        [*shell.argv, "-c", begin + script], env=clean_environment(own) | given | (env or {}), capture_output=True,
        text=True, timeout=60, user=user, group=user, extra_groups=None if user is None else [], check=False,
    )  # fmt: skip


def in_each_shell(
    rooms: str, script: str, home: Path, env: dict[str, str] | None = None
) -> list[tuple[Shell, subprocess.CompletedProcess[str]]]:
    """Runs the script in all shells in parallel; returns (shell, result) pairs."""
    there = [shell for shell in SHELLS if shell.is_there]
    with ThreadPoolExecutor(len(there)) as pool:
        results = pool.map(lambda shell: run_modules(shell, rooms, script, home, env), there)
    return list(zip(there, results, strict=True))
