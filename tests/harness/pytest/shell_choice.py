"""Chooses the shells of a test: dash and one other by the test's id; all shells with `--all` or `every_shell`."""

from __future__ import annotations

import re
from zlib import crc32

import pytest

from harness.bats.items import BatsItem
from harness.machine.shells import SHELLS, Shell

NAMES = tuple(shell.name for shell in SHELLS)
FIRST, *OTHERS = NAMES
_NAME = re.compile(rf"(?<=[\[-])(?:{'|'.join(NAMES)})(?=[\]-])")
"""The name of a shell among the parameters of an id."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --shell."""
    parser.addoption("--shell", choices=NAMES, help="of what runs in several shells, this one only")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker; bats files say `# bats file_tags=every-shell`."""
    config.addinivalue_line("markers", "every_shell: runs in all shells without --all too")


def shell_of(item: pytest.Item) -> str:
    """The name of a test's shell; empty if it has none."""
    if isinstance(item, BatsItem):
        return item.bats_run.variant.name
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    found = params.get("shell")
    return found.name if isinstance(found, Shell) else ""


def other_shell(nodeid: str) -> str:
    """The shell beside dash in which the test with this id runs; the same for each variant of the test."""
    return OTHERS[crc32(_NAME.sub("", nodeid).encode()) % len(OTHERS)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects other shells."""
    only = config.getoption("--shell")
    if config.getoption("--all") and not only:
        return
    named = _named(config)

    def is_chosen(item: pytest.Item) -> bool:
        shell = shell_of(item)
        if only:
            return shell in ("", only)
        ours = ("", FIRST, other_shell(item.nodeid))
        return shell in ours or item.get_closest_marker("every_shell") is not None or item.nodeid in named

    chosen = [is_chosen(item) for item in items]
    config.hook.pytest_deselected(items=[item for item, yes in zip(items, chosen, strict=True) if not yes])
    items[:] = [item for item, yes in zip(items, chosen, strict=True) if yes]


def _named(config: pytest.Config) -> set[str]:
    """Ids on the command line, and those that --lf or --ff asks for: they run in the shell that they name."""
    named = {word for word in config.args if "::" in word}
    if config.getoption("lf", False) or config.getoption("failedfirst", False):
        cache = getattr(config, "cache", None)
        named |= set(cache.get("cache/lastfailed", {})) if cache else set()
    return named
