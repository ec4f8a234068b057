"""A registry that is well until the middle of a layer: what the build does, alone and among others."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.builds.builder import asked

LEFT_WITHIN_S = 15
PATIENCE_S = 12
STALLS = "ok -> stall@100000x*"


def classes(builder) -> list[object]:
    """How the attempts ended."""
    return [event["class"] for event in builder.events("attempt")]


@pytest.mark.parametrize(
    "words",
    [[], *(pytest.param(words, marks=pytest.mark.long) for words in (["--quiet"], ["--progress", "rawjson"]))],
    ids=["plain", "quiet", "rawjson"],
)
def test_layer_that_stalls_is_fetched_from_the_mirror(builder, registry, context, words):
    own, mirror = registry(blob=STALLS), registry()
    folder = context(own.host)
    if not words:
        with pytest.raises(AssertionError, match="wanted an end"):
            builder.plain(folder, timeout=PATIENCE_S)
    result = builder.ours(*words, folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert (result.rc, classes(builder)) == (0, ["timeout", ""]), repr(result)
    assert result.seconds <= LEFT_WITHIN_S
    assert asked(own, "blob") <= 4


def test_builds_side_by_side_let_go_together(builder, registry, context):
    """The second begins late, and joins the fetch of the first; it is not kept for a time-out of its own."""
    own, mirror = registry(blob=STALLS), registry()
    folder = context(own.host)
    mirrors = {"SEAWALL_REGISTRY_MIRRORS": f"{own.host}={mirror.host}"}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(builder.ours, folder, **mirrors)
        own.journal.wait_for("a fetch of a blob", lambda entry: entry.path_class == "blob")
        second = pool.submit(builder.ours, folder, **mirrors)
    assert (first.result().rc, second.result().rc) == (0, 0), f"{first.result()!r}\n{second.result()!r}"
    assert max(first.result().seconds, second.result().seconds) <= LEFT_WITHIN_S


def test_holder_that_is_not_ours_is_named(builder, registry, context):
    own, mirror = registry(blob=STALLS), registry()
    folder = context(own.host)
    stranger = subprocess.Popen(["docker", "buildx", "build", folder], env=builder.env, stderr=subprocess.DEVNULL)
    try:
        own.journal.wait_for("a fetch of a blob", lambda entry: entry.path_class == "blob")
        result = builder.ours(
            "--attempts", "2", "--", folder,
            SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}", SEAWALL_STALL="3", SEAWALL_SILENCE="6",
        )  # fmt: skip
    finally:
        stranger.terminate()
        stranger.wait()
    assert result.rc == 75, repr(result)
    assert "another client of this builder may hold its fetch" in result.err


def test_slow_layer_is_left_alone(builder, registry, context):
    own, mirror = registry(blob="ok -> rate(bps=20000)x*"), registry()
    result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert (result.rc, classes(builder)) == (0, [""]), repr(result)
    # A machine that is slow itself lets the preflight ask the mirror for its manifest.
    assert asked(mirror, "blob") == 0
