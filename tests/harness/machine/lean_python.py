"""A Python with pip and uv, and without the packages of the tests: what a slim image has."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import venv
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def lean_bin() -> Path:
    """The folder of its `python3`, `pip`, `pip3` and `uv`.

    pip reads the metadata of each package that is installed beside it: among those of the tests, a call takes half as
    long again. Made once per virtual environment, inside it; without one it is the Python of the tests.
    """
    own = Path(sys.executable).parent
    if sys.prefix == sys.base_prefix:
        return own
    place = Path(sys.prefix) / "lean"
    if not place.exists():
        making = Path(tempfile.mkdtemp(prefix="lean-", dir=sys.prefix))
        making.chmod(0o755)
        _make(making, own, f"#!{place}/bin/python3\n")
        # Another worker may be first.
        with contextlib.suppress(OSError):
            making.rename(place)
        shutil.rmtree(making, ignore_errors=True)
    return place / "bin"


def _make(folder: Path, own: Path, shebang: str) -> None:
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    found = find_spec("pip")
    assert found, "wanted pip in the environment of the tests, saw none"
    for path in Path(str(found.origin)).parents[1].glob("pip*"):
        (packages / path.name).symlink_to(path)
    for name in ("pip", "pip3"):
        script = folder / "bin" / name
        script.write_text(f"{shebang}import sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n")
        script.chmod(0o755)
    (folder / "bin/uv").symlink_to(own / "uv")
