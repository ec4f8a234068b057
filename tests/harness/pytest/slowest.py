"""`--slowest N`: the slowest tests of a run, with set-up and cleanup, and the sums of the parts of ./tests/run."""

from __future__ import annotations

from collections import defaultdict

import pytest

PARTS = {
    "tests/faults": "faults",
    "tests/image": "docker",
    "tests/build": "docker",
    "tests/security/engine": "docker",
    "tests/selftest/engine": "docker",
    "tests/bench": "bench",
}
"""The part of a test by its folder, as tox.ini has it; other tests are of the part `unit`."""


def part_of(nodeid: str) -> str:
    """The part of ./tests/run that a test belongs to."""
    return next((part for folder, part in PARTS.items() if nodeid.startswith(f"{folder}/")), "unit")


class Slowest:
    """The seconds of each test."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Adds up set-up, call and cleanup."""
        self.seconds[report.nodeid] += report.duration

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints both tables."""
        if not self.seconds:
            return
        slowest = sorted(self.seconds, key=lambda nodeid: -self.seconds[nodeid])[: self.most]
        terminalreporter.section(f"slowest {len(slowest)} tests")
        for nodeid in slowest:
            terminalreporter.write_line(f"{self.seconds[nodeid]:7.1f} s  {nodeid}")
        terminalreporter.section("seconds by part, of all workers together")
        for part in sorted({part_of(nodeid) for nodeid in self.seconds}):
            of_part = [seconds for nodeid, seconds in self.seconds.items() if part_of(nodeid) == part]
            terminalreporter.write_line(f"{sum(of_part):7.1f} s  {part}, {len(of_part)} tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --slowest."""
    parser.addoption("--slowest", type=int, default=0, metavar="N", help="print the N slowest tests at the end")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the collector in the main process, which gets all reports."""
    if (most := config.getoption("--slowest")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Slowest(most), "slowest")
