"""The same on builders that are no engine: buildkitd behind buildx's remote driver, and in a container of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from harness.builds.builder import keep_good
from harness.builds.engine import Engine
from harness.machine.programs import copy_with_libraries
from harness.machine.run import run

MODULE = "github.com/moby/buildkit@v0.25.2"
UP_WITHIN_S = 30
FAULTS = {"503": "503x*", "429": "429x*", "403": "403x*", "html": "htmlx*", "reset": "rstx*", "silent": "stall x*"}
IMAGE = "seawall-test/buildkit:1"
DOCKERFILE = 'FROM scratch\nCOPY . /\nENV PATH=/usr/bin:/usr/sbin\nENTRYPOINT ["buildkitd"]\n'
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with buildkitd and buildctl, compiled, which takes three minutes."""
    folder = tmp_path_factory.mktemp("buildkit")
    (folder / "go.mod").write_text("module example.org/builder\n\ngo 1.24.0\n")
    package = MODULE.partition("@")[0]
    names = [f"{package}/cmd/buildkitd", f"{package}/cmd/buildctl"]
    env = dict(os.environ) | {"CGO_ENABLED": "0"}
    for words in (["go", "get", *(f"{name}@v0.25.2" for name in names)], ["go", "build", "-o", f"{folder}/", *names]):
        subprocess.run(words, cwd=folder, env=env, check=True, capture_output=True)
    return folder


@contextmanager
def remote(engine: Engine, programs: Path, folder: Path) -> Iterator[Sequence[str]]:
    """A daemon on this machine: what `docker buildx create` is told of it."""
    socket = f"unix://{folder / 'buildkitd.sock'}"
    (folder / "buildkitd.toml").write_text("[worker.containerd]\n  enabled = false\n")
    words = [programs / "buildkitd", "--config", folder / "buildkitd.toml", "--addr", socket, "--root", folder / "root"]
    with (folder / "log").open("w") as log:
        daemon = subprocess.Popen(words, env=engine.env, stdout=log, stderr=log)
    try:
        yield "--driver", "remote", socket
    finally:
        daemon.terminate()
        daemon.wait(UP_WITHIN_S)


@contextmanager
def in_container(engine: Engine, programs: Path, folder: Path) -> Iterator[Sequence[str]]:
    """An image of nothing but the daemon; on the host's network, where the registries of the tests are."""
    root = folder / "context"
    (root / "tmp").mkdir(parents=True)
    (root / "usr/bin").mkdir(parents=True)
    for name in ("buildkitd", "buildctl"):
        shutil.copy(programs / name, root / "usr/bin")
    runc = shutil.which("runc", path=engine.env["PATH"])
    assert runc
    copy_with_libraries(runc, root, "usr/bin/runc")
    (root / "Dockerfile").write_text(DOCKERFILE)
    engine.check_docker("buildx", "build", "--quiet", "--load", "--tag", IMAGE, str(root))
    try:
        yield "--driver", "docker-container", "--driver-opt", f"image={IMAGE},network=host"
    finally:
        engine.check_docker("image", "rm", IMAGE)


@pytest.fixture(scope="module", params=[remote, in_container], ids=["remote", "docker-container"])
def elsewhere(engine, programs, request, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which buildx's current builder is a daemon of ours."""
    folder = tmp_path_factory.mktemp("builder")
    env = engine.env | {"BUILDX_CONFIG": str(folder / "buildx"), "BUILDX_BUILDER": "ours"}
    with request.param(engine, programs, folder) as words:
        made = run(
            ["docker", "buildx", "create", "--name", "ours", "--bootstrap", *words], env=env, timeout=UP_WITHIN_S
        )
        try:
            assert made.rc == 0, repr(made)
            yield env
        finally:
            run(["docker", "buildx", "rm", "ours"], env=env, timeout=UP_WITHIN_S)


@pytest.fixture
def there(builder, elsewhere):
    """Builds on that builder."""
    return replace(builder, env=elsewhere)


def layers_of(layout: Path) -> list[str]:
    """The digests of the one image's layers."""
    digest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    manifest = json.loads((layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_text())
    return [layer["digest"] for layer in manifest["layers"]]


@pytest.mark.parametrize("fault", FAULTS)
def test_mirror_serves_when_the_registry_is_ill(there, registry, context, base, tmp_path, fault):
    own, mirror = registry(manifest=FAULTS[fault]), registry()
    words = ("--output", f"type=oci,dest={tmp_path / 'image'},tar=false", "--provenance=false")
    result = there.ours(*words, context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert result.rc == 0, repr(result)
    layers = layers_of(tmp_path / "image")
    assert there.plain(*words, context(registry().host)).rc == 0
    assert layers_of(tmp_path / "image") == layers


def test_stalling_layer_is_left(there, registry, context):
    own, mirror = registry(blob="ok -> stall@100000x*"), registry()
    result = there.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert result.rc == 0, repr(result)
    assert [event["class"] for event in there.events("attempt")] == ["timeout", ""]


def test_last_known_good_layout(there, registry, context, tmp_path):
    own, dead = registry(), registry(manifest="503x*")
    keep_good(own.host, dead.host, tmp_path / "good")
    result = there.ours(context(dead.host), SEAWALL_LAST_GOOD=str(tmp_path / "good"))
    assert result.rc == 0, repr(result)


def daemons() -> list[int]:
    """The processes of buildkitd; nobody else's runs on a machine of the tests."""
    found = [file for file in Path("/proc").glob("[0-9]*/comm") if file.read_text() == "buildkitd\n"]
    return [int(file.parent.name) for file in found]


def test_frozen_builder_is_restarted_or_named(there, registry, context):
    """Restarted where it is a container of buildx's; another machine's is not ours."""
    frozen = daemons()
    driver = run(["docker", "buildx", "inspect", "ours"], env=there.env).out.split("Driver:")[1].split()[0]
    try:
        for process in frozen:
            os.kill(process, signal.SIGSTOP)
        result = there.ours("--output", "type=cacheonly", context(registry().host), SEAWALL_SILENCE="4")
    finally:
        for process in set(frozen) & set(daemons()):
            os.kill(process, signal.SIGCONT)
    if driver == "docker-container":
        assert (result.rc, "its cache is kept" in result.err) == (0, True), repr(result)
    else:
        assert (result.rc, "is not managed by Seawall" in result.err) == (75, True), repr(result)
