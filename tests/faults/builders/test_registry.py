"""The lab's registry with a real engine: push and pull with a token, and the effect of faults on `docker pull`."""

from __future__ import annotations

from secrets import token_hex

import pytest
from harness.catalogue.schedule import parse
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve

SIZE = 300_000


def up(site: registry_site.Registry, schedule: str = "ok", path_class: str = ".*", method: str = ".*"):
    rule = Rule(parse(schedule), method=method, path_class=path_class)
    # Layers have their own class, because the configuration is shorter than the faults' offsets.
    layers = [("layer", digest) for digest, body in site.blobs.items() if len(body) > SIZE]
    return serve(Upstream("registry", site, (*layers, *registry_site.CLASSES), (rule,)))


@pytest.fixture
def site():
    """A registry with a random image, because engines keep layers from one test run to the next."""
    found = registry_site.Registry()
    found.add_image("team/noise", "1", Image(noise(SIZE, token_hex())))
    return found


@pytest.fixture
def pull(engine):
    """Pulls the image from a registry and removes it again; returns the result and the digest."""

    def call(lab):
        name = f"{lab.host}/team/noise:1"
        result = engine.docker("pull", "--quiet", name)
        digest = engine.docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", name).out.strip()
        engine.docker("image", "rm", "--force", name)
        return result, digest.partition("@")[2]

    return call


def test_push_with_a_token_and_pull_give_the_same_image(engine, pull, tmp_path):
    """An image that is pushed with a token and pulled again has the same digest."""
    (tmp_path / "noise").write_bytes(noise(SIZE))
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY noise /noise\n")
    site = registry_site.Registry(wants_token=True)
    with up(site) as lab:
        name = f"{lab.host}/team/noise:1"
        engine.check_docker("buildx", "build", "--provenance=false", "--load", "--tag", name, str(tmp_path))
        try:
            engine.check_docker("push", "--quiet", name)
        finally:
            engine.check_docker("image", "rm", "--force", name)
        result, got = pull(lab)
    assert (result.rc, got) == (0, site.tags["team/noise"]["1"]), repr(result)
    assert {"token", "upload", "manifest"} <= {entry.path_class for entry in lab.journal}
    assert all("authorization" in entry.headers for entry in lab.journal if entry.status in (201, 202))


def test_healthy_image_is_pulled_whole(site, pull):
    """A pull from the healthy registry gets the right digest."""
    with up(site) as lab:
        result, got = pull(lab)
    assert (result.rc, got) == (0, site.tags["team/noise"]["1"]), repr(result)
    assert {entry.fault for entry in lab.journal} == {"ok"}


def test_one_reset_in_a_layer_fails_a_plain_pull(site, pull):
    """One reset in a layer fails `docker pull`, without a second request for the layer."""
    with up(site, "rst@100000", "layer", "GET") as lab:
        result, _ = pull(lab)
    assert result.rc == 1, repr(result)
    layer = [entry for entry in lab.journal if entry.path_class == "layer"]
    assert [(entry.sent, entry.ending) for entry in layer] == [(100_000, "rst")]


def test_buildkit_resumes_a_layer_after_a_reset(engine, site, tmp_path):
    """After a reset, BuildKit requests the rest of the layer."""
    with up(site, "rst@100000", "layer", "GET") as lab:
        (tmp_path / "Dockerfile").write_text(f"FROM scratch\nCOPY --from={lab.host}/team/noise:1 /noise /noise\n")
        words = ["buildx", "build", "--output", f"type=local,dest={tmp_path / 'out'}", str(tmp_path)]
        result = engine.docker(*words)
    assert result.rc == 0, repr(result)
    assert (tmp_path / "out/noise").read_bytes() in site.blobs[next(d for d, b in site.blobs.items() if len(b) > SIZE)]
    layer = [entry for entry in lab.journal if entry.path_class == "layer"]
    assert (layer[0].sent, layer[0].ending) == (100_000, "rst")
    assert layer[1].headers["range"] == "bytes=100000-"


def test_one_reset_of_the_manifest_fails_a_plain_pull(site, pull):
    """One reset of the manifest fails `docker pull`."""
    with up(site, "rst", "manifest") as lab:
        result, got = pull(lab)
    assert (result.rc, got) == (1, ""), repr(result)
    assert [(entry.fault, entry.ending) for entry in lab.journal if entry.path_class == "manifest"] == [("rst", "rst")]


def test_plain_pull_ignores_retry_after(site, pull):
    """After 429 with Retry-After: 1, `docker pull` repeats its request within a second."""
    with up(site, "429(retry-after=1)x*", "manifest") as lab:
        result, _ = pull(lab)
    times = [entry.time for entry in lab.journal if entry.path_class == "manifest"]
    assert result.rc == 1, repr(result)
    assert len(times) > 1
    assert times[-1] - times[0] < 1


def test_flipped_layer_is_rejected(site, pull):
    """A layer with a flipped bit fails the pull."""
    with up(site, "flip@5000x*", "layer") as lab:
        result, got = pull(lab)
    assert (result.rc, got) == (1, ""), repr(result)
    assert {entry.fault for entry in lab.journal if entry.path_class == "layer"} == {"flip@5000"}
