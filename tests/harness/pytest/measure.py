"""`--measure`: stores how clients reacted in this run in fixtures/behaviour/ and docs/clients.md."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from harness.catalogue import CASES
from harness.proofs.behaviour import FOLDER
from harness.proofs.clients_page import page

PAGE = FOLDER.parents[1] / "docs/clients.md"
Rows = dict[tuple[str, str], dict[str, Any]]
"""Measurements of one client, by id and name of the case."""


class Measurements:
    """Collects measurements of the tests, and writes them at the end."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = defaultdict(dict)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Reads the behaviour from a report; properties are passed on by the workers of xdist too."""
        if report.when == "call" and report.outcome == "passed":
            for name, value in report.user_properties:
                if name == "behaviour":
                    row = json.loads(str(value))
                    self.rows[row["client"]][row["id"], row["says"]] = row

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """Writes a file per client and the page; rows of removed cases are dropped."""
        FOLDER.mkdir(exist_ok=True)
        known = {(case.id, case.says) for case in CASES}
        for client, measured in self.rows.items():
            file = FOLDER / f"{client}.json"
            before = json.loads(file.read_text()) if file.is_file() else []
            rows: Rows = {key: row for row in before if (key := (row["id"], row["says"])) in known} | measured
            ordered = sorted(rows.values(), key=lambda row: (row["id"][0], int(row["id"][1:]), row["says"]))
            file.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")
        PAGE.write_text(page())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --measure."""
    parser.addoption(
        "--measure", action="store_true", help="write fixtures/behaviour/ and docs/clients.md from this run"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the collector in the main process, which gets all reports."""
    if config.getoption("--measure") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Measurements(), "measurements")
