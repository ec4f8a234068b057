"""Caches of compilers in a build: filled beforehand, because they hold no downloads, and compiling is no outage.

Only cache mounts whose folder is named as a compiler names it; their content is copied out of a healthy build.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from harness.drills.machine.machine import DrillMachine
from harness.machine.programs import BUSYBOX, root_with_busybox

FOLDERS = frozenset({"go-build", "ccache", "sccache"})
MOUNT = re.compile(r"--mount=(\S*type=cache\S*)")
TAKE = f"""FROM scratch AS programs
COPY . /
WORKDIR /taken
RUN --mount=type=cache,id=%s,target=/cache ["{BUSYBOX}", "cp", "-a", "/cache/.", "/taken/"]
FROM scratch
COPY --from=programs /taken /
"""
GIVE = f"""FROM scratch
COPY . /
RUN --mount=type=cache,id=%s,target=/cache --mount=type=bind,from=taken,target=/taken \\
    ["{BUSYBOX}", "cp", "-a", "/taken/.", "/cache/"]
"""
BUILD = ("docker", "buildx", "build", "--progress=plain", "--provenance=false")
LIMIT_S = 300


def caches_of(dockerfile: Path) -> list[str]:
    """The ids of the cache mounts of compilers in a Dockerfile."""
    found = []
    for mount in MOUNT.findall(dockerfile.read_text(errors="replace")):
        fields: dict[str, str] = dict(part.partition("=")[::2] for part in mount.split(","))
        target = fields.get("target") or fields.get("dst") or fields.get("destination") or ""
        name = fields.get("id", target)
        if PurePosixPath(target).name in FOLDERS and "$" not in name:
            found.append(name.rstrip("/"))
    return list(dict.fromkeys(found))


def take(machine: DrillMachine, names: list[str], folder: Path) -> dict[str, Path]:
    """Copies the content of cache mounts of a machine to the folder, by id."""
    found = {}
    for number, name in enumerate(names):
        place = folder / f"compiled.{number}"
        if _build(machine, TAKE % name, "--output", f"type=local,dest={place}"):
            found[name] = place
    return found


def give(machine: DrillMachine, caches: Mapping[str, Path]) -> None:
    """Fills cache mounts of a machine."""
    for name, folder in caches.items():
        _build(machine, GIVE % name, "--output", "type=cacheonly", "--build-context", f"taken={folder}")


def _build(machine: DrillMachine, dockerfile: str, *words: str) -> bool:
    context = machine.inner.folder / "programs"
    if not context.is_dir():
        root_with_busybox(context)
    file = machine.inner.folder / "Dockerfile"
    file.write_text(dockerfile)
    built = machine.inner.run(*BUILD, *words, "--file", file, context, env=machine.env, timeout=LIMIT_S)
    return built.rc == 0
