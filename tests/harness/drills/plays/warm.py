"""Engines that have the images of a build whose registries do not fail, and what its compilers keep."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.drills.machine.interceptor import intercepted
from harness.drills.machine.machine import RUN, drill_machine
from harness.drills.machine.warm import Warm, layers_of, stop_engine
from harness.drills.plays.cell import Cell
from harness.drills.plays.compiled import give
from harness.drills.plays.play import Stage
from harness.drills.recording.kinds import first_of
from harness.drills.recording.sources import Replay
from harness.drills.recording.store import DOCKER_HUB, DOCKER_HUB_API, Store
from harness.wire.journal import Journal

MANIFEST = re.compile(r"/v2/(?P<name>.+)/manifests/(?P<which>[^/]+)")
PULL_S = 600


@dataclass
class WarmEngines:
    """Makes an engine with images for each set of failing hosts, when a cell needs it."""

    stage: Stage
    store: Store
    compiled: Mapping[str, Path]
    made: dict[frozenset[str], Warm | None] = field(default_factory=dict)
    hosts: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._turn = threading.Lock()
        self.images = images_of(self.store)

    def prepare(self, cells: Iterable[Cell]) -> list[Warm]:
        """Makes the engines of these cells."""
        found = [self.for_cell(cell) for cell in cells]
        return [engine for engine in dict.fromkeys(found) if engine]

    def for_cell(self, cell: Cell) -> Warm | None:
        """The engine of a cell, with each image of which no part comes from a host that fails; None without any."""
        failing = {first_of(host) for host in cell.hosts}
        with self._turn:
            if self._of(frozenset(self.images)) is None:
                return None
            return self._of(frozenset(image for image in self.images if not self.hosts[image] & failing))

    def without_images(self) -> Warm | None:
        """The engine that has the caches of compilers alone; None without any."""
        with self._turn:
            return self._of(frozenset())

    def _of(self, images: frozenset[str]) -> Warm | None:
        if images not in self.made:
            self.made[images] = self._make(images) if images or self.compiled else None
        return self.made[images]

    def _make(self, images: frozenset[str]) -> Warm | None:
        folder = Path(tempfile.mkdtemp(prefix="warm.", dir=self.stage.folder))
        journal = Journal()
        replay = Replay(self.store)
        with drill_machine(folder, self.stage.tree) as machine:
            with intercepted(machine.cell, replay.upstream, machine.tls, journal):
                for image in sorted(images):
                    before = len(journal)
                    # By the builder, which asks in the way that was recorded.
                    file = folder / "Dockerfile"
                    file.write_text(f"FROM {image}\n")
                    words = ("docker", "buildx", "build", "--provenance=false", "--tag", f"drill/warm:{len(journal)}")
                    pulled = machine.inner.run(*words, "--file", file, folder / "home", env=machine.env, timeout=PULL_S)
                    if pulled.rc != 0:
                        return self._none(folder)
                    self.hosts[image] = frozenset(entry.host for entry in list(journal)[before:])
                layers = layers_of(folder)
                give(machine, self.compiled)
            stop_engine(machine.inner, RUN)
        return Warm(folder, layers)

    @staticmethod
    def _none(folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)


def images_of(store: Store) -> list[str]:
    """The images that a recorded build asked for: with their tags, or with the digests of those without any."""
    tags, digests, parts = set(), set(), set()
    for answer in store:
        found = MANIFEST.fullmatch(answer.target.partition("?")[0])
        if not found or answer.status != 200:
            continue
        name = f"{DOCKER_HUB if answer.host == DOCKER_HUB_API else answer.host}/{found['name']}"
        if found["which"].startswith("sha256:"):
            digests.add((name, found["which"]))
        else:
            tags.add((name, found["which"], answer.headers.get("docker-content-digest", "")))
        if answer.method == "GET":
            parts |= {row["digest"] for row in _json(store.body_of(answer)).get("manifests", [])}
    tagged = {(name, digest) for name, _, digest in tags}
    pinned = {one for one in digests - tagged if one[1] not in parts}
    return sorted([f"{name}:{tag}" for name, tag, _ in tags] + [f"{name}@{digest}" for name, digest in pinned])


def _json(body: bytes) -> dict[str, list[dict[str, str]]]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
