"""Fixtures of builds: an image, registries that serve it, a context, and builds by docker-build.sh and buildx."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

import pytest

from harness.builds.builder import Base, Builder, new_site
from harness.builds.engine import Engine
from harness.catalogue.schedule import parse
from harness.sites import registry_site
from harness.sites.registry_site import Registry
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve


@pytest.fixture
def base() -> Base:
    """The image `team/hello:1`, with random content."""
    site = new_site()
    return Base(site, site.tags["team/hello"]["1"])


@pytest.fixture
def registry(base: Base) -> Iterator[Callable[..., Running]]:
    """Starts registries with this image; schedules by path class: `registry(manifest="503x*")`."""
    with ExitStack() as stack:

        def call(site: Registry | None = None, **schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            upstream = Upstream("registry", site or base.site, registry_site.CLASSES, rules)
            return stack.enter_context(serve(upstream))

        yield call


@pytest.fixture
def context(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a context with a Dockerfile and a file with random content; HOST becomes the registry's address."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "mark").write_text(token_hex(8))

    def call(host: str, dockerfile: str = "FROM HOST/team/hello:1\nCOPY mark /mark\n") -> Path:
        (folder / "Dockerfile").write_text(dockerfile.replace("HOST", host))
        return folder

    return call


@pytest.fixture
def builder(engine: Engine, kit: Path, tmp_path: Path) -> Builder:
    """Runs builds of a test."""
    return Builder(kit, engine.env, tmp_path)
