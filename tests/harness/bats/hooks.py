"""Hooks of the bridge that a conftest may implement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Variant:
    """One way to run a file: a suffix for its items' names, and variables in the environment of bats.

    `absent` says what this machine lacks: a failure under CI, else a skip.
    """

    name: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""


@pytest.hookspec(firstresult=True)
def pytest_bats_variants(path: Path) -> Sequence[Variant] | None:
    """The ways to run this file; without an answer it runs once."""
