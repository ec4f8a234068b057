"""Base images that build-base-image.sh makes, as OCI layouts."""

from __future__ import annotations

import shutil
from pathlib import Path


def base_layout(printed: str) -> Path:
    """The layout in the last row that build-base-image.sh printed."""
    return Path(printed.rstrip("\n").rpartition("\t")[2])


def kit_with_rows(kit: Path, rows: str, copy: Path) -> Path:
    """build-base-image.sh of a copy of the kit whose bases are these rows, in the format of bases.tsv."""
    shutil.copytree(kit, copy)
    (copy / "lib/host/bases/bases.tsv").write_text(rows)
    return copy / "build-base-image.sh"
