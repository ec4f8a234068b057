"""Registers the harness, which holds everything that the tests share."""

import pytest

pytest.register_assert_rewrite("harness")
pytest_plugins = [
    "harness.plugin",
    "harness.score",
    "harness.notebook",
    "harness.builds",
    "harness.bats.plugin",
    "pytester",
]
