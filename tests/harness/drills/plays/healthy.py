"""The healthy build of a project: recorded once, and replayed as the control of every cell."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import requests

from harness.drills.machine.image import Healthy, Image
from harness.drills.machine.machine import DrillError, DrillMachine, NoRoomError
from harness.drills.machine.warm import Warm
from harness.drills.plays.compiled import caches_of, take
from harness.drills.plays.contestants import CONTESTANTS, Contestant
from harness.drills.plays.pace import all_of
from harness.drills.plays.play import Played, Project, Stage
from harness.drills.plays.settings import Settings, settings_of, settings_of_kit
from harness.drills.plays.warm import WarmEngines
from harness.drills.recording.kinds import Kind
from harness.drills.recording.sources import Recorder, Replay
from harness.drills.recording.store import Store, StoreError
from harness.sites.recording import trusting_session
from harness.sites.registry_site import digest_of

After = Callable[[DrillMachine], None]
BUILD_FAILED, OUTAGE = 1, 75
LATER = "run it again later, or see --image in --help"
RECORD_LIMIT_S = 3600
SAME_BUILD = {"retry3": "plain"}
"""Contestants whose healthy build is that of another one: their first try is."""
TOGETHER = 3
"""Control builds at once: what room they need is not known yet."""


def folder_of(recordings: Path, project: Project) -> Path:
    """The folder of a project's recording: its name has the Dockerfile's folder and a sum of path and arguments."""
    words = [str(project.dockerfile.resolve()), str(Path(project.context).resolve()), *project.words]
    name = "".join(letter if letter.isalnum() else "-" for letter in project.dockerfile.resolve().parent.name)
    return recordings / f"{name}-{hashlib.sha256(repr(words).encode()).hexdigest()[:12]}"


def recorded(folder: Path, project: Project, images: Mapping[str, Path]) -> Store | None:
    """The recording in a folder, if it is of the Dockerfile as it is now, and of these images if some are given."""
    try:
        store = Store.open(folder)
    except StoreError:
        return None
    now = {"dockerfile": _sum(project)} | ({"images": _digests(images)} if images else {})
    return store if all(store.about.get(name) == value for name, value in now.items()) else None


def name_of(store: Store) -> str:
    """The name of a recording; another one of the same project has another name."""
    return f"{store.folder.name}@{store.about['made']}"


def _digests(images: Mapping[str, Path]) -> dict[str, str]:
    return {name: digest_of(layout) for name, layout in images.items()}


def _sum(project: Project) -> str:
    return hashlib.sha256(project.dockerfile.read_bytes()).hexdigest()


def record(stage: Stage, folder: Path, images: Mapping[str, Path], session: requests.Session | None = None) -> Store:
    """Records a healthy build in a folder, which appears when it is complete. `images` are OCI layouts that stand in
    for what a registry has under a name; `session` reaches the hosts, where they are not those of the network.

    Raises DrillError: 1 if the build fails by itself, 75 if a source failed.
    """
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        _record(stage, Store.create(new, {}), images, session or trusting_session())
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return Store.open(folder)


def _record(stage: Stage, store: Store, images: Mapping[str, Path], session: requests.Session) -> None:
    for image, layout in images.items():
        store.add_image(image, layout)
    recorder, project = Recorder(store, session), stage.project
    compiled, keep = _keeper(stage)
    record = partial(stage.play, make=recorder.upstream, recording=True, limit_s=RECORD_LIMIT_S)
    played = record(CONTESTANTS["plain"], settings=Settings(), after=keep)
    if played.code != 0 and recorder.full:
        raise NoRoomError(store.folder)
    if played.code != 0 and recorder.outages:
        raise DrillError(OUTAGE, f"wanted to record a healthy build, but {recorder.outages[0]}: {LATER}")
    if played.code != 0:
        words = "\n  ".join(played.last_words[-10:])
        raise DrillError(BUILD_FAILED, f"wanted a Dockerfile that builds, docker buildx build ended with:\n  {words}")
    # The kit's own questions: it asks for some of the same things in other ways.
    settings = settings_of_kit(store, {}, stage.folder / "recorder") | {"SEAWALL_WEAVE": "always"}
    engine = WarmEngines(stage, store, compiled).without_images()
    record(CONTESTANTS["kit"], settings=Settings(settings), warm=engine)
    about = {"dockerfile": _sum(project), "path": str(project.dockerfile), "images": _digests(images)}
    store.describe(about | {"made": time.time_ns(), "seconds": round(played.seconds, 1)})


@dataclass(frozen=True)
class Controls:
    """Healthy replays: what each contestant does without a fault, the image that is right, and caches of compilers."""

    played: Mapping[str, Played]
    healthy: Healthy
    kinds: Mapping[str, Kind]
    compiled: Mapping[str, Path] = field(default_factory=dict)
    contestants: Mapping[str, Contestant] = field(default_factory=lambda: CONTESTANTS)

    @property
    def asked(self) -> dict[str, set[str]]:
        """The path classes that the healthy plain build requests, by host, in its order."""
        found: dict[str, set[str]] = {}
        for entry in self.played["plain"].journal:
            found.setdefault(entry.host, set()).add(entry.path_class)
        return found


def control(stage: Stage, store: Store, names: list[str]) -> Controls:
    """Replays the recording without a fault for each contestant; raises DrillError if one of them is not healthy."""
    wanted = list(dict.fromkeys(["plain", *names]))
    compiled, keep = _keeper(stage)
    built: dict[str, Played] = {}
    if caches_of(stage.project.dockerfile):
        built["plain"] = _healthy(stage, store, "plain", keep)
    engine = WarmEngines(stage, store, compiled).without_images()
    others = [name for name in _builds_of(wanted) if name not in built]
    tasks = {name: partial(_healthy, stage, store, name, warm=engine) for name in others}
    built |= all_of(tasks, TOGETHER, stage.stop)
    played = {name: built[SAME_BUILD.get(name, name)] for name in wanted}
    images = [found.image for found in played.values() if found.image]
    if any(image.digest != images[0].digest for image in images):
        again = _healthy(stage, store, "plain").image
        assert again, "checked by _healthy"
        images = [images[0], again]
    healthy = Healthy.learn(images)
    for name, found in played.items():
        assert found.image, "checked by _healthy"
        _check(name, healthy, found.image)
    return Controls(played, healthy, Replay(store).kinds, compiled, stage.contestants)


def _builds_of(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in SAME_BUILD]


def controls_with(
    stage: Stage, store: Store, cold: Controls, engines: Sequence[Warm], most: int
) -> dict[Warm | None, Controls]:
    """The controls with each of these engines, by the engine; those of None are the cold ones."""
    names = _builds_of(cold.played)
    tasks = {
        (engine, name): partial(_with_engine, stage, store, cold, engine, name) for engine in engines for name in names
    }
    built = all_of(tasks, most, stage.stop)
    found: dict[Warm | None, Controls] = {None: cold}
    for engine in engines:
        played = {name: built[engine, SAME_BUILD.get(name, name)] for name in cold.played}
        found[engine] = replace(cold, played=played)
    return found


def _with_engine(stage: Stage, store: Store, cold: Controls, engine: Warm, name: str) -> Played:
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        here = replace(stage, folder=Path(folder))
        played = _healthy(here, store, name, warm=engine)
        assert played.image, "checked by _healthy"
        _check(name, cold.healthy, played.image)
        return played


def _check(name: str, healthy: Healthy, image: Image) -> None:
    if wrong := healthy.differences(image):
        raise DrillError(70, f"{name} makes another image in a healthy replay: {', '.join(wrong[:3])}")


def _keeper(stage: Stage) -> tuple[dict[str, Path], After]:
    """Caches of compilers by their ids, and what fills them with those of a healthy build's machine."""
    compiled: dict[str, Path] = {}
    caches = caches_of(stage.project.dockerfile)
    return compiled, lambda machine: compiled.update(take(machine, caches, stage.folder))


def _healthy(stage: Stage, store: Store, name: str, after: After = lambda _: None, warm: Warm | None = None) -> Played:
    replay = Replay(store)
    settings = settings_of(name, store, replay.kinds, stage.folder / f"control-{name}")
    played = stage.play(stage.contestants[name], replay.upstream, settings, warm=warm, after=after)
    if played.code != 0 or not isinstance(played.image, Image):
        words = "\n  ".join([*(f"not recorded: {url}" for url in replay.missing[:5]), *played.last_words[-10:]])
        raise DrillError(
            BUILD_FAILED, f"wanted a replay of the healthy build, {name} ended with {played.code}: --record records"
            f" anew\n  {words}",
        )  # fmt: skip
    return played
