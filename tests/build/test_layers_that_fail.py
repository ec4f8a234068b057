"""Layers that fail after a good manifest: whom the kit asks next, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from harness.builds.builder import asked, new_site
from harness.catalogue.schedule import parse
from harness.sites import registry_site
from harness.sites.registry_site import Registry
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

LAYER_BYTES = 100_000
FAULTS = {
    "no body": "fin@0x*", "a page": "htmlx*", "too short": "length(by=-7)x*", "broken chunks": "bad-chunksx*",
    "broken compression": "encodingx*", "redirect to a dead host": "redirect(to=dead)x*", "redirect loop": "redirectx*",
    "redirect to an unknown host": "redirect(to=http)x*", "status 520": "520x*", "status 400": "400x*",
    "missing": "404x*", "forbidden": "403x*", "login": "401x*", "reset": "rst@1000x*",
}  # fmt: skip


@contextmanager
def layers(site: Registry, schedule: str) -> Iterator[Running]:
    """Serves a registry whose layers follow a schedule."""
    classes = [("layer", digest) for digest, body in site.blobs.items() if len(body) > LAYER_BYTES]
    rule = Rule(parse(schedule), path_class="layer", method="GET")
    with serve(Upstream("registry", site, (*classes, *registry_site.CLASSES), (rule,))) as running:
        yield running


def attempts(builder) -> list[tuple[object, object, object]]:
    """Class, verdict and source of each attempt."""
    return [(event["class"], event["verdict"]) for event in builder.events("attempt")]


@pytest.mark.parametrize("fault", FAULTS)
def test_layer_that_fails_comes_from_the_mirror_at_once(builder, context, fault):
    """The plain build fails; with the kit the mirror serves the layer in the second attempt, without a wait."""
    site = new_site()
    with layers(site, FAULTS[fault]) as own:
        plain = builder.plain(context(own.host))
        assert plain.rc == 1, repr(plain)
    site = new_site()
    with layers(site, FAULTS[fault]) as own, layers(site, "ok") as mirror:
        ours = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert asked(mirror, "layer") == 1, mirror.journal.table()
        assert {entry.status for entry in mirror.journal if entry.path_class == "layer"} == {200}, "from the first byte"
    assert [verdict for _, verdict in attempts(builder)] == ["at-once", "done"], repr(ours)
    assert ours.rc == 0, repr(ours)
    assert f"{mirror.host} served" not in ours.err
