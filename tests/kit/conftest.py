"""What the unit tests of several rooms share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result


@pytest.fixture
def lines(sh: Callable[..., Result], tmp_path: Path) -> Callable[[str], list[str]]:
    """The lines that a script prints; its first argument is the folder of the test."""

    def call(script: str) -> list[str]:
        result = sh(script, str(tmp_path))
        assert result.rc == 0, repr(result)
        return result.out.splitlines()

    return call
