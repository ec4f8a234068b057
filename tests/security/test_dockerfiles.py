"""The author of a Dockerfile cannot harm the host that reads it: no code runs, no time is lost, no request is sent."""

from __future__ import annotations

import shutil
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from harness.builds.dockerfile_reader import Dockerfile, path_with, read_all

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "dockerfiles"
CASES: list[dict[str, Any]] = tomllib.loads((FOLDER / "edges.toml").read_text())["case"]
AWKS = [awk for awk in ("mawk", "busybox", "gawk") if shutil.which(awk)]
SLOWER = 12
"""A bomb takes at most so many times as long as a plain Dockerfile, and a second."""


def of(case: dict[str, Any]) -> Dockerfile:
    return Dockerfile(
        case["text"].encode(), case.get("target", ""), case.get("arguments", {}), tuple(case.get("platforms", ()))
    )


@pytest.mark.parametrize("awk", AWKS)
def test_edges_are_read_as_buildkit_reads_them(awk: str, kit: Path, tmp_path: Path):
    """Each form gives the image that BuildKit fetches, or is left to BuildKit; never another image."""
    found = read_all([of(case) for case in CASES], kit, tmp_path / "cases", path_with(awk, tmp_path))
    for case, ours in zip(CASES, found, strict=True):
        assert bool(ours.unread) == case.get("unread", False), (case["name"], ours)
        if case["sources"] != ["error"]:
            wanted = set(case["sources"])
            assert ours.sources <= wanted if ours.unread else ours.sources == wanted, (case["name"], ours)
        assert case["sources"] != ["error"] or ours.unread or case["name"] in REFUSED_ANYWAY, (case["name"], ours)


REFUSED_ANYWAY = {"frontend twice", "copy from a stage called scratch"}
"""What BuildKit refuses, but not for a name."""
BOMBS = {
    "values that grow": "ARG A=x\n" + "ARG A=$A$A$A$A\n" * 30 + "FROM alpine:$A\n",
    "one word": "FROM " + "x" * 600_000 + "\n",
    "variables in a word": "ARG A=y\nFROM " + "$A" * 7000 + "\n",
    "variables in variables": "FROM " + "${a:-" * 3000 + "x" + "}" * 3000 + "\n",
    "patterns": "ARG A=" + "a" * 299 + "\nFROM alpine\n" + "FROM ${A##" + "*a" * 140 + "b}\n" * 40,
    "heredocs in a line": "FROM alpine\nRUN cat " + "<<E " * 4000 + "\n",
    "mounts in a line": "FROM alpine\nRUN " + "--mount=from=a,from=|,id=x " * 500 + "x\n",
    "names that are none": "FROM scratch\n" + "".join(f"COPY --from=x|{n} / /\n" for n in range(3000)),
    "a chain of stages": "FROM x|y AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(500)),
}


@pytest.mark.parametrize("awk", AWKS)
def test_bombs_end_soon_and_name_nothing(awk: str, kit: Path, tmp_path: Path):
    """A Dockerfile that expands without end is left to the builder about as fast as any other is read."""
    path = path_with(awk, tmp_path)
    begun = time.monotonic()
    read_all([Dockerfile(b"FROM alpine\n")], kit, tmp_path / "plain", path)
    plain = time.monotonic() - begun
    for number, (name, text) in enumerate(BOMBS.items()):
        begun = time.monotonic()
        (seen,) = read_all([Dockerfile(text.encode())], kit, tmp_path / str(number), path)
        taken = time.monotonic() - begun
        assert seen.unread, name
        assert taken < SLOWER * plain + 1, (name, taken, plain)


def test_what_is_no_text_is_left_to_the_builder(kit: Path, tmp_path: Path):
    """A file with a NUL byte is not read, because implementations of awk differ on it."""
    files = [b"FROM alpine\0\n", b"RUN a \\\0\nFROM alpine\n", b"FROM alpine\n" + b"#" * 9_000_000]
    found = read_all([Dockerfile(file) for file in files], kit, tmp_path / "cases")
    assert [(bool(seen.sources), bool(seen.unread)) for seen in found] == [(False, True)] * 3


def test_ten_thousand_images_are_not_asked_for(kit: Path, tmp_path: Path):
    """At most a hundred images are looked up; one line says that the others are not."""
    text = "FROM scratch\n" + "".join(f"COPY --from=127.0.0.1:1/x{number} / /\n" for number in range(10_000))
    (seen,) = read_all([Dockerfile(text.encode())], kit, tmp_path / "cases")
    assert len(seen.sources) == 100
    assert seen.unread == ("line 102: more than 100 images",)


def test_login_in_a_name_is_not_shown(kit: Path, tmp_path: Path):
    """A malformed name is shown without the part that may be a password."""
    files = [b"FROM 'user:S3CRET@host/app'\n", b"FROM 'a|b'\n", b"FROM " + b"A" * 900 + b"\n"]
    found = read_all([Dockerfile(file) for file in files], kit, tmp_path / "cases")
    said = "".join(line for seen in found for line in seen.unread)
    assert "S3CRET" not in said
    assert "'a|b'" in said
    assert "900 characters" in said
