"""The lab's registry with a real engine: push and pull with a token, and what faults do to a plain `docker pull`."""

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
    # A layer is a class of its own: the small configuration would be cut after its end.
    layers = [("layer", digest) for digest, body in site.blobs.items() if len(body) > SIZE]
    return serve(Upstream("registry", site, (*layers, *registry_site.CLASSES), (rule,)))


@pytest.fixture
def site():
    """A registry with an image that no engine has seen: engines keep layers from one run of the tests to the next."""
    found = registry_site.Registry()
    found.add_image("team/noise", "1", Image(noise(SIZE, token_hex())))
    return found


@pytest.fixture
def pull(engine):
    """Pulls the image from a registry and removes it again; gives the result and the digest that was got."""

    def call(lab):
        name = f"{lab.host}/team/noise:1"
        result = engine.docker("pull", "--quiet", name)
        digest = engine.docker("image", "inspect", "--format", "{{index .RepoDigests 0}}", name).out.strip()
        engine.docker("image", "rm", "--force", name)
        return result, digest.partition("@")[2]

    return call


def test_push_with_a_token_and_pull_give_the_same_image(engine, pull, tmp_path):
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


def test_image_that_is_well_is_pulled_whole(site, pull):
    with up(site) as lab:
        result, got = pull(lab)
    assert (result.rc, got) == (0, site.tags["team/noise"]["1"]), repr(result)
    assert {entry.fault for entry in lab.journal} == {"ok"}


def test_one_reset_in_a_layer_kills_a_plain_pull(site, pull):
    with up(site, "rst@100000", "layer", "GET") as lab:
        result, _ = pull(lab)
    assert result.rc == 1, repr(result)
    layer = [entry for entry in lab.journal if entry.path_class == "layer"]
    assert [(entry.sent, entry.ending) for entry in layer] == [(100_000, "rst")]


def test_buildkit_resumes_a_layer_where_it_was_cut(engine, site, tmp_path):
    with up(site, "rst@100000", "layer", "GET") as lab:
        (tmp_path / "Dockerfile").write_text(f"FROM scratch\nCOPY --from={lab.host}/team/noise:1 /noise /noise\n")
        words = ["buildx", "build", "--output", f"type=local,dest={tmp_path / 'out'}", str(tmp_path)]
        result = engine.docker(*words)
    assert result.rc == 0, repr(result)
    assert (tmp_path / "out/noise").read_bytes() in site.blobs[next(d for d, b in site.blobs.items() if len(b) > SIZE)]
    layer = [entry for entry in lab.journal if entry.path_class == "layer"]
    assert (layer[0].sent, layer[0].ending) == (100_000, "rst")
    assert layer[1].headers["range"] == "bytes=100000-"


def test_one_reset_of_the_manifest_kills_a_plain_pull(site, pull):
    with up(site, "rst", "manifest") as lab:
        result, got = pull(lab)
    assert (result.rc, got) == (1, ""), repr(result)
    assert [(entry.fault, entry.ending) for entry in lab.journal if entry.path_class == "manifest"] == [("rst", "rst")]


def test_too_many_requests_are_asked_again_at_once_whatever_retry_after_says(site, pull):
    with up(site, "429(retry-after=1)x*", "manifest") as lab:
        result, _ = pull(lab)
    times = [entry.time for entry in lab.journal if entry.path_class == "manifest"]
    assert result.rc == 1, repr(result)
    assert len(times) > 1
    assert times[-1] - times[0] < 1


def test_flipped_layer_is_not_taken(site, pull):
    with up(site, "flip@5000x*", "layer") as lab:
        result, got = pull(lab)
    assert (result.rc, got) == (1, ""), repr(result)
    assert {entry.fault for entry in lab.journal if entry.path_class == "layer"} == {"flip@5000"}
