"""Fixtures of image builds: a base that needs no registry, and the kit as a folder to mount."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.builds.bases import base_layout
from harness.machine.run import run

BASE = "python:3.13-trixie"


@pytest.fixture(scope="session")
def base(engine, kit) -> str:
    """The value of --build-context that replaces BASE by an image made from the distribution's packages."""
    made = run([kit / "build-base-image.sh", "python-builder"], env=engine.env, timeout=900)
    assert made.rc == 0, repr(made)
    return f"{BASE}=oci-layout://{base_layout(made.out)}"


@pytest.fixture(scope="session")
def kit_image(engine, repo, tmp_path_factory) -> Path:
    """A folder with the files of the Docker stage `kit` of the Dockerfile."""
    folder = tmp_path_factory.mktemp("kit")
    words = ["docker", "buildx", "build", "--target", "kit", "--output", f"type=local,dest={folder}", repo]
    result = run(words, env=engine.env, timeout=300)
    assert result.rc == 0, repr(result)
    return folder
