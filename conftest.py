"""Registers the plugins of the harness, which all tests share."""

import pytest

pytest.register_assert_rewrite("harness")
pytest_plugins = [
    "harness.pytest.plugin",
    "harness.pytest.shell_choice",
    "harness.pytest.lanes",
    "harness.pytest.slowest",
    "harness.pytest.score",
    "harness.pytest.measure",
    "harness.pytest.build_fixtures",
    "harness.pytest.drills",
    "harness.bats.plugin",
    "pytester",
]
