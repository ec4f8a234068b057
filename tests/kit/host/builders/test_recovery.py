"""scripts/lib/host/builders/recovery.sh: a stuck builder is restarted if it is ours, else named. Docker is a fake."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.load import allowed
from harness.machine.run import Result

ROOMS = "base attempt verdict ladder host/machine host/registry host/builders"
PRELUDE = f"""
. "$SEAWALL_LIB/load.sh"; load {ROOMS}
LOG_NAME=t SEAWALL_RUN=r
state_use "$STATE_FOLDER" ""
recovery_try "$(($(clock_uptime) + $LEFT))" "$HURT" && echo "fine, $RECOVERY_DONE"
"""
DOCKER = """#!/bin/sh
printf '%s\\n' "$*" >>"$FAKE/asked"
case $* in
    'buildx build'*) [ -f "$FAKE/well" ] || exec sleep 30 ;;
    'buildx inspect'*) printf 'Name: b\\nDriver: %s\\n\\nNodes:\\nName: b0\\nEndpoint: x\\nName: b1\\n' "$DRIVER" ;;
    restart*) : >"$FAKE/well" ;;
esac
"""


@pytest.fixture
def recover(sh: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Tries it with a builder of this driver, which is well or not."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "bin").mkdir()
    (docker := tmp_path / "bin" / "docker").write_text(DOCKER)
    docker.chmod(0o755)

    def call(driver: str, *, well: bool = False, hurt: str = "no", left: int = 60) -> Result:
        if well:
            (tmp_path / "well").touch()
        env = {
            "SCRATCH": str(tmp_path / "scratch"), "STATE_FOLDER": str(tmp_path / "state"), "FAKE": str(tmp_path),
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "SEAWALL_EVENTS": "/dev/null", "DOCKER_HOST": "",
            "BUILDX_BUILDER": "b", "DRIVER": driver, "LEFT": str(left), "HURT": hurt,
        }  # fmt: skip
        return sh(PRELUDE.replace("recovery_try", "RECOVERY_SECONDS=1; recovery_try"), env=env)

    return call


def asked(folder: Path) -> list[str]:
    """The commands that docker got, without their options."""
    return [" ".join(line.split()[:2]) for line in (folder / "asked").read_text().splitlines()]


def test_one_that_builds_is_left_alone(recover, tmp_path):
    assert recover("docker-container", well=True).out == "fine, no\n"
    assert asked(tmp_path) == ["buildx build"]


def test_container_of_a_builder_is_restarted(recover, tmp_path):
    result = recover("docker-container")
    assert result.out == "fine, yes\n", repr(result)
    assert asked(tmp_path) == ["buildx build", "buildx inspect", "restart --time", "buildx build"]
    assert "buildx_buildkit_b0 buildx_buildkit_b1" in (tmp_path / "asked").read_text()
    assert "restarting builder b: it does not respond; its cache is kept" in result.err


def test_one_that_lacks_what_a_build_of_nothing_does_not_need_is_restarted(recover, tmp_path):
    assert recover("docker-container", well=True, hurt="yes").out == "fine, yes\n"
    assert asked(tmp_path) == ["buildx inspect", "restart --time", "buildx build"]


@pytest.mark.parametrize(
    ("driver", "advice"), [("docker", "restart the Docker daemon"), ("remote", "restart its buildkitd")]
)
def test_any_other_is_named_and_left_alone(recover, tmp_path, driver, advice):
    result = recover(driver)
    assert result.out == "", repr(result)
    assert f"builder b is not managed by Seawall, so it was not restarted: {advice}" in result.err
    assert asked(tmp_path) == ["buildx build", "buildx inspect"]


def test_deadline_is_kept(recover):
    begun = time.monotonic()
    recover("remote", left=1)
    assert time.monotonic() - begun < allowed(6)
