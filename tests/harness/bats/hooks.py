"""What a conftest may say to the bridge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Variant:
    """One way to run a file: the suffix of its items' names, and what is in the environment of bats.

    `absent` says what is missing on this machine: a failure where CI promised it, else a skip.
    """

    name: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""


@pytest.hookspec(firstresult=True)
def pytest_bats_variants(path: Path) -> Sequence[Variant] | None:
    """The ways to run this file; without an answer it runs once."""
