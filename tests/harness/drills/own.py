"""The repository's own board, as a program: `python -m harness.drills.own [--all | --write]`, of `tests/run drills`.

Without an option a small board: fixed faults of some builds, into report/drills. `--all` plays every build with every
outage and writes docs/board.json, board.md, board.html and the README's line; `--write` writes those from
docs/board.json. Exit codes: 0 the kit survived every cell with the right image and told the truth, else that of
fault-drill.sh.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.builds.bases import base_layout
from harness.builds.image_layers import Additions, extend
from harness.drills.board.comparison import read_board
from harness.drills.board.figures import failing
from harness.drills.board.markdown import markdown
from harness.drills.board.page.page import page
from harness.drills.board.public import claim, data_of, public_board, public_page

REPOSITORY = Path(__file__).resolve().parents[3]
REPORT = Path("report/drills")
MADE_BY = "./tests/run drills --all"
CLAIM = re.compile(r"(?<=<!-- board -->\n).*(?=\n<!-- /board -->)")
PYTHON_IMAGE = "python:3.13-slim"
SMALL = ("--fault", "refused,503,wrong-bytes", "--against", "plain")
"""One fault of each group of the catalogue: transport, HTTP, payload."""
WHOLE = ("--fault", "all", "--scenario", "all", "--seed", "1")


@dataclass(frozen=True)
class Build:
    """A build that is drilled: arguments of fault-drill.sh, and stand-ins for its images where no registry is reached.

    `small`: it is part of the small board.
    """

    name: str
    words: tuple[str, ...]
    images: Mapping[str, str]
    service: str = ""
    small: bool = False


def builds() -> list[Build]:
    """The services of this repository, and samples."""
    text = (REPOSITORY / "seawall.conf").read_text()
    found = re.search(r"^SEAWALL_BASE_FALLBACKS=(.*)$", text, re.MULTILINE)
    own = dict(word.split("=", 1) for word in found[1].split()) if found else {}
    services = [
        Build(name, ("-f", "Dockerfile", "."), own, name) for name in ("conductor-loop", "intent-ingest", "rag-api")
    ]
    go = {"golang:1.24-trixie": "base:go-builder", "gcr.io/distroless/static-debian13:nonroot": "base:static"}
    return [
        *services,
        Build("go-service", ("examples/dockerfiles/go-service",), go, small=True),
        Build("python-requirements", ("examples/dockerfiles/python-requirements",), {PYTHON_IMAGE: "python"}),
    ]


def arguments(build: Build, outages: Sequence[str], report: Path, folder: Path) -> list[str]:
    """The arguments of fault-drill.sh for a build; an image named `python` is made in `folder`."""
    images = {name: str(python_image(folder)) if place == "python" else place for name, place in build.images.items()}
    words = [*build.words, *outages, "--report", str(report / build.name), "--resume"]
    words += [word for name, place in images.items() for word in ("--image", f"{name}={place}")]
    return words + (["--", "--build-arg", f"SERVICE={build.service}"] if build.service else [])


def python_image(folder: Path) -> Path:
    """An image with what samples expect of Python's own: the word `python`, and a pip that may install."""
    if (folder / "index.json").is_file():
        return folder
    command = [str(REPOSITORY / "scripts/build-base-image.sh"), "python-builder"]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    layout = base_layout(made.stdout)
    more = Additions(
        links={"/usr/local/bin/python": "/usr/bin/python3"},
        removed=("/usr/lib/python3.13/EXTERNALLY-MANAGED",),
        env={"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    return extend(layout, folder, more)


def play(chosen: Sequence[Build], outages: Sequence[str]) -> tuple[dict[str, Any], int]:
    """Drills the builds one after the other; returns their boards, and the worst exit code."""
    boards, code, report = {}, 0, REPOSITORY / REPORT
    state = Path(os.environ.get("SEAWALL_STATE") or Path.home() / ".local/state/seawall")
    for build in chosen:
        words = arguments(build, outages, report, state / "drills/python-image")
        ended = subprocess.run([REPOSITORY / "scripts/fault-drill.sh", *words], cwd=REPOSITORY, check=False)
        code = max(code, ended.returncode)
        if ended.returncode not in (0, 1):
            sys.exit(ended.returncode)
        boards[build.name] = read_board(report / build.name / "board.json")
    return boards, code


def write_pages(board: Mapping[str, Any], docs: Path, readme: Path) -> None:
    """Writes the pages of the public board, and the line of the README."""
    (docs / "board.json").write_text(data_of(board))
    (docs / "board.md").write_text(public_page(board))
    (docs / "board.html").write_text(page(board, MADE_BY))
    text = CLAIM.sub(lambda _: claim(board), readme.read_text())
    readme.write_text(text)


def main(words: Sequence[str]) -> int:
    """Plays what the words say, and writes the boards."""
    docs = REPOSITORY / "docs"
    if "--write" in words:
        write_pages(read_board(docs / "board.json"), docs, REPOSITORY / "README.md")
        return 0
    whole = "--all" in words
    chosen = [build for build in builds() if whole or build.small]
    boards, code = play(chosen, WHOLE if whole else SMALL)
    board = public_board(boards)
    if whole:
        write_pages(board, docs, REPOSITORY / "README.md")
    (REPOSITORY / REPORT / "board.html").write_text(page(board, MADE_BY))
    (REPOSITORY / REPORT / "board.md").write_text(markdown(board))
    for cell, reason in failing(board):
        print(f"{cell['title']}: {reason}")
    print(claim(board))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
