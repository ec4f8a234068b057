"""Copies programs of this machine, with their shared libraries, to another root folder."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

BUSYBOX = shutil.which("busybox") or "/bin/busybox"


def copy_with_libraries(program: str, root: Path, name: str = "") -> None:
    """Copies a program and its libraries to the same paths below another root."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for path, place in [(program, name or program), *((found, found) for found in re.findall(r"(/[^ ]+) \(", said))]:
        target = root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def root_with_busybox(folder: Path) -> None:
    """Copies busybox and its libraries."""
    copy_with_libraries(BUSYBOX, folder)
