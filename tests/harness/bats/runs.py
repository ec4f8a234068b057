"""One run of bats over one file: its selection of tests, and the results of all items."""

from __future__ import annotations

import hashlib
import math
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from harness.bats import process, source, tap
from harness.bats.hooks import Variant
from harness.machine.run import clean_environment

WAITS = "waits"
"""The tag of a file whose tests mostly wait: a few processes of bats share them."""
AT_A_TIME = 3
SHORT = 60.0
"""Limit in seconds for counting tests."""


@dataclass(frozen=True)
class Bats:
    """One bats program."""

    command: str

    @property
    def missing(self) -> str:
        """The message if it is not installed; else empty."""
        if shutil.which(self.command):
            return ""
        return f"wanted {self.command}, saw none: ./tests/run installs it, --bats-bin names another"

    @property
    def version(self) -> str:
        """The version number of `bats --version`."""
        return _version(self.command)


@cache
def _version(command: str) -> str:
    try:
        said = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=SHORT, check=False)
    except OSError:
        return "missing"
    return said.stdout.strip().removeprefix("Bats ") or "unknown"


def digest(*texts: str) -> str:
    """A hash of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@dataclass
class Asked:
    """The result of one item."""

    point: tap.Point | None
    trouble: str
    output: str = ""


@dataclass
class Run:
    """Shared by all items of one file, one variant and one bats."""

    bats: Bats
    path: Path
    root: Path
    variant: Variant
    names: tuple[str, ...]
    waits: bool = False
    stream: tap.Stream | None = None
    asked: list[str] = field(default_factory=list)
    trouble: str = ""
    err: str = ""
    seconds_of_tests: float = 0
    outputs: dict[int, str] = field(default_factory=dict)

    def count(self, env: Mapping[str, str]) -> process.Ended:
        """The output of `bats --count`."""
        return process.call(
            [self.bats.command, "--count", str(self.path)], env=self._environment(env), cwd=self.root, quiet=SHORT
        )

    def go(self, env: Mapping[str, str], selected: list[str], timeout: float | None) -> None:
        """Runs bats over the selected tests, in the file's order; `timeout` is the limit of one test, in seconds."""
        self.asked = selected
        if not self.names:
            self.asked = []
        if self.waits and len(self.asked) > 1:
            self._go_beside(env, timeout)
            return
        setting = self._environment(env)
        if timeout:
            setting["BATS_TEST_TIMEOUT"] = str(math.ceil(timeout))
        with tempfile.TemporaryDirectory(prefix="bats-outputs-") as folder:
            outputs = Path(folder) / "outputs"
            ended = process.call(
                self._words(outputs),
                env=setting,
                cwd=self.root,
                quiet=timeout + process.GRACE if timeout else None,
                is_whole=tap.is_whole,
            )
            self.outputs = {
                int(number): file.read_text(errors="replace")
                for file in outputs.glob("*.log")
                if (number := file.name.partition("-")[0]).isdigit()
            }
        self.stream = tap.parse(ended.out.splitlines(), self.asked)
        if timeout and ended.pause >= timeout and not ended.silent:
            self.stream.add_lost(timeout, self.asked)
        self.err = ended.err.strip()
        self.trouble = self._trouble(ended)
        self.seconds_of_tests = sum(point.milliseconds for point in self.stream.points.values()) / 1000

    def _go_beside(self, env: Mapping[str, str], timeout: float | None) -> None:
        """Runs the selected tests in a few processes beside each other, and joins their results. A test's time is its
        share of the time that all took, so that sums of times stay right.
        """
        begun = time.monotonic()
        shares = [share for turn in range(AT_A_TIME) if (share := self.asked[turn::AT_A_TIME])]
        parts = [replace(self, waits=False, outputs={}) for _ in shares]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(lambda part, share: part.go(env, share, timeout), parts, shares))
        self.seconds_of_tests = time.monotonic() - begun
        share_of_time = self.seconds_of_tests / (sum(part.seconds_of_tests for part in parts) or 1)
        self.stream = tap.Stream(plan=len(self.asked))
        for turn, part in enumerate(parts):
            assert part.stream
            for number, point in part.stream.points.items():
                place = turn + (number - 1) * AT_A_TIME + 1
                took = point.milliseconds * share_of_time
                self.stream.points[place] = replace(point, number=place, milliseconds=took)
                self.outputs[place] = part.outputs.get(number, "")
        self.err = "\n".join(part.err for part in parts if part.err)
        self.trouble = next((part.trouble for part in parts if part.trouble), "")

    def _words(self, outputs: Path) -> list[str]:
        words = [self.bats.command, "--formatter", "tap13", "--timing", "--print-output-on-failure"]
        words += ["--gather-test-outputs-in", str(outputs)]
        if self.asked and len(self.asked) < len(self.names):
            words += ["--filter", source.filter_for(self.asked)]
        return [*words, str(self.path.relative_to(self.root) if self.path.is_relative_to(self.root) else self.path)]

    def _environment(self, env: Mapping[str, str]) -> dict[str, str]:
        return clean_environment() | dict(self.variant.env) | dict(env)

    def _trouble(self, ended: process.Ended) -> str:
        """The reason why every result of this run is invalid; empty if it is valid."""
        assert self.stream
        if self.stream.trouble:
            return self.stream.trouble
        if ended.silent:
            return ""  # printed results are valid; the others are missing
        if self.asked and self.stream.plan not in (None, len(self.asked)) and not self.stream.gap:
            return f"wanted a plan of {len(self.asked)} tests, saw {self.stream.plan}"
        failed = self.stream.gap or any(not point.ok for point in self.stream.points.values())
        if ended.rc and not failed:
            return f"bats ended with {ended.rc} though no test failed"
        return ""

    def result(self, name: str, number: int) -> Asked:
        """The result of the test with this name, number `number` of the selection."""
        assert self.stream
        behind = f"\n-- stderr of bats\n{self.err}" if self.err else ""
        if self.trouble:
            return Asked(None, f"{self.trouble}{behind}")
        point = self.stream.points.get(number)
        if point is None:
            return Asked(None, f"no result of this test: {self.stream.gap or 'bats was silent and killed'}{behind}")
        if not point.is_of(name):
            return Asked(None, f"wanted the result of '{name}' as number {number}, saw '{point.text}'{behind}")
        return Asked(point, "", self.outputs.get(number, ""))
