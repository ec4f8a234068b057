"""The bridge's hooks: options, header, collection, durations and timeouts."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from harness.bats import hooks
from harness.bats.items import BatsFile, BatsItem, batses, suffix, variants_of


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds pytest_bats_variants."""
    pluginmanager.add_hookspecs(hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --bats-bin and --bats-missing, and the ini value one_worker."""
    parser.addini("one_worker", "folders whose tests share what must not be there twice", type="args")
    group = parser.getgroup("bats")
    group.addoption(
        "--bats-bin", action="append", metavar="BATS", help="run .bats files with this bats; may be repeated"
    )
    group.addoption(
        "--bats-missing", choices=("error", "skip"), default="error", help="what a missing bats is; an error otherwise"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers that do not come from tags."""
    config.addinivalue_line("markers", "bats_tag(tag): a tag of a bats test, as it is written there")
    config.addinivalue_line("markers", "dynamic: a bats test that is known by running its file only")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """The bats programs in use."""
    return [f"bats: {bats.version} ({bats.command})" for bats in batses(config)]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> BatsFile | None:
    """Collects .bats files."""
    return BatsFile.from_parent(parent, path=file_path) if file_path.suffix == ".bats" else None


@pytest.fixture(scope="session")
def bats_env() -> dict[str, str]:
    """Variables for bats beside its variant's; a conftest may override this, up to module scope."""
    return {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test's duration is the one that bats measured; the rest of the run is set-up of its first item."""
    report = yield
    if isinstance(item, BatsItem):
        if call.when == "call" and item.point:
            report.duration = item.point.milliseconds / 1000
        elif call.when == "setup" and item.did_the_run:
            report.duration = max(0.0, report.duration - item.bats_run.seconds_of_tests)
        if report.skipped and isinstance(report.longrepr, tuple):
            report.longrepr = (str(item.path), item.test.line, report.longrepr[2])
    return report


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item) -> bool | None:
    """No timer: the first item runs the whole file, and bats limits each test."""
    return True if isinstance(item, BatsItem) else None


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> bool | None:
    """Nothing to cancel."""
    return True if isinstance(item, BatsItem) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """In xdist's default mode, `load`, the items of one run share a worker; other tests are distributed freely."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # xdist has no types

    class RunScheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
        """A run of bats is one scope, a folder of one_worker is one, any other test is one."""

        def _split_scope(self, nodeid: str) -> str:
            for folder in config.getini("one_worker"):
                if nodeid.startswith(f"{folder}/"):
                    return str(folder)
            file, mark, _ = nodeid.partition(".bats::")
            if not mark:
                return nodeid
            programs, path = batses(config), config.rootpath / f"{file}.bats"
            ends = {
                suffix(variant, bats, many=len(programs) > 1)
                for bats in programs
                for variant in variants_of(config, path)
            }
            return f"{file}.bats{next((end for end in ends if end and nodeid.endswith(end)), '')}"

    return RunScheduling(config, log)
