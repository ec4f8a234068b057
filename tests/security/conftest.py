"""What a reviewer of the kit's security has found stays found: each test here failed before the fault was mended.

Tests that need an engine are in `engine/`; the others run with the unit tests.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

EACH = r"""
. "$LIB/load.sh"; load base host/settings
LOG_NAME=t CONF_SYSTEM=$SYSTEM names=$(settings_names)
for folder in "$@"; do
	cd "$folder"
	status=0
	(
		set -euf
		conf_places_load ${AS:-}
		for name in $names; do eval "printf '%s=%s\n' $name \"\$$name\""; done
		printf '%s\n' "$SETTINGS_FROM"
	) >out 2>err || status=$?
	printf '%s\n' "$status"
done
"""


@dataclass(frozen=True)
class Loaded:
    """The result of loading the settings of one folder."""

    code: int
    err: str
    values: Mapping[str, str]
    places: Mapping[str, str]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> str:
    """A certificate and the key that belongs to it, as one PEM text."""
    folder = tmp_path_factory.mktemp("ca")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=company -keyout key.pem -out ca.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return (folder / "ca.pem").read_text() + (folder / "key.pem").read_text()


@pytest.fixture
def load(sh: Callable, tmp_path: Path) -> Callable[..., list[Loaded]]:
    """Loads the settings of a host in each of these folders, one after the other, in one shell."""

    def call(folders: Sequence[Path], **env: str) -> list[Loaded]:
        result = sh(EACH, *map(str, folders), env={"SYSTEM": str(tmp_path / "etc" / "seawall.conf")} | env)
        codes = result.out.split()
        assert len(codes) == len(folders), repr(result)
        found = []
        for code, folder in zip(codes, folders, strict=True):
            err = (folder / "err").read_text(errors="replace")
            *lines, places = (folder / "out").read_text().splitlines() or [""]
            values, places = (dict(word.split("=", 1) for word in words) for words in (lines, places.split()))
            found.append(Loaded(int(code), err, values, places))
        return found

    return call


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[Mapping[str, bytes]], list[Path]]:
    """A folder for each of these contents of ./seawall.conf."""

    def call(contents: Mapping[str, bytes]) -> list[Path]:
        made = []
        for number, content in enumerate(contents.values()):
            (folder := tmp_path / f"folder {number}").mkdir()
            (folder / "seawall.conf").write_bytes(content)
            made.append(folder)
        return made

    return call
