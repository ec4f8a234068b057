"""A registry that stalls in the middle of a layer: one build, and several builds at the same time."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.builds.builder import asked, classes
from harness.machine.load import allowed

LEFT_WITHIN_S = 15
PATIENCE_S = 12
LAYER_BYTES = 300_000
STALLS = "ok -> stall@100000x*"


@pytest.mark.parametrize(
    "words",
    [[], *(pytest.param(words, marks=pytest.mark.long) for words in (["--quiet"], ["--progress", "rawjson"]))],
    ids=["plain", "quiet", "rawjson"],
)
def test_stalled_layer_is_fetched_from_the_mirror(builder, registry, context, words):
    """A layer that stalls hangs a plain build; the kit fetches it from the mirror within seconds."""
    own, mirror = registry(blob=STALLS), registry()
    folder = context(own.host)
    if not words:
        with pytest.raises(AssertionError, match="wanted an end"):
            builder.plain(folder, timeout=PATIENCE_S)
    result = builder.ours(*words, folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(own, "blob") <= 4, own.journal.table()
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert (result.rc, classes(builder)) == (0, ["timeout", ""]), repr(result)
    assert result.seconds <= allowed(LEFT_WITHIN_S)


def test_concurrent_builds_leave_a_stalled_layer_together(builder, registry, context):
    """A second build that joins the stalled download of a first one does not wait for a timeout of its own."""
    own, mirror = registry(blob=STALLS), registry()
    folder = context(own.host)
    mirrors = {"SEAWALL_REGISTRY_MIRRORS": f"{own.host}={mirror.host}"}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(builder.ours, folder, **mirrors)
        own.journal.wait_for("a fetch of a blob", lambda entry: entry.path_class == "blob")
        second = pool.submit(builder.ours, folder, **mirrors)
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert (first.result().rc, second.result().rc) == (0, 0), f"{first.result()!r}\n{second.result()!r}"
    assert max(first.result().seconds, second.result().seconds) <= allowed(LEFT_WITHIN_S)


def test_stalled_download_of_another_client_is_named(builder, registry, context):
    """If a plain build on the same engine holds the stalled download, the message says so; code 75."""
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


def test_slow_layer_is_not_interrupted(builder, registry, context):
    """A slow layer that makes progress is one attempt, and the mirror serves no layer."""
    own, mirror = registry(blob="ok -> rate(bps=20000)x*"), registry()
    result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    # On a slow machine the preflight may request manifest and configuration from the mirror.
    assert max((entry.sent for entry in mirror.journal), default=0) < LAYER_BYTES, mirror.journal.table()
    assert (result.rc, classes(builder)) == (0, [""]), repr(result)
