"""Fixtures of the sample Dockerfiles: their upstreams, their images, and builds of them with and without the kit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest
from harness.builds.sample_builds import SampleBuilds
from harness.builds.sample_drills import Drill
from harness.builds.sample_images import Images
from harness.builds.sample_results import Memory, Outcome, table, tree_key
from harness.builds.sample_sites import Sites, sites_up

FEW = 5
"""Drills that need no table."""


@pytest.fixture(scope="session")
def gateway(engine) -> str:
    """The address of this machine on the engine's bridge, which RUN steps reach."""
    return engine.check_docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")


@pytest.fixture(scope="session")
def healthy(gateway) -> Iterator[Sites]:
    """All upstreams, without faults."""
    with sites_up(gateway) as sites:
        yield sites


@pytest.fixture
def supported(healthy) -> Callable[..., None]:
    """Skips a test that needs a kind of upstream without a source on this machine."""

    def call(*kinds: str) -> None:
        for kind in kinds:
            if kind in healthy.absent:
                pytest.skip(healthy.absent[kind])

    return call


@pytest.fixture(scope="session")
def images(kit, tmp_path_factory) -> Images:
    """The base images."""
    return Images(kit, tmp_path_factory.mktemp("images"))


@pytest.fixture
def builds(engine, kit, repo, images, tmp_path) -> SampleBuilds:
    """Builds of samples on the engine, in a folder of the test."""
    return SampleBuilds(kit, repo / "examples/dockerfiles", engine.env, images, tmp_path)


@pytest.fixture
def keep_outcome(request, cache, repo, record_property) -> Callable[[Outcome], None]:
    """Keeps the outcome of a drill that passed. Skips one that has passed with this very tree: after an interruption
    only the others are played.
    """
    drill: Drill = request.getfixturevalue("drill")
    memory, tree = Memory(cache), tree_key(repo, drill.sample)

    def call(outcome: Outcome) -> None:
        record_property("drill", json.dumps([(drill.sample, drill.kind, drill.fault), asdict(outcome)]))
        memory.keep(drill.id, tree, outcome)

    found = memory.find(drill.id, tree)
    if found and request.node.get_closest_marker("long"):
        record_property("drill", json.dumps([(drill.sample, drill.kind, drill.fault), asdict(found)]))
        pytest.skip(f"passed with this tree before ({found.plain_s + found.kit_s:.0f} s): --cache-clear plays it again")
    return call


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what the drills of this run showed, if there were many."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("skipped", ())]
    told = [value for report in reports for name, value in report.user_properties if name == "drill"]
    rows = [json.loads(value) for value in dict.fromkeys(told)]
    if len(rows) > FEW:
        terminalreporter.section(f"drills: {len(rows)}")
        for line in table([((names[0], names[1], names[2]), outcome) for names, outcome in rows]):
            terminalreporter.line(line)
