"""The Go services pass their own tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness.machine.run import run

SERVICES = Path(__file__).resolve().parents[2] / "examples" / "services"


@pytest.mark.parametrize("module", sorted(SERVICES.glob("*/go.mod")), ids=lambda path: path.parent.name)
def test_its_tests_pass(module):
    result = run(["go", "test", "-count=1", "./..."], cwd=module.parent, env=os.environ, timeout=280)
    assert result.rc == 0, repr(result)
    assert "no test files" not in result.out
