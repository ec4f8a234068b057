"""The recording of a healthy build: what it keeps, what it never keeps, and how a replay answers from it."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field, replace

import pytest
import requests
from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.drills.recording.kinds import KINDS, SECOND
from harness.drills.recording.sources import Recorder, Replay
from harness.drills.recording.store import Store, StoreError, split_image
from harness.sites.artifacts import Image, noise, sha256
from harness.sites.registry_site import Registry
from harness.sites.site import Request, Rule, Site, Upstream
from harness.wire.journal import Entry
from harness.wire.proxy import proxy_up
from harness.wire.server import serve

HTML = (("Content-Type", "text/html"),)
JSON_TYPE = (("Content-Type", "application/json"),)


@dataclass
class FakeSession:
    """The real hosts, without a network: a session of requests that calls sites."""

    sites: dict[str, Site]
    asked: list[str] = field(default_factory=list)

    def request(self, method, url, *, headers, data, **_):
        """Answers from the site of the URL's host."""
        scheme, _, rest = url.partition("://")
        host, _, target = rest.partition("/")
        self.asked.append(f"{method} {url}")
        path, _, query = target.partition("?")
        if host not in self.sites:
            raise requests.ConnectionError(host)
        reply = self.sites[host](Request(method, f"/{path}", headers, data or b"", query, base=f"{scheme}://{host}"))
        return FakeAnswer(reply)


class FakeAnswer:
    """A response of requests that has been read."""

    def __init__(self, reply: Reply) -> None:
        self.status_code, self.headers, self.raw, self.body = reply.status, dict(reply.headers), self, reply.body

    def read(self, *, decode_content):
        """The body as it came."""
        assert not decode_content
        return self.body


def ask(target, method="GET", body=b"", **headers):
    """A request as the interceptor hands it on."""
    path, _, query = target.partition("?")
    return Request(method, path, headers, body, query, base="https://any.test", target=target)


@pytest.fixture
def store(tmp_path):
    """An empty recording."""
    return Store.create(tmp_path / "recording", {})


def recorder(store, **sites):
    """A recorder whose hosts are NAME.test."""
    return Recorder(store, FakeSession({f"{name}.test": site for name, site in sites.items()}))


def test_host_is_asked_once_and_the_replay_asks_nobody(store):
    """A replay has what the healthy build got, with ranges and conditional requests."""
    recording = recorder(store, files=lambda _: Reply(200, HTML, b"0123456789"))
    for _ in range(2):
        assert recording.answer("files.test", ask("/a?b=c")).body == b"0123456789"
    assert recording.session.asked == ["GET https://files.test/a?b=c"]
    replay = Replay(Store(store.folder))
    assert replay.answer("files.test", ask("/a?b=c")).body == b"0123456789"
    part = replay.answer("files.test", ask("/a?b=c", range="bytes=2-3"))
    assert (part.status, part.body) == (206, b"23")
    assert replay.answer("files.test", ask("/a?b=c", "HEAD")).status == 200
    assert replay.missing == []


def test_request_that_the_recording_lacks_is_named(store):
    """Who changed the Dockerfile since sees which request to record."""
    replay = Replay(store)
    assert replay.answer("files.test", ask("/new")).status == 404
    entry = Entry(0, "files.test", "GET", "/new", "other", 1, "ok", 404, 0, "done")
    assert replay.lacks([entry]) == ["GET https://files.test/new"]
    assert replay.lacks([replace(entry, fault="html")]) == []


