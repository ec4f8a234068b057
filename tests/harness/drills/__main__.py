"""Drills as a program: `python -m harness.drills`, called by scripts/fault-drill.sh, which has the help.

Exit codes: 0 the kit survived every cell, 1 it did not, a cell is INVALID, the healthy build fails or a grade is worse
than asked for, 64 wrong call, 71 this machine lacks something, 75 a source failed while the healthy build was recorded.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import shlex
import signal
import sys
from pathlib import Path

from harness.builds.engine import engine_up
from harness.drills.board.board import Board
from harness.drills.board.comparison import CompareError, compare
from harness.drills.board.report import write_comparison
from harness.drills.campaign import drill
from harness.drills.machine.machine import DrillError, NoRoomError
from harness.drills.machine.programs import check_programs
from harness.drills.machine.scratch import scratch_folder
from harness.drills.messages import die, say
from harness.drills.options import REPOSITORY, read_options
from harness.drills.plays.arguments import split_at_dashes
from harness.drills.plays.play import Stage


def resuming(words: list[str]) -> list[str]:
    """The user's words for a call that goes on; the script's own, four at the beginning, are left out."""
    ours, buildx = split_at_dashes(words)
    return [*(word for word in ours[4:] if word != "--resume"), "--resume", *buildx]


def in_memory_or_on_disk(options: argparse.Namespace, tree: Path, report: Path) -> Board:
    """Drills with the machines in memory; where that is not enough, goes on with machines on the disk."""
    for in_memory in (True, False):
        with scratch_folder(in_memory=in_memory) as scratch:
            stage = Stage(tree, REPOSITORY / "scripts", scratch.folder, options.project, options.contestants)
            try:
                return drill(options, stage, report, scratch.limit_mb)
            except (NoRoomError, OSError) as error:
                full = isinstance(error, NoRoomError) or error.errno == errno.ENOSPC
                if not full:
                    raise
                if not scratch.in_memory:
                    raise NoRoomError(scratch.folder) from error
                say(f"{NoRoomError(scratch.folder)}; now on the disk")
                options.resume = True
    raise AssertionError("a folder on the disk returns or raises")


def main(words: list[str]) -> int:
    """Drills until the end or a signal."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    # A shell without job control starts a command in the background with INT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return play(read_options(words))
    except KeyboardInterrupt:
        die(130, f"interrupted: {shlex.join(['fault-drill.sh', *resuming(words)])} goes on")


def play(options: argparse.Namespace) -> int:
    """Drills, writes and prints the board; returns the exit code."""
    if os.geteuid() != 0:
        die(71, "wanted root, which namespaces and an engine in them need: call it with sudo")
    # A client that an interruption ends leaves its connections.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    report = options.report or options.state / ("replay" if options.replay else "report")
    report.mkdir(parents=True, exist_ok=True)
    try:
        with engine_up(REPOSITORY / "scripts") as engine:
            tree = engine.tree or Path("/")
            check_programs(tree)
            board = in_memory_or_on_disk(options, tree, report)
    except DrillError as error:
        die(error.code, str(error))
    except CompareError as error:
        die(64, f"--compare: {error}")
    print(board.table())
    print(f"board: {board.write(report)}")
    worse = False
    if options.before:
        now = board.as_json()
        found = compare(options.before, now)
        write_comparison(now, found, report)
        print(f"compared with {options.compare}:", *found.lines(), sep="\n")
        worse = bool(found.worse) and options.fail_on_regression
    return 0 if board.passed() and not worse else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
