"""Figures of all benchmarks in one table at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ROWS = pytest.StashKey[list[tuple[str, str, str]]]()


@pytest.fixture
def bench_table(pytestconfig: pytest.Config) -> Callable[[str, str, str], None]:
    """Adds a row to the table: what, measured, wanted."""
    return lambda *row: pytestconfig.stash.setdefault(ROWS, []).append(row)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the table."""
    for what, measured, wanted in config.stash.get(ROWS, []):
        terminalreporter.write_line(f"{what:32}{measured:>14}  wanted {wanted}")
