"""Sources of base images: their registry, a mirror, the user's alternative, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness.machine.run import Result, run
from harness.sites import registry_site
from harness.sites.registry_site import Registry, digest_of
from harness.sites.site import Upstream
from harness.wire.server import Running, serve

BASES = {
    "library/golang:1.26-trixie": "go-builder",
    "distroless/static-debian13:nonroot": "static",
    "library/python:3.13-slim-trixie": "python-runtime",
}


@pytest.fixture(scope="module")
def layouts(engine, kit) -> dict[str, Path]:
    """Real bases, as OCI layouts, by name."""
    made = run([kit / "build-base-image.sh", *BASES.values()], env=engine.env, timeout=900)
    assert made.rc == 0, repr(made)
    return {name: Path(folder) for name, _, folder in (line.split("\t") for line in made.out.splitlines())}


@pytest.fixture
def registry(layouts):
    """A registry with those bases under the names that the Dockerfile gives them."""
    site = Registry()
    site.add_layouts({image: layouts[name] for image, name in BASES.items()})
    with serve(Upstream("registry", site, registry_site.CLASSES)) as found:
        yield found


@pytest.fixture
def job(engine, kit, tmp_path):
    """Runs the main job for one Go service with these settings; returns the result and its report."""

    def call(**settings: str) -> tuple[Result, dict]:
        words = ["--service", "conductor-loop", "--report", tmp_path / "report"]
        result = run([kit / "test-docker-build.sh", *words], env=engine.env | settings, timeout=600)
        written = tmp_path / "report" / "report.json"
        return result, json.loads(written.read_text()) if written.exists() else {}

    return call


def base_events(tmp_path: Path) -> set[tuple[str, str]]:
    """The source that replaces each base, with its verdict. The builds look at the replacements themselves, too."""
    lines = (tmp_path / "report" / "events.jsonl").read_text().splitlines()
    found = [event for event in map(json.loads, lines) if event["event"] == "base"]
    return {(event["source"], event["verdict"]) for event in found if event["source"].startswith("docker-image://")}


def asked_for(registry: Running) -> set[str]:
    """The repositories whose manifests were requested."""
    paths = [entry.path for entry in registry.journal if entry.path_class == "manifest"]
    return {path.split("/manifests/")[0].removeprefix("/v2/") for path in paths}


def mirror_everything(registry: Running) -> dict[str, str]:
    return {"SEAWALL_REGISTRY_MIRRORS": f"docker.io={registry.host} gcr.io={registry.host}"}


def test_mirror_serves_the_same_image_and_nothing_is_degraded(job, registry, layouts, tmp_path):
    """With a mirror of every base, the main job ends well, names three mirrors and reports nothing degraded."""
    result, report = job(**mirror_everything(registry))
    assert asked_for(registry) == {image.rpartition(":")[0] for image in BASES}
    assert base_events(tmp_path) == {
        (f"docker-image://{registry.host}/{image}@{digest_of(layouts[name])}", "unverified tag")
        for image, name in BASES.items()
    }
    assert result.rc == 0, repr(result)
    assert report["degraded"] == []
    assert "3 images, 3 from mirrors" in result.out


def test_alternative_of_the_user_is_used_and_labelled(engine, job, registry, tmp_path):
    """With SEAWALL_BASE_FALLBACKS, the main job builds on the alternatives and reports them as degraded."""
    alternatives = {
        "golang:1.26-trixie": "library/golang:1.26-trixie",
        "gcr.io/distroless/static-debian13:nonroot": "distroless/static-debian13:nonroot",
        "python:3.13-slim-trixie": "library/python:3.13-slim-trixie",
    }
    named = " ".join(f"{image}={registry.host}/{other}" for image, other in alternatives.items())
    result, report = job(SEAWALL_REGISTRY_MIRRORS="none", SEAWALL_BASE_FALLBACKS=named)
    assert asked_for(registry) == {image.rpartition(":")[0] for image in BASES}
    assert result.rc == 0, repr(result)
    assert sorted(report["degraded"]) == sorted(alternatives)
    assert {verdict for _, verdict in base_events(tmp_path)} == {"alternative"}
    assert "degraded: alternatives for 3 of 3 images" in result.out


def test_main_job_without_any_base_is_an_outage(engine, job):
    """With no registry, mirror or alternative, the main job ends with code 75 at its phase for bases."""
    before = engine.inventory()
    result, report = job(SEAWALL_REGISTRY_MIRRORS="none", SEAWALL_BASE_FALLBACKS="")
    assert result.rc == 75, repr(result)
    assert "no registry serves it and SEAWALL_BASE_FALLBACKS names no alternative" in result.err
    assert [step["name"] for step in report["steps"] if step["result"] == "FAILED"] == ["bases"]
    assert engine.left_since(before) == []


@pytest.mark.long
def test_same_package_list_gives_the_same_digest(engine, kit, tmp_path):
    """A base that is made twice from the same packages has the same digest."""
    made = [
        run(
            [kit / "build-base-image.sh", "python-runtime"],
            env=engine.env | {"SEAWALL_STATE": str(tmp_path / name)},
            timeout=300,
        )
        for name in ("one", "other")
    ]
    assert [result.rc for result in made] == [0, 0], repr(made)
    (_, one, first), (_, other, second) = (result.out.rstrip("\n").split("\t") for result in made)
    assert (Path(first) / "packages").read_text() == (Path(second) / "packages").read_text()
    assert one == other
