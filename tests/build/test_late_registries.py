"""Registries that are late and that no mirror can replace: a build that passes without the kit passes with it."""

from __future__ import annotations

import pytest
from harness.builds.builder import asked, classes, new_site
from harness.pytest.pairs import some
from harness.sites.registry_site import Registry

LATE = {
    "tag": {"manifest": "delay(s=4)x*"},
    "configuration": {"blob": "delay(s=4)x1 -> ok"},
    "tag, very": {"manifest": "delay(s=12)x*"},
}
LATE_LAYER = "ok -> ok -> delay(s=12)x*"
USELESS = {"lacks it": {}, "503": {"manifest": "503x*"}, "silent": {"manifest": "stall x*"}}


@pytest.mark.parametrize("part", some(LATE, "tag"))
def test_late_answer_of_the_only_registry_is_waited_for(builder, registry, context, part):
    """The kit gives a question three seconds; the build waits as the plain one does."""
    plain = builder.plain(context(registry(new_site(), **LATE[part]).host))
    own = registry(new_site(), **LATE[part])
    ours = builder.ours(context(own.host))
    assert (plain.rc, ours.rc, classes(builder)) == (0, 0, [""]), repr(ours)
    assert f"no other source serves it, waiting up to 60 s for {own.host}" in ours.err


@pytest.mark.parametrize("mirror", some(USELESS, "lacks it"))
def test_late_layer_is_waited_for_where_no_mirror_has_the_image(builder, registry, context, mirror):
    """The layer is abandoned after SEAWALL_STALL for a mirror, which turns out to be of no use: it gets more time."""
    plain = builder.plain(context(registry(new_site(), blob=LATE_LAYER).host))
    own, other = registry(new_site(), blob=LATE_LAYER), registry(Registry(), **USELESS[mirror])
    ours = builder.ours(
        context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={other.host}", SEAWALL_STALL="3", SEAWALL_SILENCE="60"
    )
    assert asked(other) > 0, other.journal.table()
    assert (plain.rc, ours.rc, classes(builder)) == (0, 0, ["timeout", ""]), repr(ours)


def test_registry_that_stays_silent_is_waited_for_once(builder, registry, context):
    """The second attempt ends by the question of the kit, not after another wait."""
    own = registry(manifest="stall x*")
    ours = builder.ours("--attempts", "2", "--", context(own.host), SEAWALL_SILENCE="4")
    assert ours.err.count("waiting up to 4 s for") == 1, repr(ours)
    assert f"no source has {own.host}/team/hello:1: timeout" in ours.err
    assert (ours.rc, classes(builder)) == (75, ["timeout", "timeout"])


@pytest.mark.parametrize("mirror", some(USELESS, "lacks it"))
def test_registry_that_fails_before_a_useless_mirror_is_the_cause(builder, registry, context, mirror):
    """A mirror that lacks the image does not make an outage of its registry a missing image."""
    own, other = registry(new_site(), blob="ok -> ok -> 503x*"), registry(Registry(), **USELESS[mirror])
    mirrors = f"{own.host}={other.host}"
    ours = builder.ours("--attempts", "2", "--", context(own.host), SEAWALL_REGISTRY_MIRRORS=mirrors)
    assert asked(other) > 0, other.journal.table()
    assert (ours.rc, classes(builder)) == (75, ["http-5xx", "http-5xx"]), repr(ours)
    assert f"no source has {own.host}/team/hello:1: http-5xx, {own.host} failed during a build" in ours.err
