"""What the tests of several readers of BuildKit's progress share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from harness.machine.run import Result, run


@pytest.fixture
def read_progress(kit: Path, tmp_path: Path) -> Callable[[str, str, Iterable[str]], Result]:
    """What a program of this room says of lines of progress: `read_progress(AWK, NAME, LINES)`."""

    def call(awk: str, name: str, lines: Iterable[str]) -> Result:
        (tmp_path / "progress").write_text("".join(f"{line}\n" for line in lines))
        program = [shutil.which(awk) or awk, *(["awk"] if awk == "busybox" else [])]
        return run([*program, "-f", kit / "lib/host/progress" / name, tmp_path / "progress"])

    return call