def test_digest_of_a_page_in_place_of_a_manifest_is_not_lacking(store):
    """An engine asks for a page by its digest. A layer that a manifest names is lacking, whatever failed before."""
    layer, page = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
    site = Reply(200, JSON_TYPE, json.dumps({"layers": [{"digest": layer}]}).encode())
    recorder(store, hub=lambda _: site).answer("hub.test", ask("/v2/a/manifests/1"))
    replay = Replay(Store(store.folder))
    for digest in (layer, page):
        assert replay.answer("hub.test", ask(f"/v2/a/blobs/{digest}")).status == 404
    entry = Entry(0, "hub.test", "GET", "/v2/a/manifests/1", "manifest", 1, "html", 200, 0, "done")
    assert replay.lacks([entry]) == [f"GET https://hub.test/v2/a/blobs/{layer}"]
    assert len(replay.lacks([replace(entry, fault="ok")])) == 2


def test_credentials_and_tokens_are_not_kept(store):
    """A recording can be kept and copied: neither logins nor tokens of registries are in it."""
    token = "-".join(("s3cret", "word"))

    def site(request):
        assert request.headers.get("authorization") == "Basic bG9naW4="
        return Reply(200, JSON_TYPE, json.dumps({"token": token, "expires_in": 300}).encode())

    recording = recorder(store, auth=site)
    assert token in recording.answer("auth.test", ask("/token", authorization="Basic bG9naW4=")).body.decode()
    kept = b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    assert token.encode() not in kept
    assert b"bG9naW4=" not in kept
    replayed = json.loads(Replay(store).answer("auth.test", ask("/token", authorization="x")).body)
    assert list(replayed.items()) == [("token", "drill"), ("expires_in", 300)]


