"""Builds where the machine of the kit and the builder reach different registries: what the builder reaches counts.

The kit runs in a network namespace with only loopback, so a registry of a test is there either for the builder or for
the kit.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.builds.builder import Builder, Mortal, asked, new_site
from harness.cells.cell import Cell, cell_up
from harness.machine.run import Result
from harness.pytest.pairs import some
from harness.sites import registry_site
from harness.sites.registry_site import Registry
from harness.sites.site import Upstream
from harness.wire.server import serve

NOTHING_WAITED_S = 2.0
"""Far less than the three seconds after which the kit gives up a question to a registry."""
STAGES = "FROM scratch AS one\nCOPY --from=HOST/team/hello:1 / /\nFROM HOST/team/hello:1\nCOPY --from=one / /copy\n"


@dataclass(frozen=True)
class Apart:
    """A cell in which the kit runs; the builder is outside."""

    builder: Builder
    cell: Cell
    program: Path

    def ours(self, *words: str | Path, **settings: str) -> Result:
        """A build by the kit in the cell."""
        return self.builder.ours(*words, program=str(self.program), **settings)

    def attempts(self) -> list[tuple[object, object]]:
        """Class and verdict of each attempt so far."""
        return [(event["class"], event["verdict"]) for event in self.builder.events("attempt")]

    def sources(self) -> list[object]:
        """The verdict of each decision about an image so far."""
        return [event["verdict"] for event in self.builder.events("base")]


@pytest.fixture
def apart(builder: Builder, tmp_path: Path) -> Iterator[Apart]:
    """The kit in a network namespace of its own."""
    with cell_up(tmp_path) as cell:
        program = tmp_path / "kit-in-its-cell"
        words = shlex.join([*cell.enter, str(builder.kit / "docker-build.sh")])
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        program.chmod(0o755)
        yield Apart(builder, cell, program)


@pytest.fixture(params=["refused", "silent"])
def hidden(request, apart: Apart, registry: Callable[..., object]):
    """A registry that the builder reaches, and that refuses the kit or says nothing to it."""
    own = registry()
    if request.param == "silent":
        address, _, port = own.host.rpartition(":")
        apart.cell.black_hole(address, int(port))
    return own


@pytest.mark.parametrize("dockerfile", ["FROM HOST/team/hello:1\nCOPY mark /mark\n", STAGES], ids=["from", "copy"])
def test_registry_that_only_the_builder_reaches_is_no_outage(apart, hidden, context, dockerfile):
    """The build passes in one attempt and as fast as the plain one, however the kit's own question fails."""
    words = ("--no-cache", "--output", "type=cacheonly", context(hidden.host, dockerfile))
    more = []
    # A busy machine may delay one build, not all three.
    while len(more) < 3 and min(more, default=NOTHING_WAITED_S) >= NOTHING_WAITED_S:
        plain, result = apart.builder.plain(*words), apart.ours(*words)
        assert (plain.rc, result.rc) == (0, 0), f"{plain!r}\n{result!r}"
        assert "warn" not in result.err, repr(result)
        more.append(result.seconds - plain.seconds)
    assert set(apart.attempts()) == {("", "done")}
    assert len(apart.attempts()) == len(more)
    assert min(more) < NOTHING_WAITED_S, more


