"""Registers the plugins of the harness, which all tests share."""

import pytest

pytest.register_assert_rewrite("harness")
pytest_plugins = [
    "harness.pytest.plugin",
    "harness.pytest.score",
    "harness.pytest.measure",
    "harness.pytest.build_fixtures",
    "harness.bats.plugin",
    "pytester",
]
