"""Pushes that fail, stall or are lost: what is sent again is the push, and no more of it than is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.sites.push_site import Target, context_of_layers
from harness.sites.site import Request
from harness.wire.loopback import refusing
from harness.wire.server import Running

DOCKERFILE = "FROM scratch\nCOPY mark /\n"
LAYERS = 20
LAYER_BYTES = 100_000
SENT_AGAIN_AT_MOST = 0.2
"""Of all bytes, where the push is cut at 90 %."""


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """A context of many layers that no engine has seen."""
    return context_of_layers(tmp_path / "layers", LAYERS, LAYER_BYTES)


def tag(lab: Running) -> str:
    """What is pushed there."""
    return f"{lab.host}/team/app:1"


def puts(lab: Running) -> int:
    """How often a manifest was sent under the tag."""
    return len([entry for entry in lab.journal if entry.method == "PUT" and entry.path.endswith("/manifests/1")])


def attempts(builder) -> list[object]:
    """How they ended."""
    return [event["class"] for event in builder.events("attempt")]


def test_push_that_is_cut_late_sends_what_is_missing(builder, registry: Callable[..., Running], layers):
    site = Target(cut_at=round(LAYERS * 0.9))
    lab = registry(site)
    result = builder.ours("--push", "--provenance=false", "--tag", tag(lab), layers)
    assert (result.rc, attempts(builder)) == (0, ["push", ""]), repr(result)
    again = sum(site.received.values()) - LAYERS * LAYER_BYTES
    assert again <= SENT_AGAIN_AT_MOST * LAYERS * LAYER_BYTES * 1.1, site.received
    assert site.get_manifest(Request("GET", "/v2/team/app/manifests/1"), "team/app", "1").status == 200


def test_no_step_runs_again_for_a_push(builder, registry, tmp_path):
    lab = registry(Target(cut_at=1))
    folder = tmp_path / "context"
    root_with_busybox(folder / "root")
    last = f"{BUSYBOX} cat /proc/sys/kernel/random/uuid >/id"
    (folder / "Dockerfile").write_text(f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "sh", "-c", "{last}"]\n')
    result = builder.ours("--no-cache", "--push", "--tag", tag(lab), folder)
    assert (result.rc, attempts(builder)) == (0, ["push", ""]), repr(result)
    assert "no step runs again" in result.err
    second = result.err.partition("no step runs again")[2]
    assert second.count("CACHED") == 2, repr(result)


def test_manifest_that_is_taken_and_lost_is_noticed(builder, registry, context):
    lab = registry(Target(forgets=1))
    assert builder.plain("--push", "--tag", tag(registry(Target(forgets=1))), context("", DOCKERFILE)).rc == 0
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE))
    assert (result.rc, attempts(builder), puts(lab)) == (0, ["push", ""], 2), repr(result)
    assert f"the registry accepted {tag(lab)} and does not serve it" in result.err


def test_registry_that_loses_everything_is_an_outage(builder, registry, context):
    lab = registry(Target(forgets=100))
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE))
    assert (result.rc, set(attempts(builder))) == (75, {"push"}), repr(result)


def test_one_dead_target_does_not_keep_the_others_from_theirs(builder, registry, context):
    lab = registry(Target())
    with refusing() as url:
        dead = f"{url.removeprefix('http://')}/team/app:1"
        words = ("--push", "--tag", dead, "--tag", tag(lab), context("", DOCKERFILE))
        assert (builder.plain(*words).rc, puts(lab)) == (1, 0)
        result = builder.ours(*words)
    assert (result.rc, puts(lab) > 0) == (75, True), repr(result)
    assert f"failed to push {dead}" in result.err


def test_push_that_stalls_is_ended(builder, registry, context):
    lab = registry(Target(), upload="stall x1")
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE), SEAWALL_SILENCE="4")
    assert (result.rc, attempts(builder)) == (0, ["timeout", ""]), repr(result)


@pytest.mark.parametrize("status", ["401", "403"])
def test_login_that_is_refused_is_final(builder, registry, context, status):
    lab = registry(Target(), upload=f"{status}x*")
    result = builder.ours("--push", "--tag", tag(lab), context("", DOCKERFILE))
    assert (result.rc, attempts(builder)) == (77, ["auth"]), repr(result)
