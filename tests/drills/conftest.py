"""Fixtures of the drills: the programs of an engine, and a machine of a drill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.drills.machine import DrillMachine, drill_machine


@pytest.fixture(scope="session")
def tree(engine) -> Path:
    """The folder with the programs of an engine: those of the private engine, else those of this machine."""
    return engine.tree or Path("/")


@pytest.fixture
def machine(tree, tmp_path) -> Iterator[DrillMachine]:
    """The machine of a drill."""
    with drill_machine(tmp_path / "machine", tree) as found:
        yield found
