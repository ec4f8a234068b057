"""The folder of a drill's machines: in memory where there is enough, so that engines unpack and write at its speed."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.machine.run import run

MIB = 1 << 20
CLONE_NEWNS = 0x20000
LEAST_MEMORY_MB = 4000
"""Less free memory than this is left to the builds; their folders are on the disk then."""
SHARE = 0.75
"""How much of the free memory, or of the free disk, a drill uses at most."""


@dataclass(frozen=True)
class Scratch:
    """A folder, the most that may be in it, and whether it is in memory."""

    folder: Path
    limit_mb: int
    in_memory: bool


def size_mb(folder: Path) -> int:
    """What the files below a folder take; files may vanish meanwhile."""
    said = run(["du", "--summarize", "--one-file-system", "--block-size=1M", folder]).out
    return int(said.split()[0]) if said else 0


def free_memory_mb() -> int:
    """Memory that programs can have without swapping."""
    found = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    return int(found[1]) // 1024 if found else 0


def _own_mounts() -> bool:
    """Whether this process has its own mounts from now on, which end with it. For a process without threads."""
    return ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0 and run(["mount", "--make-rprivate", "/"]).rc == 0


@contextmanager
def scratch_folder(*, in_memory: bool = True) -> Iterator[Scratch]:
    """A folder for the duration of the block. What is in memory ends with this process, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="seawall-drill."))
    memory_mb, mounted = int(free_memory_mb() * SHARE), False
    try:
        if in_memory and memory_mb >= LEAST_MEMORY_MB and _own_mounts():
            words = ["mount", "-t", "tmpfs", "-o", f"size={memory_mb}m,mode=700", "seawall-drill"]
            mounted = run([*words, folder]).rc == 0
        limit_mb = memory_mb if mounted else int(shutil.disk_usage(folder).free * SHARE) // MIB
        yield Scratch(folder, limit_mb, mounted)
    finally:
        if mounted:
            run(["umount", "--lazy", folder])
            os.rmdir(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
