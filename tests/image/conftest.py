"""What the tests of builds need: a base where no registry answers, and the kit as a folder to mount."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.machine.run import run

BASE = "python:3.13-trixie"


@pytest.fixture(scope="session")
def base(engine, kit) -> str:
    """The value of --build-context that gives BASE a stand-in, made from the distribution's archive."""
    made = run([kit / "build-base-image.sh", "python-builder"], env=engine.env, timeout=900)
    assert made.rc == 0, repr(made)
    return f"{BASE}=oci-layout://{made.out.split()[-1]}"


@pytest.fixture(scope="session")
def kit_image(engine, repo, tmp_path_factory) -> Path:
    """The files of the stage `kit` of the Dockerfile."""
    folder = tmp_path_factory.mktemp("kit")
    words = ["docker", "buildx", "build", "--target", "kit", "--output", f"type=local,dest={folder}", repo]
    result = run(words, env=engine.env, timeout=300)
    assert result.rc == 0, repr(result)
    return folder
