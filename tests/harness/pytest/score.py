"""Counts the faults of a run: a test with the mark `fault("H10")` is a case of that fault.

A fault is `passed` if all its cases that ran passed, `invalid` if a case proved nothing (its control failed, or its
naive client had the right outcome), `unsupported` if this machine cannot make it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import pytest
from _pytest.mark import ParameterSet

from harness.catalogue.fault_ids import KNOWN

ORDER = ("invalid", "failed", "unsupported", "skipped", "passed")
"""The result of a fault whose cases differ: the first of these that a case has."""


class Score:
    """Results of the cases of each fault."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.reasons: dict[str, str] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Records the outcome of a case; properties are passed on by the workers of xdist too."""
        ids = [str(value) for name, value in report.user_properties if name == "fault"]
        if report.when != "call" and report.outcome == "passed":
            return
        for found in ids:
            self.seen[found].add(self._outcome(found, report))

    def _outcome(self, found: str, report: pytest.TestReport) -> str:
        text = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if report.outcome == "skipped" and "unsupported: " in text:
            self.reasons[found] = text.partition("unsupported: ")[2]
            return "unsupported"
        return "invalid" if report.outcome == "failed" and ": INVALID: " in text else report.outcome

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the table: how many faults have each result, and why some cannot be made."""
        if not self.seen:
            return
        ends = {id_: next(end for end in ORDER if end in seen) for id_, seen in self.seen.items()}
        counts = {end: sum(found == end for found in ends.values()) for end in ORDER}
        without = [id_ for id_ in KNOWN if id_ not in ends]
        terminalreporter.section(f"faults: {len(ends)} of {len(KNOWN)}")
        terminalreporter.line(
            "  ".join(f"{end} {counts[end]}" for end in reversed(ORDER) if counts[end] or end in MAIN)
        )
        for end in ("invalid", "failed", "skipped"):
            if found := [id_ for id_ in KNOWN if ends.get(id_) == end]:
                terminalreporter.line(f"{end}: {' '.join(found)}")
        for id_ in sorted(id_ for id_ in ends if ends[id_] == "unsupported"):
            terminalreporter.line(f"unsupported: {id_} {KNOWN[id_]}: {self.reasons[id_]}")
        if without:
            shown = " ".join(without) if len(without) < len(ends) else f"{len(without)} faults"
            terminalreporter.line(f"not in this run: {shown}")


ID = re.compile("[A-Z][0-9]+")
MAIN = ("passed", "invalid", "unsupported")


def cases(rows: Mapping[str, tuple[object, ...]]) -> list[ParameterSet]:
    """Rows by name as parameters of a test; a name that begins with an id is a case of that fault."""
    return [
        pytest.param(*row, id=name, marks=[pytest.mark.fault(name.split()[0])] if ID.match(name) else [])
        for name, row in rows.items()
    ]


def pytest_configure(config: pytest.Config) -> None:
    """Registers the score in the main process, which gets all reports."""
    config.addinivalue_line("markers", "fault(id): a case of the fault that has this id in the catalogue")
    config.pluginmanager.register(Score(), "score")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`-k H1` selects the cases of fault H1, not those of H10; an unknown id is a usage error."""
    unknown = {mark.args[0] for item in items for mark in item.iter_markers("fault")} - set(KNOWN)
    asked = str(config.option.keyword)
    if ID.fullmatch(asked) and asked not in KNOWN:
        unknown.add(asked)
    if unknown:
        raise pytest.UsageError(f"wanted a fault of harness/catalogue/fault_ids.py, saw {' '.join(sorted(unknown))}")
    if asked in KNOWN:
        config.option.keyword = ""  # names of tests may lack the id
        kept = [item for item in items if any(mark.args[0] == asked for mark in item.iter_markers("fault"))]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


@pytest.fixture(autouse=True)
def _fault_in_report(request: pytest.FixtureRequest, record_property: pytest.FixtureRequest) -> None:
    """Adds a test's fault ids to its report, for the score and JUnit."""
    for mark in request.node.iter_markers("fault"):
        record_property("fault", mark.args[0])  # type: ignore[operator] # a function
