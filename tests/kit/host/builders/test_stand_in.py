"""scripts/lib/host/builders/stand-in.sh: arguments of a stand-in builder, by the answer of buildx (a fake docker)."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result

Words = list[str]
CONTAINERD = "[[driver-type io.containerd.snapshotter.v1]]"
MACHINE = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}.get(platform.machine(), f"linux/{platform.machine()}")
INSPECTED = """Name:          second
Driver:        {driver}

Nodes:
Name:             second0
Status:           running
Platforms:        {platforms}
"""
PRELUDE = """
. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/builders
LOG_NAME=t
state_use "$STATE_FOLDER" ""
mkdir -p "$STATE_FOLDER/builders"
[ -z "$FIRST_BUILDS_FOR" ] || printf '%s\\n' "$FIRST_BUILDS_FOR" >"$STATE_FOLDER/builders/first.platform"
arguments_read "$@"
stand_in_find second "$SCRATCH/inspected" first || { echo no && exit 0; }
arguments_leave_out "${STAND_IN_UNSUPPORTED:- }" "$@"
eval "set -- $ARGUMENTS_LEFT"
printf '%s\\n' "$@" $STAND_IN_PLATFORM
"""
LIMITED = ("--attest", "type=sbom", "--provenance=max", "--sbom", "true", "--cache-to", "type=local,dest=x")
FLAGS = (*LIMITED, "--tag", "a", ".")


@pytest.fixture
def stand_in(sh: Callable[..., Result], tmp_path: Path) -> Callable[..., Words]:
    """The words of a build whose builder the second one stands in for."""
    (bin_ := tmp_path / "bin").mkdir()
    (scratch := tmp_path / "scratch").mkdir()

    def call(
        *words: str, driver: str = "docker", store: str = "overlay2", platforms: str = "", first: str = ""
    ) -> list[str]:
        (bin_ / "docker").write_text(f"#!/bin/sh\necho '{store}'\n")
        (bin_ / "docker").chmod(0o755)
        (scratch / "inspected").write_text(INSPECTED.format(driver=driver, platforms=platforms or MACHINE))
        env = {
            "SCRATCH": str(scratch), "STATE_FOLDER": str(tmp_path / "state"), "FIRST_BUILDS_FOR": first,
            "PATH": f"{bin_}:{os.environ['PATH']}",
        }  # fmt: skip
        result = sh(PRELUDE, *words, env=env)
        assert result.rc == 0, repr(result)
        return result.out.splitlines()

    return call


def test_docker_with_the_old_store_does_without_attestations_and_cache_exports(stand_in):
    assert stand_in(*FLAGS) == ["--tag", "a", "."]


@pytest.mark.parametrize(
    "than",
    [{"driver": "docker-container"}, {"driver": "remote"}, {"store": CONTAINERD}],
)
def test_any_other_can_do_all(stand_in, than):
    assert stand_in(*FLAGS, **than) == list(FLAGS)


@pytest.mark.parametrize(
    ("words", "than", "wanted"),
    [
        (["."], {"platforms": "linux/arm64, linux/amd64*", "first": "linux/amd64"}, [".", "--platform=linux/amd64"]),
        (["."], {"platforms": "linux/arm64", "first": "linux/amd64"}, ["no"]),
        (["."], {"platforms": "linux/riscv64"}, ["no"]),
        (["--platform", "linux/arm64", "."], {"platforms": "linux/arm64", "first": "linux/amd64"}, None),
        (["--platform", "linux/arm64,linux/amd64", "."], {"platforms": "linux/arm64, linux/amd64"}, ["no"]),
    ],
)
def test_never_for_another_platform(stand_in, words, than, wanted):
    assert stand_in(*words, **than) == (words if wanted is None else wanted)
