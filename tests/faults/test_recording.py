"""The recording pass-through with a real source: filled once by pip, then served to a pip in a cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.cells.cell import cell_up
from harness.lab.real_sources import source_url
from harness.machine.lean_python import lean_bin
from harness.machine.run import run
from harness.proofs.clients import pip_environment
from harness.sites import pypi_site
from harness.sites.recording import Recording
from harness.sites.site import Upstream
from harness.wire.server import Running, serve

PACKAGE = "iniconfig==2.1.0"


def download(home: Path, lab: Running, *enter: str):
    """Pip's download of the package from the lab alone."""
    words = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        "--dest",
        str(home / "got"),
    ]
    return run(
        [*enter, lean_bin() / "python3", *words, "--index-url", f"{lab.url}/simple/", PACKAGE],
        env=pip_environment(home),
    )


@pytest.mark.long
def test_recorded_package_of_a_real_index_is_served_without_it(tmp_path):
    """A package of a real index, recorded once, installs in a cell without any network."""
    kept = tmp_path / "kept"
    with serve(Upstream("pypi", Recording(kept, source_url("pypi", "default")), pypi_site.CLASSES)) as lab:
        filling = download(tmp_path / "first", lab)
    assert filling.rc == 0, f"{filling!r}\n{lab.journal.table()}"

    hermetic = Upstream("pypi", Recording(kept), pypi_site.CLASSES)
    with cell_up(tmp_path) as cell, serve(hermetic, cell=cell, address="127.0.1.1") as lab:
        result = download(tmp_path / "second", lab, *lab.enter)
    assert result.rc == 0, f"{result!r}\n{lab.journal.table()}"
    first, second = (sorted((tmp_path / name / "got").iterdir()) for name in ("first", "second"))
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    assert len(first) == 1
