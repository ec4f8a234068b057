"""The same on a builder that is no engine: buildkitd behind buildx's remote driver."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from harness.builds import keep_good
from harness.run import run

BUILDKIT = "github.com/moby/buildkit/cmd/buildkitd@v0.25.2"
UP_WITHIN_S = 30
FAULTS = {"503": "503x*", "429": "429x*", "403": "403x*", "html": "htmlx*", "reset": "rstx*", "silent": "stall x*"}
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def buildkitd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The daemon: that of this machine, else compiled, which takes two minutes."""
    if found := shutil.which("buildkitd"):
        return Path(found)
    folder = tmp_path_factory.mktemp("buildkitd")
    (folder / "go.mod").write_text("module example.org/builder\n\ngo 1.24.0\n")
    package = BUILDKIT.partition("@")[0]
    for words in (["go", "get", BUILDKIT], ["go", "build", "-o", "buildkitd", package]):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder / "buildkitd"


@pytest.fixture(scope="module")
def remote(engine, buildkitd: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which buildx's current builder is a daemon of ours."""
    folder = tmp_path_factory.mktemp("remote")
    socket = f"unix://{folder / 'buildkitd.sock'}"
    (folder / "buildkitd.toml").write_text("[worker.containerd]\n  enabled = false\n")
    words = [buildkitd, "--config", folder / "buildkitd.toml", "--addr", socket, "--root", folder / "root"]
    with (folder / "log").open("w") as log:
        daemon = subprocess.Popen(words, env=engine.env, stdout=log, stderr=log)
    env = engine.env | {"BUILDX_CONFIG": str(folder / "buildx"), "BUILDX_BUILDER": "ours"}
    try:
        create = ["docker", "buildx", "create", "--name", "ours", "--driver", "remote", "--bootstrap", socket]
        made = run(create, env=env, timeout=UP_WITHIN_S)
        assert made.rc == 0, (folder / "log").read_text()
        yield env
    finally:
        daemon.terminate()
        daemon.wait(UP_WITHIN_S)


@pytest.fixture
def there(builder, remote):
    """Builds on that builder."""
    return replace(builder, env=remote)


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
