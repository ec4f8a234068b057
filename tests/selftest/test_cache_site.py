"""harness/sites/cache_site.py and blob_site.py: the rules of the cache protocol, called without a client."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from base64 import b64encode

import pytest
from harness.sites.blob_site import Blobs
from harness.sites.cache_site import CLASSES, SERVICE, SUNSET, Cache, token
from harness.sites.site import Request, Upstream
from harness.wire.server import serve

MAIN, TOPIC = "refs/heads/main", "refs/heads/topic"
BOTH = token((TOPIC, MAIN))
BASE = "http://lab"


def call(cache: Cache, what: str, bearer: str = BOTH, **asked: object):
    body = json.dumps({"version": "v"} | asked).encode()
    headers = {"authorization": f"Bearer {bearer}"}
    return cache(Request("POST", f"{SERVICE}{what}", headers, body, base=BASE))


def say(cache: Cache, what: str, bearer: str = BOTH, **asked: object) -> dict:
    reply = call(cache, what, bearer, **asked)
    assert reply.status == 200, reply
    return json.loads(reply.body)


def blob(cache: Cache, method: str, url: str, body: bytes = b"", *, also: str = "", **headers: str):
    """Sends a request; `also` is appended to the query of the URL."""
    path, _, query = url.removeprefix(BASE).partition("?")
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return cache(Request(method, path, given, body, query + also, base=BASE))


def save(cache: Cache, key: str, body: bytes = b"bytes", bearer: str = BOTH, version: str = "v"):
    url = say(cache, "CreateCacheEntry", bearer, key=key, version=version)["signed_upload_url"]
    assert blob(cache, "PUT", url, body, x_ms_blob_type="BlockBlob").status == 201
    size = str(len(body))
    assert say(cache, "FinalizeCacheEntryUpload", bearer, key=key, version=version, size_bytes=size)["ok"]


def look(cache: Cache, key: str, *restore: str, bearer: str = BOTH, version: str = "v") -> dict:
    asked = {"key": key, "restore_keys": restore, "version": version}
    return say(cache, "GetCacheEntryDownloadURL", bearer, **asked)


def code(reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["code"]


@pytest.fixture
def cache():
    return Cache()


def test_entry_that_was_saved_is_found_with_its_bytes(cache):
    save(cache, "a", b"saved")
    found = look(cache, "a")
    assert (found["ok"], found["matched_key"]) == (True, "a")
    reply = blob(cache, "GET", found["signed_download_url"])
    assert (reply.status, reply.body) == (200, b"saved")


@pytest.mark.parametrize(
    ("key", "restore", "found"),
    [
        ("go-2", (), "go-2"),
        ("go-2", ("go-",), "go-2"),
        ("go-9", (), ""),
        ("go-9", ("go-",), "go-3"),
        ("go-9", ("py-", "go-"), "py-1"),
        ("x", ("nothing-", "go-1"), "go-1"),
        ("go-", ("go-",), "go-3"),
    ],
)
def test_key_comes_first_then_the_newest_of_each_restore_key(cache, key, restore, found):
    for name in ("go-1", "go-2", "py-1", "go-3"):
        save(cache, name)
    assert look(cache, key, *restore)["matched_key"] == found


def test_version_and_scope_keep_entries_apart(cache):
    save(cache, "a", version="w")
    assert not look(cache, "a")["ok"]
    save(cache, "a", bearer=token(("refs/pull/1/merge",)))
    assert not look(cache, "a")["ok"]


def test_scopes_are_searched_in_the_order_of_the_token(cache):
    save(cache, "a-1", b"main", bearer=token((MAIN,)))
    assert look(cache, "a-2", "a-")["matched_key"] == "a-1"
    save(cache, "a-0", b"topic", bearer=BOTH)
    assert look(cache, "a-1", "a-")["matched_key"] == "a-0"
    assert look(cache, "a-1", "a-", bearer=token((MAIN,)))["matched_key"] == "a-1"


def test_entry_that_is_not_finalized_is_not_there(cache):
    say(cache, "CreateCacheEntry", key="a")
    assert look(cache, "a") == {"ok": False, "signed_download_url": "", "matched_key": ""}


def test_entry_is_hidden_for_so_many_lookups_that_fit(cache):
    cache.lag = 2
    save(cache, "a")
    look(cache, "b")
    assert [look(cache, "a", "a")["ok"] for _ in range(4)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("what", "asked", "expect"),
    [
        ("CreateCacheEntry", {"key": "done"}, (409, "already_exists")),
        ("CreateCacheEntry", {"key": "begun"}, (409, "already_exists")),
        ("CreateCacheEntry", {"key": "x", "bearer": token(write=False)}, (403, "permission_denied")),
        ("CreateCacheEntry", {"key": ""}, (400, "invalid_argument")),
        ("CreateCacheEntry", {"key": "x", "version": ""}, (400, "invalid_argument")),
        ("FinalizeCacheEntryUpload", {"key": "done", "size_bytes": 5}, (409, "already_exists")),
        ("FinalizeCacheEntryUpload", {"key": "begun", "size_bytes": 5}, (404, "not_found")),
        ("FinalizeCacheEntryUpload", {"key": "sent", "size_bytes": 4}, (400, "invalid_argument")),
        ("FinalizeCacheEntryUpload", {"key": "sent"}, (400, "invalid_argument")),
        ("FinalizeCacheEntryUpload", {"key": "absent", "size_bytes": 5}, (404, "not_found")),
        ("GetCacheEntryDownloadURL", {"key": "done", "bearer": token(expires=-1)}, (401, "unauthenticated")),
        ("GetCacheEntryDownloadURL", {"key": "done", "bearer": "no.token"}, (401, "unauthenticated")),
        ("GetCacheEntryDownloadURL", {"key": "done", "bearer": ""}, (401, "unauthenticated")),
        ("DeleteCacheEntry", {"key": "done"}, (404, "bad_route")),
    ],
)
def test_what_is_not_taken_has_its_code(cache, what, asked, expect):
    save(cache, "done")
    say(cache, "CreateCacheEntry", key="begun")
    url = say(cache, "CreateCacheEntry", key="sent")["signed_upload_url"]
    blob(cache, "PUT", url, b"bytes", x_ms_blob_type="BlockBlob")
    assert code(call(cache, what, **asked)) == expect


def test_body_that_is_no_json_and_another_method_are_refused(cache):
    headers = {"authorization": f"Bearer {BOTH}"}
    path = f"{SERVICE}CreateCacheEntry"
    assert code(cache(Request("POST", path, headers, b"<html>"))) == (400, "malformed")
    assert code(cache(Request("GET", path, headers))) == (404, "bad_route")
    assert cache(Request("GET", "/", headers)).status == 404


def test_reserve_is_refused_with_the_text_that_was_set(cache):
    cache.refusal = "no room"
    answer = say(cache, "CreateCacheEntry", key="a")
    assert (answer["ok"], answer["signed_upload_url"], answer["message"]) == (False, "", "no room")


def test_downloads_point_where_they_were_told_to(cache):
    cache.downloads = "http://127.0.0.1:1"
    save(cache, "a")
    assert look(cache, "a")["signed_download_url"].startswith("http://127.0.0.1:1/blobs/1?")


def test_first_version_of_the_service_is_shut_down(cache):
    reply = cache(Request("GET", "/_apis/artifactcache/cache", query="keys=a&version=v"))
    assert (reply.status, json.loads(reply.body)["message"]) == (422, SUNSET)


def test_token_reads_all_scopes_and_writes_the_first(cache):
    save(cache, "a", bearer=BOTH)
    assert [entry.scope for entry in cache.entries] == [TOPIC]
    assert len(BOTH.split(".")) == 3


def urls(cache: Cache) -> tuple[str, str]:
    """The upload and download URLs of one entry."""
    upload = say(cache, "CreateCacheEntry", key="a")["signed_upload_url"]
    blob(cache, "PUT", upload, b"0123456789", x_ms_blob_type="BlockBlob")
    say(cache, "FinalizeCacheEntryUpload", key="a", size_bytes=10)
    return upload, look(cache, "a")["signed_download_url"]


@pytest.mark.parametrize(
    ("change", "expect"),
    [
        (lambda url: url.partition("?")[0], "AuthenticationFailed"),
        (lambda url: url.replace("/blobs/1", "/blobs/2"), "AuthenticationFailed"),
        (lambda url: url.replace("sp=r", "sp=cw"), "AuthenticationFailed"),
        (lambda url: url.replace("se=2", "se=3"), "AuthenticationFailed"),
        (lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"), "AuthenticationFailed"),
    ],
    ids=["no-query", "other-blob", "other-right", "other-time", "other-signature"],
)
def test_url_that_was_changed_opens_nothing(cache, change, expect):
    reply = blob(cache, "GET", change(urls(cache)[1]))
    assert (reply.status, dict(reply.headers)["x-ms-error-code"]) == (403, expect)
    assert f"<Error><Code>{expect}</Code>".encode() in reply.body


def test_url_opens_until_its_time_and_for_its_right_alone():
    clock = [1_800_000_000.0]
    blobs = Blobs(valid_s=60, now=lambda: clock[0])
    cache = Cache(blobs=blobs)
    blobs.content["1"] = b"x"
    url = blobs.sign(BASE, "1", "r")
    assert blob(cache, "PUT", url, b"y", x_ms_blob_type="BlockBlob").status == 403
    assert blob(cache, "GET", blobs.sign(BASE, "1", "cw")).status == 403
    clock[0] += 60
    assert blob(cache, "GET", url).status == 200
    clock[0] += 1
    assert blob(cache, "GET", url).status == 403


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({}, 200, b"0123456789"),
        ({"range": "bytes=3-"}, 206, b"3456789"),
        ({"x_ms_range": "bytes=3-4"}, 206, b"34"),
        ({"x_ms_range": "bytes=3-4", "range": "bytes=5-6"}, 206, b"34"),
        ({"if_match": '"other"'}, 412, None),
        ({"range": "bytes=10-"}, 416, None),
    ],
)
def test_blob_comes_whole_or_in_a_range(cache, headers, status, body):
    reply = blob(cache, "GET", urls(cache)[1], **headers)
    assert reply.status == status
    assert body is None or reply.body == body
    found = dict(reply.headers)
    assert {"x-ms-request-id", "x-ms-version", "Date", "Last-Modified"} <= set(found)
    assert status >= 400 or (found["x-ms-blob-type"] == "BlockBlob" and found["ETag"])


def test_blocks_become_a_blob_in_the_order_of_the_list(cache):
    upload, _ = urls(cache)
    for name, body in (("b", b"second"), ("a", b"first ")):
        block = b64encode(name.encode()).decode()
        assert blob(cache, "PUT", upload, body, also=f"&comp=block&blockid={block}").status == 201
    before = cache.blobs.content["1"]
    wanted = b"<BlockList><Latest>YQ==</Latest><Latest>Yg==</Latest></BlockList>"
    assert before == b"0123456789"
    reply = blob(cache, "PUT", upload, wanted, also="&comp=blocklist")
    assert (reply.status, cache.blobs.content["1"]) == (201, b"first second")
    md5 = hashlib.md5(b"first second", usedforsecurity=False).digest()
    assert dict(reply.headers)["Content-MD5"] == b64encode(md5).decode()


@pytest.mark.parametrize(
    ("method", "also", "headers", "status", "code"),
    [
        ("PUT", "", {}, 400, "MissingRequiredHeader"),
        ("PUT", "", {"x_ms_blob_type": "PageBlob"}, 400, "InvalidHeaderValue"),
        ("PUT", "&comp=block", {}, 400, "InvalidQueryParameterValue"),
        ("PUT", "&comp=blocklist", {}, 400, "InvalidBlockList"),
        ("PUT", "&comp=metadata", {}, 405, "UnsupportedHttpVerb"),
    ],
)
def test_blob_requests_that_are_wrong_have_their_code(cache, method, also, headers, status, code):
    reply = blob(cache, method, urls(cache)[0], b"<Latest>none</Latest>", also=also, **headers)
    assert (reply.status, dict(reply.headers)["x-ms-error-code"]) == (status, code)


def test_blob_that_was_never_sent_is_not_there(cache):
    assert blob(cache, "GET", cache.blobs.sign(BASE, "7", "r")).status == 404


@pytest.mark.parametrize(
    ("path", "expect"),
    [
        (f"{SERVICE}GetCacheEntryDownloadURL", "lookup"),
        (f"{SERVICE}CreateCacheEntry", "reserve"),
        (f"{SERVICE}FinalizeCacheEntryUpload", "finalize"),
        ("/blobs/1", "blob"),
        ("/_apis/artifactcache/cache", "v1"),
        ("/", "other"),
    ],
)
def test_paths_have_their_class(cache, path, expect):
    assert Upstream("cache", cache, CLASSES).class_of(path) == expect


def test_head_of_a_blob_over_the_wire_tells_its_size(cache):
    with serve(Upstream("cache", cache, CLASSES)) as lab:
        cache.blobs.content["1"] = b"12345"
        url = cache.blobs.sign(lab.url, "1", "r")
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as reply:  # noqa: S310 # loopback
            assert (reply.headers["Content-Length"], reply.headers["x-ms-blob-type"]) == ("5", "BlockBlob")
    assert [(entry.path, entry.path_class, entry.sent) for entry in lab.journal] == [("/blobs/1", "blob", 0)]