def test_recording_is_for_its_owner_alone(store):
    """Private packages stay private: files 0600, folders 0700."""
    recorder(store, files=lambda _: Reply(200, HTML, b"x")).answer("files.test", ask("/a"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in store.folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
    folders = [store.folder, *(path for path in store.folder.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_challenge_of_a_registry_and_its_answer_are_both_kept(store):
    """A registry that wants a token replays as one: 401 first, the manifest with a token."""
    registry = Registry(wants_token=True)
    digest = registry.add_image("team/noise", "1", Image(noise(1000)))
    recording = recorder(store, registry=registry)
    where = "/v2/team/noise/manifests/1"
    assert recording.answer("registry.test", ask(where)).status == 401
    assert recording.answer("registry.test", ask(where, authorization="Bearer a-token-of-the-lab")).status == 200
    replay = Replay(store)
    assert replay.answer("registry.test", ask(where)).status == 401
    assert replay.answer("registry.test", ask(where, authorization="Bearer drill")).status == 200
    by_digest = replay.answer("registry.test", ask(f"/v2/team/noise/manifests/{digest}", "HEAD", authorization="x"))
    assert (by_digest.status, replay.missing) == (200, [])
    mirrored = replay.answer(f"registry.test{SECOND}", ask(f"{where}?ns=docker.io", authorization="x"))
    assert (mirrored.status, replay.missing) == (200, [])


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_outage_of_a_source_is_not_recorded(store, status):
    """An outage during the recording is named, and no replay ever answers with it."""
    recording = recorder(store, files=lambda _: Reply(status))
    assert recording.answer("files.test", ask("/a")).status == 502
    assert recording.answer("gone.test", ask("/a")).status == 502
    assert recording.outages == [f"files.test answered {status}", "gone.test did not answer: ConnectionError"]
    assert list(store) == []


def test_answer_fits_the_accept_header(store):
    """A client that asks for JSON and one that asks for HTML get what each would get from the source."""

    def site(request):
        kind = "application/json" if "json" in request.headers.get("accept", "") else "text/html"
        return Reply(200, (("Content-Type", kind),), kind.encode())

    recording = recorder(store, files=site)
    for accept in ("application/json", "text/html"):
        recording.answer("files.test", ask("/simple/a/", accept=accept))
    replay = Replay(store)
    assert replay.answer("files.test", ask("/simple/a/", accept="text/html;q=0.1")).body == b"text/html"
    assert replay.answer("files.test", ask("/simple/a/", accept="application/json, */*")).body == b"application/json"
    assert replay.answer("files.test", ask("/simple/a/", accept="image/png")).status == 404


def test_second_source_has_the_same_bytes_and_leads_to_second_sources(store):
    """An index of a second source leads to files of a second source, as a mirror's does; manifests stay to the byte."""
    page = b'<a href="https://files.test/a.whl#sha256=0">a</a> <a href="https://other.example/">b</a>'
    manifest = b'{"mediaType":"application/vnd.oci.image.manifest.v1+json","about":"https://files.test/"}'
    about = (
        ("Content-Type", "application/vnd.oci.image.manifest.v1+json"),
        ("Docker-Content-Digest", sha256(manifest)),
    )
    recording = recorder(
        store, index=lambda _: Reply(200, HTML, page), files=lambda _: Reply(302, (("Location", "https://index.test/b"),)),
        registry=lambda _: Reply(200, about, manifest),
    )  # fmt: skip
    for host, target in (("index", "/simple/a/"), ("files", "/a.whl"), ("registry", "/v2/a/manifests/1")):
        recording.answer(f"{host}.test", ask(target))
    replay = Replay(store)
    assert replay.answer("index.test", ask("/simple/a/")).body == page
    second = replay.answer(f"index.test{SECOND}", ask("/simple/a/")).body
    assert second == page.replace(b"files.test", b"files.test" + SECOND.encode())
    moved = dict(replay.answer(f"files.test{SECOND}", ask("/a.whl")).headers)
    assert moved["Location"] == f"https://index.test{SECOND}/b"
    assert replay.answer(f"registry.test{SECOND}", ask("/v2/a/manifests/1")).body == manifest


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("python:3.13-slim", ("registry-1.docker.io", "library/python", "3.13-slim")),
        ("team/tool", ("registry-1.docker.io", "team/tool", "latest")),
        ("gcr.io/distroless/static:nonroot", ("gcr.io", "distroless/static", "nonroot")),
        ("debian:12@sha256:0123", ("registry-1.docker.io", "library/debian", "12")),
        ("docker.io/library/debian:12", ("registry-1.docker.io", "library/debian", "12")),
    ],
)
def test_image_stands_in_the_registry_that_docker_asks(image, parts):
    """An image given as a layout is asked for under the host, repository and tag that Docker reads from its name."""
    assert split_image(image) == parts


def test_folder_without_a_recording_is_refused(tmp_path):
    """A recording of another version is not read."""
    with pytest.raises(StoreError, match="saw none"):
        Store.open(tmp_path)
    (tmp_path / "recording.json").write_text('{"version": 0}')
    with pytest.raises(StoreError, match="saw 0"):
        Store.open(tmp_path)


def test_recorder_uses_the_proxy_of_its_host(store, monkeypatch):
    """Where the machine reaches the network by a proxy, the recording does too."""
    with proxy_up("127.0.0.1") as proxy:
        for name, value in proxy.env.items():
            monkeypatch.setenv(name, value)
        request = Request("GET", "/a", {}, base="http://nowhere.invalid", target="/a")
        Recorder(store).answer("nowhere.invalid", request)
        assert proxy.journal.wait_for("the request", lambda entry: entry.path.startswith("http://nowhere.invalid"))


@pytest.mark.parametrize(("body", "wanted"), [(b"0014command=ls-refs\n", "refs"), (b"0011command=fetch", "pack")])
def test_names_of_a_git_host_are_no_pack(body, wanted):
    """Wrong bytes of packs leave the list of names alone, though git asks for both at one path."""
    rule = Rule(parse("503x*"), path_class="pack")
    with serve(Upstream("git.test", lambda _: Reply(200), KINDS[2].classes, (rule,))) as running:
        said = requests.post(f"{running.url}/team/a.git/git-upload-pack", data=body, timeout=5)
        assert [entry.path_class for entry in running.journal] == [wanted]
    assert said.status_code == (503 if wanted == "pack" else 200)
