"""Drills as pytest items: `pytest --drill-dockerfile PATH` has one for each cell, and two fixtures for tests of yours.

The plugin stands alone: `PYTHONPATH=.../tests pytest -p harness.pytest.drills` loads it in any project.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from harness.drills.board.comparison import CompareError, read_board
from harness.drills.board.figures import GRADES, KIT, lacking, reason

COMMAND = Path(__file__).resolve().parents[3] / "scripts/fault-drill.sh"
Board = Mapping[str, Any]
BOARD = pytest.StashKey[Board]()


class Outage:
    """A cell of a board: `id`, `title`, `invalid`, and what each contestant did, by name, in `plays`."""

    def __init__(self, cell: Mapping[str, Any]) -> None:
        self.cell = cell
        self.id, self.title, self.invalid = str(cell["id"]), str(cell["title"]), list(cell["invalid"])
        self.plays: dict[str, Mapping[str, Any]] = {play["contestant"]: play for play in cell["plays"]}

    def __repr__(self) -> str:
        return f"<outage {self.title}>"

    def check(self) -> None:
        """Raises AssertionError where the kit did not survive with the right image and the truth, or for no proof."""
        if self.invalid:
            raise AssertionError(f"INVALID: {'; '.join(self.invalid)}")
        if lacking(self.plays[KIT]):
            raise AssertionError(reason(self.plays[KIT]))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --drill-dockerfile and its companions."""
    group = parser.getgroup("drills")
    group.addoption("--drill-dockerfile", metavar="PATH", help="drill this Dockerfile: each cell is an item")
    group.addoption("--drill-board", metavar="FILE", help="the same from a board.json that is there, without a drill")
    group.addoption("--drill-arguments", metavar="WORDS", default="", help="arguments of fault-drill.sh, in one word")


def pytest_configure(config: pytest.Config) -> None:
    """Collects the Dockerfile, or the board, where no tests are named."""
    place = config.getoption("--drill-dockerfile") or config.getoption("--drill-board")
    if not place:
        return
    if config.getoption("--drill-dockerfile") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--drill-dockerfile: wanted one process, whose builds run side by side: leave -n out")
    if not Path(place).is_file():
        raise pytest.UsageError(f"wanted a file, saw {place!r}")
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = [str(place)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Plays or reads the board, before anything is collected: what is wrong with it is one line."""
    board_of(session.config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DrillFile | None:
    """The Dockerfile or the board of the command line."""
    for name in ("--drill-dockerfile", "--drill-board"):
        place = parent.config.getoption(name)
        if place and file_path == Path(place).resolve():
            return DrillFile.from_parent(parent, path=file_path)
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with the fixture `outage` runs for each cell of the drill."""
    if "outage" not in metafunc.fixturenames:
        return
    board = board_of(metafunc.config)
    cells = [Outage(cell) for cell in board["cells"]] if board else []
    metafunc.parametrize("outage", cells, ids=[cell.id for cell in cells])


class DrillFile(pytest.File):
    """A Dockerfile, or a board."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each cell, and a skipped one for each that is not applicable."""
        board = board_of(self.config)
        assert board, "the options name this file"
        for cell in board["cells"]:
            yield CellItem.from_parent(self, name=cell["id"], outage=Outage(cell))
        for one in board["absent"]:
            item = CellItem.from_parent(self, name=f"{one['host']}-{one['fault']}".strip("-"), outage=None)
            item.add_marker(pytest.mark.skip(reason=one["reason"]))
            yield item


class CellItem(pytest.Item):
    """A cell: passes where the kit survived with the right image and told the truth."""

    def __init__(self, *, outage: Outage | None, **about: Any) -> None:
        super().__init__(**about)
        self.outage = outage
        for name, play in (outage.plays if outage else {}).items():
            for grade in GRADES:
                self.user_properties.append((f"{name} {grade}", play[grade]))

    def runtest(self) -> None:
        """Judges the cell; its builds have run."""
        assert self.outage, "a cell without builds has the mark skip"
        self.outage.check()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The reason for a bad grade, and what the build of the kit said last."""
        if self.outage is None or not isinstance(excinfo.value, AssertionError):
            return str(super().repr_failure(excinfo, style))
        said = [str(excinfo.value), *self.outage.plays.get(KIT, {}).get("last_words", [])]
        # A build can print what a terminal obeys.
        return "\n".join("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
                         for line in said)  # fmt: skip

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int, str]:
        """The title of the cell."""
        return self.path, 0, self.outage.title if self.outage else self.name


def board_of(config: pytest.Config) -> Board | None:
    """The board of the options, played once; None without them."""
    if BOARD in config.stash:
        return config.stash[BOARD]
    if file := config.getoption("--drill-board"):
        try:
            config.stash[BOARD] = read_board(Path(file))
        except CompareError as error:
            raise pytest.UsageError(str(error)) from error
    elif dockerfile := config.getoption("--drill-dockerfile"):
        capture = config.pluginmanager.getplugin("capturemanager")
        # A drill says how far it is.
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            config.stash[BOARD] = played(Path(dockerfile), shlex.split(config.getoption("--drill-arguments")))
    return config.stash.get(BOARD, None)


def played(dockerfile: Path, words: list[str], report: Path | None = None) -> Board:
    """The board of a drill; raises UsageError where it ended without one. A report folder of `words` goes first."""
    report = Path(words[words.index("--report") + 1]) if "--report" in words else report or Path("report/drill")
    own = [] if "--report" in words else ["--report", str(report)]
    (report / "board.json").unlink(missing_ok=True)
    ended = subprocess.run([COMMAND, "-f", dockerfile, *own, *words], check=False)
    if ended.returncode not in (0, 1) or not (report / "board.json").is_file():
        raise pytest.UsageError(f"the drill of {dockerfile} ended with {ended.returncode}: see above")
    return read_board(report / "board.json")


@pytest.fixture(scope="session")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Outage]]:
    """Drills a Dockerfile with arguments of fault-drill.sh, and returns the outages that it met."""

    def call(dockerfile: Path | str, *words: str) -> list[Outage]:
        board = played(Path(dockerfile), list(words), tmp_path_factory.mktemp("drill"))
        return [Outage(cell) for cell in board["cells"]]

    return call
