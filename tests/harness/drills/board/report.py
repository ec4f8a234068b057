"""Writes a board in all its forms into the folder of a report, and where a CI service reads them."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.drills.board.comparison import Comparison
from harness.drills.board.figures import failing, replay_words
from harness.drills.board.junit import junit
from harness.drills.board.markdown import markdown, section
from harness.drills.board.page.page import page


def write_report(board: Mapping[str, Any], folder: Path) -> Path:
    """Writes board.json, board.html, board.md and junit.xml into a folder; returns the path of board.json.

    In a job of GitHub, the job summary gets the Markdown and each failing cell is an annotation.
    """
    file = folder / "board.json"
    file.write_text(json.dumps(board, indent=1) + "\n")
    (folder / "junit.xml").write_text(junit(board), encoding="utf-8")
    (folder / "board.html").write_text(page(board, str(folder)), encoding="utf-8")
    text = markdown(board)
    (folder / "board.md").write_text(text, encoding="utf-8")
    _add_to_summary(text)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in lines_for_github(board, str(folder)):
            print(line, file=sys.stderr)
    return file


def write_comparison(board: Mapping[str, Any], comparison: Comparison, folder: Path) -> None:
    """Adds a comparison to board.md and board.html of a board; in a job of GitHub, also to the summary, and what is
    worse is an annotation.
    """
    (folder / "board.html").write_text(page(board, str(folder), comparison.lines()), encoding="utf-8")
    text = section("Compared with another board", comparison.lines())
    with (folder / "board.md").open("a", encoding="utf-8") as page_of_board:
        page_of_board.write(text)
    _add_to_summary(text)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for change in comparison.worse:
            print(f"::error title=drill%3A worse than before::{_escaped(str(change))}", file=sys.stderr)


def _add_to_summary(text: str) -> None:
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as summary_of_job:
            summary_of_job.write(text)


def lines_for_github(board: Mapping[str, Any], folder: str) -> Iterator[str]:
    """A line of GitHub's workflow commands for each cell that makes the command fail."""
    for cell, reason in failing(board):
        again = shlex.join(replay_words(board, cell, folder))
        title = _escaped(f"drill: {cell['title']}").replace(":", "%3A").replace(",", "%2C")
        yield f"::error title={title}::{_escaped(f'{reason}; again: {again}')}"


def _escaped(text: str) -> str:
    """Text as data of a workflow command, whose end is the end of its line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
