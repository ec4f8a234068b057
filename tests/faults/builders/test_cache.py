"""The lab's Actions cache with a real engine: BuildKit's own exporter and importer, and what faults do to a build."""

from __future__ import annotations

from collections import Counter

import pytest
from harness.builds.cache_build import IGNORED, SIZE, filled, frm, make_project, seen, to, up
from harness.pytest.score import cases
from harness.sites import cache_site
from harness.sites.cache_site import Cache, token

pytestmark = pytest.mark.usefixtures("exporter")


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


# What is right.


def test_second_build_on_an_empty_engine_takes_its_layers_from_the_cache(engine, project):
    site = Cache()
    with up(site) as lab:
        first = project.build(engine, *to(lab), *frm(lab))
        assert first.rc == 0, repr(first)
        assert "CACHED" not in first.err
        assert seen(lab, "blob") == [("ok", 201)] * len(site.entries)
        assert all(entry.done for entry in site.entries)
        assert sorted(entry.key.partition("-")[0] for entry in site.entries) == ["buildkit"] * 3 + ["index"]
        assert all("authorization" in entry.headers for entry in lab.journal if entry.method == "POST")

        project.forget(engine)
        control = project.build(engine)
        assert "CACHED" not in control.err, "INVALID: the engine itself still has the steps"

        project.forget(engine)
        lab.journal.clear()
        second = project.build(engine, *frm(lab))
    assert (second.rc, project.is_whole) == (0, True), repr(second)
    assert second.err.count("CACHED") >= 2, repr(second)
    downloads = [entry for entry in lab.journal if entry.path_class == "blob"]
    assert {(entry.method, entry.status, entry.ending) for entry in downloads} == {("GET", 200, "done")}
    assert max(entry.sent for entry in downloads) > SIZE


def test_layer_of_more_than_a_block_is_sent_in_blocks_and_comes_back_whole(engine, tmp_path):
    project = make_project(tmp_path, size=5_000_000)
    site = Cache()
    with up(site) as lab:
        first = project.build(engine, *to(lab))
        parts = Counter(entry.path for entry in lab.journal if entry.path_class == "blob")
        project.forget(engine)
        second = project.build(engine, *frm(lab))
    assert (first.rc, second.rc, project.is_whole) == (0, 0, True), f"{first!r}\n{second!r}"
    assert max(parts.values()) > 2, "blocks and their list"
    assert second.err.count("CACHED") >= 2


def test_layers_that_are_there_are_not_sent_again(engine, project):
    site = filled(engine, project)
    with up(site) as lab:
        result = project.build(engine, *to(lab))
    assert result.rc == 0, repr(result)
    # Only the index is new, under its next number.
    assert seen(lab, "reserve") == [("ok", 200)]
    assert site.entries[-1].key.endswith("#2")


def test_url_that_is_refused_once_is_asked_for_anew(engine, project):
    with up(filled(engine, project), "403(body=azure)", "blob") as lab:
        result = project.build(engine, *frm(lab))
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    order = [(entry.path_class, entry.status) for entry in lab.journal]
    assert order[:4] == [("lookup", 200), ("blob", 403), ("lookup", 200), ("blob", 200)]
    assert result.err.count("CACHED") >= 2


# What only costs the cache: the build goes on and is right.

MISSES = {
    "G2 503": ("503(body=twirp)x*", 503, "unavailable"),
    "G2 500 once is not tried again": ("500(body=twirp)", 500, "unavailable"),
    "G13 a page of HTML": ("400(body=html)x*", 400, "failed to parse error response 400: <!doctype html>"),
    "200 and a page of HTML": ("htmlx*", 200, "invalid character '<'"),
    "reset": ("rstx*", 0, "connection reset by peer"),
}


@pytest.mark.parametrize(("schedule", "status", "says"), cases(MISSES))
def test_lookup_that_fails_is_a_miss_after_one_request(engine, project, schedule, status, says):
    with up(filled(engine, project), schedule, "lookup") as lab:
        result = project.build(engine, *frm(lab))
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert says in result.err
    assert "CACHED" not in result.err
    assert [got for _, got in seen(lab, "lookup")] == [status], lab.journal.table()
    assert seen(lab, "blob") == []


@pytest.mark.fault("G1")
def test_retired_first_version_is_a_miss_that_says_why(engine, project):
    with up(Cache()) as lab:
        result = project.build(engine, "--cache-from", f"type=gha,version=1,url={lab.url}/,token={token()}")
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert cache_site.SUNSET in result.err
    assert seen(lab, "v1") == [("ok", 422)]


def test_index_that_is_gone_is_a_miss(engine, project):
    with up(filled(engine, project), "404(body=azure)x*", "blob") as lab:
        result = project.build(engine, *frm(lab))
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert seen(lab, "blob") == [("404(body=azure)", 404)]


@pytest.mark.fault("G1")
def test_retired_first_version_fails_the_export(engine, project):
    with up(Cache()) as lab:
        words = f"type=gha,mode=max,version=1,url={lab.url}/,token={token()}"
        strict = project.build(engine, "--cache-to", words)
        ignored = project.build(engine, "--cache-to", words + IGNORED)
    assert (strict.rc, ignored.rc, project.is_whole) == (1, 0, True), f"{strict!r}\n{ignored!r}"
    assert cache_site.SUNSET in strict.err


