"""The programs of an engine that a drill's machines need, and whether they can do what a drill needs."""

from __future__ import annotations

import re
from pathlib import Path

from harness.drills.machine.machine import DrillError
from harness.machine.run import run

PROGRAMS = {
    "dockerd": ("usr/sbin/dockerd", "usr/bin/dockerd"),
    "containerd": ("usr/bin/containerd", "usr/sbin/containerd"),
    "runc": ("usr/sbin/runc", "usr/bin/runc"),
    "iptables": ("usr/lib/*-linux-gnu/xtables",),
    "buildx": (
        "usr/libexec/docker/cli-plugins/docker-buildx", "usr/lib/docker/cli-plugins/docker-buildx",
        "usr/local/lib*/docker/cli-plugins/docker-buildx",
    ),
}  # fmt: skip
"""By the name of a program, patterns of its places below the folder of an engine."""
LEAST = 26
"""The first version of Docker whose builder rewrites timestamps (BuildKit 0.13)."""


def check_programs(tree: Path) -> None:
    """Raises DrillError (71) for an engine without a program or feature; `tree` is its folder, / for the machine's."""
    places = {name: next((found for one in some for found in tree.glob(one)), None) for name, some in PROGRAMS.items()}
    missing = [name for name, place in places.items() if place is None]
    if missing:
        raise DrillError(
            71, f"wanted an engine on this machine ({', '.join(PROGRAMS)}), found no {missing[0]} below {tree}"
        )  # fmt: skip
    libraries = ":".join(str(path) for path in (*tree.glob("usr/lib/*-linux-gnu"), *tree.glob("lib/*-linux-gnu")))
    said = run(
        [places["dockerd"] or "dockerd", "--version"], env={"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": libraries}
    ).out
    found = re.search(r"version (\d+)\.", said)
    if not found or int(found[1]) < LEAST:
        raise DrillError(71, f"wanted Docker {LEAST} or newer, whose builder rewrites timestamps, saw {said.strip()!r}")
