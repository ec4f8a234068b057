"""harness/sites/registry_site.py: the rules of the distribution protocol, called without a client."""

from __future__ import annotations

import json

import pytest
from harness.sites.artifacts import Image, sha256
from harness.sites.registry_site import TOKEN, Registry
from harness.sites.site import Request

IMAGE = Image(b"layer")
BLOB, CONFIG, MANIFEST = IMAGE.layer, IMAGE.config, IMAGE.manifest
UNKNOWN_BLOB = MANIFEST.replace(sha256(BLOB).encode(), b"sha256:0")


def ask(registry: Registry, method: str, path: str, body: bytes = b"", **headers: str):
    path, _, query = path.partition("?")
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return registry(Request(method, path, given, body, query, base="http://lab"))


@pytest.fixture
def registry():
    """A registry with one image, whose blobs were pushed in the three possible ways."""
    found = Registry()
    place = dict(ask(found, "POST", "/v2/team/app/blobs/uploads/").headers)["Location"]
    assert dict(ask(found, "PATCH", place, BLOB[:2]).headers)["Range"] == "0-1"
    assert ask(found, "PATCH", place, BLOB[2:], content_range="2-9").status == 202
    assert ask(found, "PUT", f"{place}?digest={sha256(BLOB)}").status == 201
    assert ask(found, "POST", f"/v2/team/app/blobs/uploads/?digest={sha256(CONFIG)}", CONFIG).status == 201
    assert ask(found, "POST", f"/v2/other/blobs/uploads/?mount={sha256(BLOB)}&from=team/app").status == 201
    assert ask(found, "PUT", "/v2/team/app/manifests/1", MANIFEST).status == 201
    return found


@pytest.mark.parametrize("which", ["1", sha256(MANIFEST)])
def test_manifest_is_there_by_tag_and_digest(registry, which):
    reply = ask(registry, "GET", f"/v2/team/app/manifests/{which}")
    assert (reply.status, reply.body) == (200, MANIFEST)
    assert dict(reply.headers)["Docker-Content-Digest"] == sha256(MANIFEST)
    assert dict(reply.headers)["Content-Type"] == "application/vnd.oci.image.manifest.v1+json"


def test_blob_comes_in_parts(registry):
    reply = ask(registry, "GET", f"/v2/team/app/blobs/{sha256(BLOB)}", range="bytes=1-2")
    assert (reply.status, reply.body) == (206, BLOB[1:3])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v2/team/app/manifests/2", b"", 404, "MANIFEST_UNKNOWN"),
        ("GET", "/v2/absent/manifests/1", b"", 404, "MANIFEST_UNKNOWN"),
        ("GET", "/v2/team/app/blobs/sha256:0", b"", 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/absent/tags/list", b"", 404, "NAME_UNKNOWN"),
        ("PUT", "/v2/team/app/manifests/sha256:0", MANIFEST, 400, "DIGEST_INVALID"),
        ("PUT", "/v2/a/manifests/1", UNKNOWN_BLOB, 400, "MANIFEST_BLOB_UNKNOWN"),
        ("PUT", "/v2/team/app/blobs/uploads/99", b"", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("POST", "/v2/team/app/blobs/uploads/?digest=sha256:0", b"x", 400, "DIGEST_INVALID"),
        ("DELETE", "/v2/team/app/manifests/1", b"", 405, "UNSUPPORTED"),
    ],
)  # fmt: skip
def test_wrong_requests_have_their_code(registry, method, path, body, status, code):
    reply = ask(registry, method, path, body)
    assert (reply.status, json.loads(reply.body)["errors"][0]["code"]) == (status, code)


def test_part_that_does_not_fit_is_told_where_to_go_on(registry):
    place = dict(ask(registry, "POST", "/v2/a/blobs/uploads/").headers)["Location"]
    ask(registry, "PATCH", place, b"abc")
    reply = ask(registry, "PATCH", place, b"x", content_range="7-7")
    assert (reply.status, dict(reply.headers)["Range"]) == (416, "0-2")


def test_tags_and_referrers_are_listed(registry):
    signed = json.loads(MANIFEST) | {"subject": {"digest": sha256(MANIFEST)}, "artifactType": "x/signature"}
    assert ask(registry, "PUT", "/v2/team/app/manifests/sig", json.dumps(signed).encode()).status == 201
    assert json.loads(ask(registry, "GET", "/v2/team/app/tags/list").body)["tags"] == ["1", "sig"]
    rows = json.loads(ask(registry, "GET", f"/v2/team/app/referrers/{sha256(MANIFEST)}").body)["manifests"]
    assert [row["artifactType"] for row in rows] == ["x/signature"]


def test_token_is_asked_for_with_its_scope_and_opens(registry):
    registry.wants_token = True
    reply = ask(registry, "GET", "/v2/team/app/manifests/1")
    challenge = 'Bearer realm="http://lab/token",service="lab",scope="repository:team/app:pull,push"'
    assert (reply.status, dict(reply.headers)["WWW-Authenticate"]) == (401, challenge)
    token = json.loads(ask(registry, "GET", "/token?scope=x").body)["token"]
    assert token == TOKEN
    assert ask(registry, "GET", "/v2/team/app/manifests/1", authorization=f"Bearer {token}").status == 200
