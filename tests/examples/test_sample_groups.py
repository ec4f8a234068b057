"""The compose file and the bake file over the samples, as docker itself reads and builds them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.builds.sample_builds import SampleBuilds, arguments, images_in
from harness.builds.sample_images import IMAGES
from harness.builds.sample_sites import Sites
from harness.machine.cleanup import at_end
from harness.machine.run import run

SAMPLES = Path(__file__).resolve().parents[2] / "examples/dockerfiles"
FILE = "docker-bake.hcl"
TARGETS = {"api", "web", "shop", "tool-curl-tar", "tool-curl-sh", "tool-bash-pipefail"}
OTHERS = ("greeting", "motd")
SERVICES = {"api", "web", "shop"}


def resolved(words: list[str], env: dict[str, str]) -> dict:
    """What a command prints as JSON, run in the folder of the samples."""
    result = run(words, env=env, cwd=SAMPLES)
    assert result.rc == 0, repr(result)
    found: dict = json.loads(result.out)
    return found


def dockerfiles(contexts: list[str]) -> dict[str, str]:
    """The text of the Dockerfile of each context, which must be a sample."""
    return {context: (SAMPLES / context / "Dockerfile").read_text() for context in contexts}


@pytest.fixture(scope="module")
def bake(engine) -> dict[str, dict]:
    """All targets of the bake file, as buildx resolves them."""
    found: dict[str, dict] = resolved(["docker", "buildx", "bake", "--print", "default", *OTHERS], engine.env)["target"]
    return found


@pytest.fixture(scope="module")
def services(engine) -> dict[str, dict]:
    """All services of the compose file, as compose resolves them."""
    found: dict[str, dict] = resolved(["docker", "compose", "config", "--format", "json"], engine.env)["services"]
    return found


def test_bake_resolves_all_targets(bake):
    """`docker buildx bake --print` lists the targets of the group, of the matrix, and those with contexts."""
    assert set(bake) == TARGETS | set(OTHERS)
    assert bake["motd"]["contexts"] == {"greeting": "target:greeting"}
    assert "FROM greeting\n" in bake["motd"]["dockerfile-inline"]
    assert dockerfiles([target["context"] for name, target in bake.items() if name != "motd"])


def test_compose_resolves_all_services(services):
    """`docker compose config` lists the services, each with the folder of a sample."""
    assert set(services) == SERVICES
    assert dockerfiles([service["build"]["context"] for service in services.values()])


@pytest.fixture
def contexts(builds: SampleBuilds, healthy: Sites) -> Callable[[str], dict[str, str]]:
    """The images of a sample's Dockerfile, by name, as OCI layouts."""

    def call(sample: str) -> dict[str, str]:
        found = images_in((SAMPLES / sample / "Dockerfile").read_text()) & IMAGES.keys()
        return {image: f"oci-layout://{builds.image(image, healthy)}" for image in sorted(found)}

    return call


@pytest.mark.long
def test_bake_builds_all_targets(bake, builds, contexts, healthy, supported, engine, tmp_path):
    """One bake builds all targets; a second file names the bases and the upstreams of the tests."""
    supported("npm", "pypi", "go-proxy")
    builds.fill_registry(healthy)
    given = arguments("arg-bases", healthy)
    env = engine.env | {name: given[name] for name in ("DOWNLOADS", "REGISTRY")}
    inner = {name: contexts(target["context"]) if name != "motd" else {} for name, target in bake.items()}
    more = {name: {"contexts": inner[name], "output": ["type=cacheonly"]} for name in bake}
    (file := tmp_path / "tests.json").write_text(json.dumps({"target": more}))
    words = ["docker", "buildx", "bake", "--progress", "plain", "--allow", "fs.read=*"]
    result = run([*words, "-f", FILE, "-f", file, "default", *OTHERS], env=env, cwd=SAMPLES, timeout=280)
    assert result.rc == 0, repr(result)


@pytest.mark.long
def test_compose_builds_all_services(services, contexts, supported, engine, tmp_path):
    """One `docker compose build` builds all services; a second file names the bases of the tests."""
    supported("npm", "pypi", "go-proxy")
    images = {name: f"seawall-samples-{os.getpid()}/{name}" for name in services}
    more = {
        name: {
            "build": {"additional_contexts": contexts(Path(service["build"]["context"]).name)},
            "image": images[name],
        }
        for name, service in services.items()
    }
    (file := tmp_path / "tests.json").write_text(json.dumps({"services": more}))
    words = [
        "docker",
        "compose",
        "--project-name",
        "seawall-samples",
        "--file",
        "compose.yaml",
        "--file",
        file,
        "build",
    ]
    with at_end(["docker", "image", "rm", "--force", *images.values()], engine.env):
        result = run(words, env=engine.env, cwd=SAMPLES, timeout=280)
        assert result.rc == 0, repr(result)
        assert engine.docker("image", "inspect", *images.values()).rc == 0
