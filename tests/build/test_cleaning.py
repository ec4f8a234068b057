"""scripts/clean-caches.sh with an engine: it removes things of ended runs, and keeps those of others and live runs."""

from __future__ import annotations

import os
import time

import pytest
from harness.builds.builder import Builder
from harness.builds.cache_build import make_project
from harness.machine.run import run
from harness.machine.terminal import on_a_terminal

DEAD = "20260101t000000-4194304"
"""The id of a run whose process cannot exist: Linux gives numbers below this one (proc(5))."""


def settings(builder: Builder) -> dict[str, str]:
    """The environment, with a state folder of this test."""
    return builder.env | {"SEAWALL_STATE": str(builder.folder / "state"), "SEAWALL_CONF": "/dev/null"}


@pytest.fixture
def things(breakable, tmp_path):
    """A volume, a network and an image each of another user, of an ended run, and of a live run."""
    # A run starts with its process; a process that started later has a reused number.
    alive = f"{time.strftime('%Y%m%dt%H%M%S', time.gmtime())}-{os.getpid()}"
    names = {"stranger": "stranger", "dead": f"seawall-{DEAD}", "alive": f"seawall-{alive}"}
    project = make_project(tmp_path)
    for run_id, name in zip(("", DEAD, alive), names.values(), strict=True):
        label = ("--label", f"seawall.run={run_id}") if run_id else ()
        breakable.check_docker("volume", "create", *label, name)
        breakable.check_docker("network", "create", *label, name)
        breakable.check_docker("buildx", "build", "--load", "--tag", f"{name}/app", str(project.folder / "context"))
    return names


def there(engine, name: str) -> list[bool]:
    """Whether its volume, network and image exist."""
    kinds = (("volume", name), ("network", name), ("image", f"{name}/app"))
    return [engine.docker(kind, "inspect", what).rc == 0 for kind, what in kinds]


def test_only_leftovers_of_ended_runs_are_removed(breakable, builder, things, tmp_path):
    """Cleaning removes what an ended run left; things of others, of live runs and images in use stay."""
    used = f"seawall-{DEAD}/used"
    breakable.check_docker("image", "tag", "stranger/app", used)
    breakable.check_docker("create", "--name", "strangers", used, "x")
    kit = Builder(builder.kit, breakable.env, tmp_path)
    result = run([kit.kit / "clean-caches.sh", "--yes"], env=settings(kit))
    assert result.rc == 0, repr(result)
    assert {who: there(breakable, name) for who, name in things.items()} == {
        "stranger": [True] * 3, "dead": [False] * 3, "alive": [True] * 3,
    }  # fmt: skip
    assert breakable.docker("image", "inspect", used).rc == 0
    assert breakable.docker("container", "inspect", "strangers").rc == 0


def test_cache_of_all_builds_is_removed_only_after_two_answers(breakable, builder, tmp_path):
    """`--all` asks twice on a terminal before it empties the engine's cache; tagged images of others stay."""
    there = Builder(builder.kit, breakable.env, tmp_path)
    words = ("--load", "--tag", "stranger/app", make_project(tmp_path).folder / "context")
    command = [there.kit / "clean-caches.sh", "--all"]
    assert there.plain(*words).rc == 0
    code, seen = on_a_terminal(command, settings(there), 60, "y\nno\n")
    assert (code, "This includes the build cache of all builds on this engine" in seen) == (1, True), seen
    assert there.plain(*words).err.count("CACHED") >= 2
    code, seen = on_a_terminal(command, settings(there), 60, "y\nall\n")
    assert (code, "build-cache  of all builds" in seen) == (0, True), seen
    assert "CACHED" not in there.plain(*words).err
    assert breakable.docker("image", "inspect", "stranger/app").rc == 0
