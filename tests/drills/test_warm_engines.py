"""Engines that have images and caches of compilers before a cell begins: what they ask for, and what they share."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.drills.machine.machine import drill_machine
from harness.drills.plays.cell import Cell
from harness.drills.plays.compiled import caches_of, give, take
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.play import Project, Stage
from harness.drills.plays.settings import Settings
from harness.drills.plays.warm import WarmEngines, images_of
from harness.drills.recording.sources import Replay
from harness.drills.recording.store import Store
from harness.sites.site import Request

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = 'FROM team/base:1\nRUN --mount=type=cache,target=/root/.cache/go-build ["busybox", {}, "MARK"]\n'
TOUCH, LOOK = (CACHE.format(words).replace("MARK", "/root/.cache/go-build/mark") for words in ('"touch"', '"ls"'))


@pytest.fixture
def store(base, tmp_path) -> Store:
    """A recording that has a base image."""
    found = Store.create(tmp_path / "recording", {"made": 1})
    found.add_image("team/base:1", base)
    return found


def stage(tree, dockerfile, folder):
    """A stage for a project with this Dockerfile."""
    (folder / "project").mkdir()
    (folder / "project/Dockerfile").write_text(dockerfile)
    (folder / "stage").mkdir()
    return Stage(tree, REPOSITORY / "scripts", folder / "stage", Project(folder / "project/Dockerfile", str(folder)))


def test_image_of_a_healthy_registry_is_there_and_that_of_a_failing_one_is_not(tree, store, tmp_path):
    """Another host fails: the build asks which image the tag names, and for no layer; two such builds do not meet."""
    found = stage(tree, 'FROM team/base:1\nRUN ["busybox", "touch", "/made"]\n', tmp_path)
    engines = WarmEngines(found, store, {})
    assert engines.for_cell(Cell.of("registry-1.docker.io", "503")) is None
    engine = engines.for_cell(Cell.of("files.test", "503"))
    assert engine
    cold = found.play(CONTESTANTS["plain"], Replay(store).upstream, Settings())
    warm = [found.play(CONTESTANTS["plain"], Replay(store).upstream, Settings(), warm=engine) for _ in range(2)]
    layers = [[entry.path for entry in one.journal if entry.path_class == "blob" and entry.sent > 4096]
              for one in (cold, *warm)]  # fmt: skip
    assert [bool(paths) for paths in layers] == [True, False, False], layers
    assert [one.code for one in warm] == [0, 0]
    assert {one.image.digest for one in (cold, *warm) if one.image} == {cold.image.digest}


def test_images_of_a_recording_are_those_of_its_tags_and_pins(store):
    """The platforms of an index are no images of their own."""
    index = b'{"manifests": [{"digest": "sha256:%s"}]}' % (b"1" * 64)
    for which, body in (("2", index), ("sha256:" + "1" * 64, b"{}"), ("sha256:" + "2" * 64, b"{}")):
        target = f"/v2/app/manifests/{which}"
        digest = which if which.startswith("sha256:") else "sha256:" + "3" * 64
        store.add("company.test", Request("GET", target, target=target), 200, {"docker-content-digest": digest}, body)
    assert images_of(store) == ["company.test/app:2", f"company.test/app@sha256:{'2' * 64}", "docker.io/team/base:1"]


def test_caches_of_compilers_are_known_by_the_names_of_their_folders(tmp_path):
    """A cache of downloads is none: with it filled, nothing would be asked."""
    file = tmp_path / "Dockerfile"
    file.write_text(
        "RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build go build\n"
        "RUN --mount=target=/root/.cache/pip,type=cache pip install x\n"
        "RUN --mount=type=cache,id=mine,sharing=locked,dst=/ccache/ make\n"
        "RUN --mount=type=cache,target=$HOME/.cache/go-build go test\n"
    )
    assert caches_of(file) == ["/root/.cache/go-build", "mine"]


def test_cache_of_a_compiler_goes_from_one_machine_to_another(tree, store, tmp_path):
    """What a healthy build has compiled is there in the next machine, in the mount of the Dockerfile."""
    first = stage(tree, TOUCH, tmp_path)
    taken = {}
    played = first.play(
        CONTESTANTS["plain"], Replay(store).upstream, Settings(),
        after=lambda machine: taken.update(take(machine, ["/root/.cache/go-build"], tmp_path)),
    )  # fmt: skip
    assert played.code == 0, played.output
    assert [path.name for path in taken["/root/.cache/go-build"].iterdir()] == ["mark"]
    engine = WarmEngines(first, store, taken).without_images()
    assert engine
    (tmp_path / "project/Dockerfile").write_text(LOOK)
    assert first.play(CONTESTANTS["plain"], Replay(store).upstream, Settings()).code == 1
    warm = first.play(CONTESTANTS["plain"], Replay(store).upstream, Settings(), warm=engine)
    assert warm.code == 0, warm.output
    with drill_machine(tmp_path / "empty", tree) as machine:
        give(machine, {})
