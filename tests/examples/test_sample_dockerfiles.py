"""The sample Dockerfiles build here while all is well, with the kit as without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness.builds.sample_builds import HERE, images_in, read_table
from harness.builds.sample_images import IMAGES

SAMPLES = Path(__file__).resolve().parents[2] / "examples/dockerfiles"
TABLE = read_table((SAMPLES / "README.md").read_text())
FAST = ("add-url", "go-service", "python-requirements")
"""Samples of the default run; their bases are those of the main job."""


ENOUGH = 25
"""Samples that are built here, at least."""


def test_table_names_each_sample_with_its_images():
    """The README has one row for each folder, and names the images that its Dockerfile needs."""
    folders = {path.parent.name for path in SAMPLES.glob("*/Dockerfile")}
    assert sorted(sample.name for sample in TABLE) == sorted(folders)
    for sample in TABLE:
        text = (SAMPLES / sample.name / "Dockerfile").read_text()
        named = images_in(text) & IMAGES.keys() if sample.here == HERE else set(sample.bases)
        named |= {"python:3.13-slim"} if "ARG REGISTRY" in text else set()
        assert set(sample.bases) == named, sample.name
    assert len([sample for sample in TABLE if sample.here == HERE]) >= ENOUGH


def test_samples_know_nothing_of_the_kit():
    """No file of a sample names the kit: whoever reads it reads a Dockerfile as people have them."""
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and path.name != "README.md"]
    assert [str(path) for path in files if re.search(r"seawall", path.read_text(), re.IGNORECASE)] == []


def parameters() -> list[object]:
    """One parameter a sample: skipped with the reason of the README where it cannot be built here."""
    return [
        pytest.param(
            sample,
            id=sample.name,
            marks=pytest.mark.skip(reason=f"not built here, {sample.here}")
            if sample.here != HERE
            else ()
            if sample.name in FAST
            else pytest.mark.long,
        )
        for sample in TABLE
    ]


@pytest.mark.parametrize("sample", parameters())
def test_healthy_build_is_the_plain_build(builds, healthy, supported, sample):
    """Through the kit, a healthy build of an unedited Dockerfile is the plain one: same digests, every step cached."""
    supported(*sample.upstreams)
    call = builds.call(sample.name, healthy)
    plain = builds.plain(call)
    assert plain.result.rc == 0, repr(plain.result)
    ours = builds.by_kit(call)
    assert ours.result.rc == 0, repr(ours.result)
    assert (ours.config, ours.manifest) == (plain.config, plain.manifest)
    assert ours.classes == [""]
