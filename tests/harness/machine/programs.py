"""Programs of this machine, copied with their libraries to another root."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

BUSYBOX = shutil.which("busybox") or "/bin/busybox"


def copy_with_libraries(program: str, root: Path, name: str = "") -> None:
    """Copies a program, and the libraries that it wants, to where they stand, below another root."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for path, place in [(program, name or program), *((found, found) for found in re.findall(r"(/[^ ]+) \(", said))]:
        target = root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def root_with_busybox(folder: Path) -> None:
    """The host's busybox, and the libraries that it wants."""
    copy_with_libraries(BUSYBOX, folder)
