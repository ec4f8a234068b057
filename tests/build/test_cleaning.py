"""scripts/clean-caches.sh with an engine: a stranger's things stay, a dead run's go, a living run's stay."""

from __future__ import annotations

import os
import time

import pytest
from harness.builds.builder import Builder
from harness.builds.cache_build import make_project
from harness.machine.run import run
from harness.machine.terminal import on_a_terminal

DEAD = "20260101t000000-4194304"
"""A run whose process there cannot be: the number is the most that Linux gives (proc(5)), and never given."""


def settings(builder: Builder) -> dict[str, str]:
    """Of a state folder of the test's own."""
    return builder.env | {"SEAWALL_STATE": str(builder.folder / "state"), "SEAWALL_CONF": "/dev/null"}


@pytest.fixture
def things(breakable, tmp_path):
    """A volume, a network and an image of a stranger, of a run that is over, and of one that lives."""
    # A run begins with its process; one that began later has got the number of another.
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
    """Whether its volume, network and image are."""
    kinds = (("volume", name), ("network", name), ("image", f"{name}/app"))
    return [engine.docker(kind, "inspect", what).rc == 0 for kind, what in kinds]


def test_only_what_a_dead_run_has_left_goes(breakable, builder, things, tmp_path):
    """A stranger's container stands on an image of another dead run: that is in use."""
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


def test_cache_of_all_goes_only_when_asked_twice(breakable, builder, tmp_path):
    """Its cache may go, for the engine is the test's own; a tagged image of a stranger stays even then."""
    there = Builder(builder.kit, breakable.env, tmp_path)
    words = ("--load", "--tag", "stranger/app", make_project(tmp_path).folder / "context")
    command = [there.kit / "clean-caches.sh", "--all"]
    assert there.plain(*words).rc == 0
    code, seen = on_a_terminal(command, settings(there), 60, "y\nno\n")
    assert (code, "Builds of others will have to begin anew" in seen) == (1, True), seen
    assert there.plain(*words).err.count("CACHED") >= 2
    code, seen = on_a_terminal(command, settings(there), 60, "y\nall\n")
    assert (code, "build-cache  of all builds" in seen) == (0, True), seen
    assert "CACHED" not in there.plain(*words).err
    assert breakable.docker("image", "inspect", "stranger/app").rc == 0