@pytest.mark.fault("G9")
def test_entry_that_is_not_visible_yet_is_a_miss(engine, project):
    with up(filled(engine, project, Cache(lag=1))) as lab:
        early = project.build(engine, *frm(lab))
        assert (early.rc, early.err.count("CACHED"), seen(lab, "blob")) == (0, 0, [])
        project.forget(engine)
        later = project.build(engine, *frm(lab))
    assert later.rc == 0, repr(later)
    assert seen(lab, "blob")[0] == ("ok", 200), "the index is found by the second lookup"


@pytest.mark.fault("G10")
def test_flipped_index_is_believed(engine, project):
    """The index has no digest. One bit in the name of a layer, and what hangs on it is built anew.

    Digests differ from run to run, so it may be any layer: of some, BuildKit says that their blob is not found.
    """
    site = filled(engine, project)
    index = site.blobs.content[site.entries[-1].blob]
    name = index.index(b"sha256:") + len("sha256:")
    # One bit makes another hexadecimal digit of it, which it does not of `a` and `f`.
    place = next(at for at in range(name, name + 64) if index[at] in b"0123456789bcde")
    with up(site, f"flip@{place}", "blob") as lab:
        result = project.build(engine, *frm(lab))
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert seen(lab, "blob")[0] == (f"flip@{place}", 200)
    assert len(seen(lab, "lookup")) > 1, "layers were looked for by what the index says"


@pytest.mark.fault("G14")
def test_token_of_a_fork_reads_and_does_not_write(engine, project):
    site = filled(engine, project)
    before = len(site.entries)
    with up(site) as lab:
        reader = token(write=False)
        result = project.build(engine, *frm(lab, reader), *to(lab, IGNORED, reader))
        strict = make_project(project.folder)
        refused = strict.build(engine, *to(lab, "", reader))
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert result.err.count("CACHED") >= 2
    assert "permission_denied" in result.err
    assert (refused.rc, strict.is_whole) == (1, True), "the image is there, the exit code says no"
    assert seen(lab, "reserve") == [("ok", 403)] * 2
    assert len(site.entries) == before


# What the export makes of it: exit code 1 with an image that is well, 0 where errors are to be ignored.

EXPORTS = {
    "G2 lookup 503": ("", "503(body=twirp)x*", "lookup", "unavailable"),
    "G13 lookup HTML": ("", "400(body=html)x*", "lookup", "failed to parse error response 400"),
    "lookup reset": ("", "rstx*", "lookup", "connection reset by peer"),
    "G8 reserve refused": ("no room", "ok", "reserve", "failed to reserve cache"),
    "G8 reserve conflict": ("", "409(body=json)x*", "reserve", "409 Conflict"),
    "G8 finalize conflict": ("", "409(body=json)x*", "finalize", "409 Conflict"),
    "G11 reserve 503": ("", "503(body=twirp)x*", "reserve", "unavailable"),
    "G11 finalize 503": ("", "503(body=twirp)x*", "finalize", "unavailable"),
    "G11 upload 403": ("", "403(body=azure)x*", "blob", "403"),
}


@pytest.mark.parametrize(("refusal", "schedule", "path_class", "says"), cases(EXPORTS))
def test_export_that_fails_is_fatal_unless_it_is_ignored(engine, project, refusal, schedule, path_class, says):
    with up(Cache(refusal=refusal), schedule, path_class) as lab:
        strict = project.build(engine, *to(lab))
        assert (strict.rc, project.is_whole) == (1, True), repr(strict)
        first = seen(lab, path_class)
        ignored = project.build(engine, *to(lab, IGNORED))
    assert (ignored.rc, project.is_whole) == (0, True), repr(ignored)
    assert says in strict.err
    assert says in ignored.err
    assert len(first) == 1, f"wanted one request that fails, saw\n{lab.journal.table()}"


BAD_TOKENS = {"C4 too old": (token(expires=-1), "cache token expired"), "G14 none": ("x", "token is malformed")}


@pytest.mark.parametrize(("bearer", "says"), cases(BAD_TOKENS))
def test_token_that_cannot_be_used_fails_an_export_ignored_or_not(engine, project, bearer, says):
    with up(Cache()) as lab:
        reading = project.build(engine, *frm(lab, bearer))
        writing = project.build(engine, *to(lab, IGNORED, bearer))
    assert (reading.rc, writing.rc) == (0, 1), f"{reading!r}\n{writing!r}"
    assert says in reading.err
    assert says in writing.err
    assert list(lab.journal) == []


# What kills a build that only reads the cache: the layer was promised, and nobody builds it anew.

LOST = {
    "G10 flipped": ("ok -> flip@50x*", "unexpected commit digest"),
    "G10 cut": ("ok -> fin@50x*", "unexpected EOF"),
    "gone": ("ok -> 404(body=azure)x*", "failed to copy"),
}


@pytest.mark.parametrize(("schedule", "says"), cases(LOST))
def test_layer_that_cannot_be_had_kills_the_build(engine, project, schedule, says):
    with up(filled(engine, project), schedule, "blob") as lab:
        result = project.build(engine, *frm(lab))
        assert result.rc == 1, repr(result)
        assert says in result.err
        assert not (project.folder / "out/noise").exists()
        assert {fault for fault, _ in seen(lab, "blob")[1:]} == {schedule.removeprefix("ok -> ").removesuffix("x*")}
        again = project.build(engine)
    assert (again.rc, project.is_whole) == (0, True), "without the cache it is built"
