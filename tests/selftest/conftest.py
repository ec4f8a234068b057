"""What tests of a pytest inside of pytest share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def inner_pytest(monkeypatch: pytest.MonkeyPatch, repo: Path) -> None:
    """An inner pytest finds the harness and loads two plugins of the environment: with all of them, a start of pytest
    takes twice the time.
    """
    monkeypatch.setenv("PYTHONPATH", str(repo / "tests"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist -p timeout")
