"""Copies programs of this machine, with their shared libraries, to another root folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pip

LEFT_OUT = ("test", "site-packages", "dist-packages", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip")
"""Folders of Python's library that pip does not need."""
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


def copy_python(root: Path, venv: str) -> None:
    """Copies this machine's Python and its libraries, and a virtual environment with pip at the path `venv`."""
    stdlib = Path(sysconfig.get_path("stdlib"))
    python = Path(sys.base_prefix) / f"bin/python3.{sys.version_info.minor}"
    copy_with_libraries(str(python.resolve()), root, str(python))
    ignored = shutil.ignore_patterns(*LEFT_OUT, "config-*", "*.a")
    shutil.copytree(stdlib, root / stdlib.relative_to("/"), ignore=ignored, dirs_exist_ok=True)
    for module in (stdlib / "lib-dynload").glob("*.so"):
        copy_with_libraries(str(module), root)
    home = root / venv.lstrip("/")
    (home / "bin").mkdir(parents=True)
    (home / "bin/python3").symlink_to(python)
    (home / "pyvenv.cfg").write_text(f"home = {python.parent}\ninclude-system-site-packages = false\n")
    packages = home / f"lib/python3.{sys.version_info.minor}/site-packages"
    shutil.copytree(Path(pip.__file__).parent, packages / "pip")
    script = home / "bin/pip"
    script.write_text(f"#!{venv}/bin/python3\nfrom pip._internal.cli.main import main\nraise SystemExit(main())\n")
    script.chmod(0o755)
