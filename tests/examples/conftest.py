"""Fixtures of the sample Dockerfiles: their upstreams, their images, and builds of them with and without the kit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from harness.builds.sample_builds import SampleBuilds
from harness.builds.sample_images import Images
from harness.builds.sample_sites import Sites, sites_up


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