def test_mirror_that_only_the_kit_reaches_is_not_used(apart, hidden, base, context):
    """The builder gets the image from its own registry, although a mirror has answered the kit."""
    upstream = Upstream("registry", base.site, registry_site.CLASSES)
    with serve(upstream, cell=apart.cell, address="127.0.0.7", port=5000) as mirror:
        result = apart.ours(context(hidden.host), SEAWALL_REGISTRY_MIRRORS=f"{hidden.host}={mirror.host}")
    assert asked(hidden, "blob") > 0, hidden.journal.table()
    assert (result.rc, apart.sources()) == (0, ["default"]), repr(result)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("503x*", "http-5xx"),
        ("403x*", "auth"),
        ("htmlx*", "html-instead-of-json"),
        (f"header(name=Docker-Content-Digest;is=sha256:{'1' * 64})x*", "truncated"),
    ],
    ids=["outage", "forbidden", "page", "incomplete"],
)
def test_mirror_that_only_the_builder_reaches_serves(apart, registry, context, fault, said):
    """The registry is unavailable for the builder: the next attempt takes the mirror, at once and unasked."""
    own, mirror = registry(manifest=fault), registry()
    folder = context(own.host)
    assert apart.builder.plain(folder).rc == 1
    result = apart.ours(folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, f"{result!r}\n{mirror.journal.table()}"
    assert result.rc == 0, repr(result)
    assert apart.attempts() == [(said, "at-once"), ("", "done")]
    assert not apart.builder.events("wait")


@pytest.mark.parametrize("late", some(["manifest", "blob"], "blob"))
def test_late_registry_gets_its_time_after_a_mirror_that_lacks_the_image(apart, registry, context, late):
    """The plain build passes. The registry is left after SEAWALL_STALL for the mirror, which is of no use."""
    schedule = {late: "ok -> delay(s=12)x*" if late == "blob" else "delay(s=12)x*"}
    plain = apart.builder.plain(context(registry(new_site(), **schedule).host))
    own, mirror = registry(new_site(), **schedule), registry(Registry())
    settings = {"SEAWALL_REGISTRY_MIRRORS": f"{own.host}={mirror.host}", "SEAWALL_STALL": "3", "SEAWALL_SILENCE": "60"}
    result = apart.ours(context(own.host), **settings)
    assert asked(mirror) > 0, mirror.journal.table()
    assert (plain.rc, result.rc) == (0, 0), repr(result)


def test_registry_that_only_the_kit_reaches_is_left(apart, base, registry, context):
    """The builder cannot reach the registry that answers the kit: the next attempt takes the mirror."""
    upstream = Upstream("registry", base.site, registry_site.CLASSES)
    mirror = registry()
    with serve(upstream, cell=apart.cell, address="127.0.0.7", port=5000) as own:
        folder = context(own.host)
        assert apart.builder.plain(folder).rc == 1
        result = apart.ours(folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert (result.rc, len(apart.attempts())) == (0, 2), repr(result)


def test_redirect_that_the_builder_cannot_follow_is_withdrawn_at_once(apart, base, registry, context):
    """A build has failed as the kit expected, so the next one goes to the mirror; where that fails, to the registry."""
    site = Mortal(blobs=base.site.blobs, tags=base.site.tags)
    own = registry(site)
    folder = context(own.host)
    site.dead = True
    first = apart.ours("--attempts", "1", "--", folder)
    assert first.rc == 75, repr(first)
    site.dead = False
    upstream = Upstream("registry", base.site, registry_site.CLASSES)
    with serve(upstream, cell=apart.cell, address="127.0.0.7", port=5000) as mirror:
        result = apart.ours(folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(own, "blob") > 0, own.journal.table()
    assert (result.rc, apart.attempts()[1:]) == (0, [("connection-refused", "at-once"), ("", "done")]), repr(result)
    assert not apart.builder.events("wait")


def test_outage_of_the_builder_is_an_outage(apart, registry, context):
    """If neither reaches the registry, the builder's own words decide: code 75, after it was asked."""
    own = registry(manifest="503x*")
    result = apart.ours("--attempts", "2", "--", context(own.host))
    assert asked(own) > 0, own.journal.table()
    assert result.rc == 75, repr(result)


def test_missing_image_keeps_its_code(apart, registry, context):
    """The builder says that the tag does not exist: code 69 in one attempt, although the kit has seen nothing."""
    own = registry(Registry())
    result = apart.ours(context(own.host))
    assert (result.rc, len(apart.attempts())) == (69, 1), repr(result)


@pytest.mark.parametrize("right", [True, False], ids=["right digest", "wrong digest"])
def test_image_lock_holds(apart, base, registry, context, tmp_path, right):
    """The builder enforces the lock file for a registry that the kit cannot check."""
    own, digest = registry(), base.digest if right else "sha256:" + "1" * 64
    (tmp_path / "lock").write_text(f"{own.host}/team/hello:1 {digest}\n")
    result = apart.ours("--attempts", "1", "--", context(own.host), SEAWALL_IMAGE_LOCK=str(tmp_path / "lock"))
    assert {entry.path.rpartition("/")[2] for entry in own.journal if entry.path_class == "manifest"} == {digest}
    assert (result.rc == 0) is right, repr(result)


def test_https_only_holds_before_anything_is_asked(builder, registry, context):
    """A registry without TLS gets no request at all, neither from the kit nor from the builder: code 77."""
    own = registry()
    result = builder.ours("--https-only", "--", context(own.host))
    assert not list(own.journal), own.journal.table()
    assert result.rc == 77, repr(result)


def test_mirror_without_tls_is_not_asked_under_https_only(builder, registry, context):
    """The own registry is excepted; its mirror, which is not, gets no request."""
    own, mirror = registry(manifest="503x*"), registry()
    settings = {"SEAWALL_HTTPS_ONLY": "on", "SEAWALL_HTTPS_EXCEPT": own.host}
    mirrors = f"{own.host}={mirror.host}"
    result = builder.ours("--attempts", "1", "--", context(own.host), SEAWALL_REGISTRY_MIRRORS=mirrors, **settings)
    assert not list(mirror.journal), mirror.journal.table()
    assert result.rc == 75, repr(result)


def test_cache_that_only_the_builder_reaches_is_used(apart, hidden, registry, context):
    """A registry cache is kept in the build, and not waited for, although the kit cannot check it."""
    folder, cache = context(hidden.host), f"type=registry,ref={hidden.host}/team/cache:1"
    made = apart.builder.plain("--cache-to", f"{cache},mode=max", folder)
    if made.rc != 0:
        pytest.skip("the builder of this engine exports no cache")
    result = apart.ours("--cache-from", cache, folder)
    assert (result.rc, [event["verdict"] for event in apart.builder.events("cache")]) == (0, ["default"]), repr(result)
