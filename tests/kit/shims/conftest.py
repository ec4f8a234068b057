"""Fixtures of the shims: a woven step, and a tool that tells what it got."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.builds.woven_step import Step


@pytest.fixture
def step(kit: Path, tmp_path: Path) -> Step:
    """A woven step with its own trampolines, kit and settings."""
    return Step(kit, tmp_path / "step")


@pytest.fixture
def tool(step: Step) -> Callable[..., Path]:
    """Puts a tool behind the trampolines; it runs this shell code."""

    def call(name: str, script: str = 'printf "<%s>" "$0" "$@"') -> Path:
        file = step.bin / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    return call
