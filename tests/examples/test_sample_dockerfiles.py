"""The sample Dockerfiles build here while all is well, with the kit as without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.builds.sample_builds import HERE, read_table

SAMPLES = Path(__file__).resolve().parents[2] / "examples/dockerfiles"
TABLE = read_table((SAMPLES / "README.md").read_text())
FAST = ("add-url", "go-service", "python-requirements")
"""Samples of the default run; their bases are those of the main job."""


def parameters() -> list[object]:
    """One parameter a sample: skipped with the reason of the README where it cannot be built here."""
    return [
        pytest.param(
            sample,
            id=sample.name,
            marks=pytest.mark.skip(reason=f"not built here: {sample.here}")
            if sample.here != HERE
            else ()
            if sample.name in FAST
            else pytest.mark.long,
        )
        for sample in TABLE
    ]


@pytest.mark.parametrize("sample", parameters())
def test_healthy_build_is_the_plain_build(builds, healthy, sample):
    """Through the kit, a healthy build of an unedited Dockerfile is the plain one: same digests, every step cached."""
    call = builds.call(sample.name, healthy)
    plain = builds.plain(call)
    assert plain.result.rc == 0, repr(plain.result)
    ours = builds.by_kit(call)
    assert ours.result.rc == 0, repr(ours.result)
    assert (ours.config, ours.manifest) == (plain.config, plain.manifest)
    assert ours.classes == [""]
