"""The lab's Actions cache with a real engine: BuildKit's own exporter and importer, and what faults do to a build.

A build that waits for an import waits inside the daemon's one scheduler, which all builds share; so what hangs has an
engine of its own, killed afterwards.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from secrets import token_hex

import pytest
from harness import cache_site
from harness.cache_site import Cache, token
from harness.content import noise
from harness.engine import Engine, engine_to_break
from harness.faults import Reply
from harness.run import Result, run
from harness.schedule import parse
from harness.server import Running, serve
from harness.site import Request, Rule, Upstream
from harness.upstream import refusing

SIZE = 300_000
LIMIT_S = 8
"""What a build that hangs is given; a good one takes half a second."""


@dataclass(frozen=True)
class Project:
    """A build that no engine has seen; its steps have a mark, so that their records can be found and removed."""

    folder: Path
    mark: str

    def build(self, engine: Engine, *words: str, timeout: float = 120) -> Result:
        """Builds it into `out`, from nothing that an earlier build left there."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        output = f"type=local,dest={self.folder / 'out'}"
        given = ["--progress", "plain", "--output", output, *words, str(self.folder / "context")]
        return engine.docker("buildx", "build", *given, timeout=timeout)

    def forget(self, engine: Engine) -> None:
        """Removes what the engine's own cache has of it."""
        engine.check_docker("buildx", "prune", "--force", "--all", "--filter", f"description~={self.mark}")

    @property
    def is_whole(self) -> bool:
        """Whether the last build gave the right bytes."""
        out, context = self.folder / "out", self.folder / "context"
        return (out / "noise").read_bytes() == (context / "noise").read_bytes()


def make_project(folder: Path) -> Project:
    """A stage whose one file is copied into the next, with one more."""
    mark = token_hex(8)
    context = folder / mark / "context"
    context.mkdir(parents=True)
    (context / "noise").write_bytes(noise(SIZE, mark))
    (context / "small").write_text(mark)
    (context / "Dockerfile").write_text(
        f"FROM scratch AS first\nCOPY noise /{mark}\n"
        f"FROM scratch\nCOPY --from=first /{mark} /noise\nCOPY small /small-{mark}\n"
    )
    return Project(folder / mark, mark)


def up(site: Cache, schedule: str = "ok", path_class: str = ".*"):
    return serve(Upstream("cache", site, cache_site.CLASSES, (Rule(parse(schedule), path_class=path_class),)))


def cache(lab: Running, bearer: str = "") -> str:
    return f"type=gha,scope=lab,url_v2={lab.url}/,token={bearer or token()}"


def to(lab: Running, more: str = "", bearer: str = "") -> tuple[str, str]:
    return "--cache-to", f"{cache(lab, bearer)},mode=max{more}"


def frm(lab: Running, bearer: str = "") -> tuple[str, str]:
    return "--cache-from", cache(lab, bearer)


def seen(lab: Running, path_class: str) -> list[tuple[str, int]]:
    """What a class of requests got, in order: the step of the schedule and the status."""
    return [(entry.fault, entry.status) for entry in lab.journal if entry.path_class == path_class]


IGNORED = ",ignore-error=true"


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def fill(project):
    """Builds once with export, and forgets; gives the site that holds the cache now."""

    def call(engine: Engine, site: Cache | None = None) -> Cache:
        site = site or Cache()
        with up(site) as lab:
            result = project.build(engine, *to(lab))
        assert result.rc == 0, f"{result!r}\n{lab.journal.table()}"
        project.forget(engine)
        return site

    return call


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


def test_layers_that_are_there_are_not_sent_again(engine, project, fill):
    site = fill(engine)
    with up(site) as lab:
        result = project.build(engine, *to(lab))
    assert result.rc == 0, repr(result)
    # Only the index is new, under its next number.
    assert seen(lab, "reserve") == [("ok", 200)]
    assert site.entries[-1].key.endswith("#2")


def test_url_that_is_refused_once_is_asked_for_anew(engine, project, fill):
    with up(fill(engine), "403(body=azure)", "blob") as lab:
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


@pytest.mark.parametrize(("schedule", "status", "says"), MISSES.values(), ids=MISSES)
def test_lookup_that_fails_is_a_miss_after_one_request(engine, project, fill, schedule, status, says):
    with up(fill(engine), schedule, "lookup") as lab:
        result = project.build(engine, *frm(lab))
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert says in result.err
    assert "CACHED" not in result.err
    assert [got for _, got in seen(lab, "lookup")] == [status], lab.journal.table()
    assert seen(lab, "blob") == []


def test_retired_first_version_is_a_miss_that_says_why(engine, project):
    """G1"""
    with up(Cache()) as lab:
        result = project.build(engine, "--cache-from", f"type=gha,version=1,url={lab.url}/,token={token()}")
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert cache_site.SUNSET in result.err
    assert seen(lab, "v1") == [("ok", 422)]


def test_entry_that_is_not_visible_yet_is_a_miss(engine, project, fill):
    """G9"""
    with up(fill(engine, Cache(lag=1))) as lab:
        early = project.build(engine, *frm(lab))
        assert (early.rc, early.err.count("CACHED"), seen(lab, "blob")) == (0, 0, [])
        project.forget(engine)
        later = project.build(engine, *frm(lab))
    assert later.rc == 0, repr(later)
    assert seen(lab, "blob")[0] == ("ok", 200), "the index is found by the second lookup"


def test_flipped_index_is_believed(engine, project, fill):
    """G10: the index has no digest. One bit in the name of a layer, and what hangs on it is built anew."""
    site = fill(engine)
    index = site.blobs.content[site.entries[-1].blob]
    name = index.index(b"sha256:") + len("sha256:")
    # One bit makes another hexadecimal digit of it, which it does not of `a` and `f`.
    place = next(at for at in range(name, name + 64) if index[at] in b"0123456789bcde")
    with up(site, f"flip@{place}", "blob") as lab:
        result = project.build(engine, *frm(lab))
    assert (result.rc, project.is_whole) == (0, True), repr(result)
    assert seen(lab, "blob")[0] == (f"flip@{place}", 200)
    assert "ERROR" not in result.err
    assert len(seen(lab, "lookup")) > 1, "layers were looked for by what the index says"


def test_token_of_a_fork_reads_and_does_not_write(engine, project, fill):
    """G14"""
    site = fill(engine)
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
    "G8 reserve refused": ("no room", "ok", "reserve", "failed to reserve cache"),
    "G8 reserve conflict": ("", "409(body=json)x*", "reserve", "409 Conflict"),
    "G8 finalize conflict": ("", "409(body=json)x*", "finalize", "409 Conflict"),
    "G11 reserve 503": ("", "503(body=twirp)x*", "reserve", "unavailable"),
    "G11 finalize 503": ("", "503(body=twirp)x*", "finalize", "unavailable"),
    "G11 upload 403": ("", "403(body=azure)x*", "blob", "403"),
}


@pytest.mark.parametrize(("refusal", "schedule", "path_class", "says"), EXPORTS.values(), ids=EXPORTS)
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


def test_token_that_is_too_old_fails_the_build_ignored_or_not(engine, project):
    with up(Cache()) as lab:
        result = project.build(engine, *to(lab, IGNORED, token(expires=-1)))
    assert result.rc == 1, repr(result)
    assert "cache token expired" in result.err
    assert list(lab.journal) == []


# What kills a build that only reads the cache: the layer was promised, and nobody builds it anew.

LOST = {
    "G10 flipped": ("ok -> flip@50x*", "unexpected commit digest"),
    "G10 cut": ("ok -> fin@50x*", "unexpected EOF"),
    "gone": ("ok -> 404(body=azure)x*", "failed to copy"),
}


@pytest.mark.parametrize(("schedule", "says"), LOST.values(), ids=LOST)
def test_layer_that_cannot_be_had_kills_the_build(engine, project, fill, schedule, says):
    with up(fill(engine), schedule, "blob") as lab:
        result = project.build(engine, *frm(lab))
        assert result.rc == 1, repr(result)
        assert says in result.err
        assert not (project.folder / "out/noise").exists()
        assert {fault for fault, _ in seen(lab, "blob")[1:]} == {schedule.removeprefix("ok -> ").removesuffix("x*")}
        again = project.build(engine)
    assert (again.rc, project.is_whole) == (0, True), "without the cache it is built"


# What hangs, on an engine of its own.


@pytest.fixture
def breakable(engine, kit, tmp_path):
    """An engine that may be frozen."""
    with engine_to_break(kit, engine, tmp_path / "state") as found:
        if found is None:
            pytest.skip("wanted a private engine, for a second one to break; saw one that was there before")
        yield found


def assert_hangs(engine: Engine, project: Project, *words: str) -> None:
    with pytest.raises(AssertionError, match=f"wanted an end within {LIMIT_S} s"):
        project.build(engine, *words, timeout=LIMIT_S)


def assert_frozen(engine: Engine, folder: Path) -> None:
    """A build with other content, no cache and no network does not end: it waits for the first."""
    assert_hangs(engine, make_project(folder))


def test_lookup_of_a_service_that_is_too_busy_is_repeated_and_freezes_the_builder(breakable, project, fill, tmp_path):
    """G3"""
    with up(fill(breakable), "429x*", "lookup") as lab:
        assert_hangs(breakable, project, *frm(lab))
        assert_frozen(breakable, tmp_path)
    lookups = [entry for entry in lab.journal if entry.path_class == "lookup"]
    assert {entry.status for entry in lookups} == {429}
    gaps = [later.time - entry.time for entry, later in pairwise(lookups)]
    assert len(gaps) >= 3
    assert gaps == sorted(gaps), "each wait is longer than the one before"


def test_client_that_is_told_to_end_ends_and_leaves_a_frozen_builder(breakable, project, fill, tmp_path):
    """G4: `timeout` sends TERM; the client leaves some seconds later, the daemon goes on waiting for the lookup."""
    with up(fill(breakable), "stallx*", "lookup") as lab:
        words = ["buildx", "build", *frm(lab), str(project.folder / "context")]
        result = run(["timeout", str(LIMIT_S), "docker", *words], env=breakable.env)
        assert_frozen(breakable, tmp_path)
    assert result.rc == 124, repr(result)
    assert [(entry.path_class, entry.ending) for entry in lab.journal] == [("lookup", "stall")]


def test_dead_url_of_a_blob_freezes_the_builder(breakable, project, fill, tmp_path):
    """G5: the client was killed and the cache is gone; the daemon still waits, for a quarter of an hour by its code."""
    site = fill(breakable)
    with refusing() as dead:
        site.downloads = dead
        with up(site) as lab:
            assert_hangs(breakable, project, *frm(lab))
        assert_frozen(breakable, tmp_path)
    assert [(entry.path_class, entry.status) for entry in lab.journal] == [("lookup", 200)]


def test_upload_that_is_refused_as_busy_waits_and_lets_others_build(breakable, project, tmp_path):
    """G7: an export waits too, ignored or not, but outside of the scheduler."""
    with up(Cache(), "503(body=azure)x*", "blob") as lab:
        assert_hangs(breakable, project, *to(lab, IGNORED))
        other = make_project(tmp_path)
        result = other.build(breakable, timeout=LIMIT_S)
    assert (result.rc, other.is_whole) == (0, True), repr(result)
    assert set(seen(lab, "blob")) == {("503(body=azure)", 503)}


def test_upload_whose_answer_has_no_request_id_ends_the_daemon(breakable, project, tmp_path):
    """BuildKit's client uses the id as if it were always there; the service is right but for one optional header."""
    site = Cache()

    def bare(request: Request) -> Reply:
        reply = site(request)
        return replace(reply, headers=tuple(pair for pair in reply.headers if pair[0] != "x-ms-request-id"))

    with serve(Upstream("cache", bare, cache_site.CLASSES)) as lab:
        result = project.build(breakable, *to(lab, IGNORED))
    assert result.rc == 1, repr(result)
    assert [(entry.method, entry.status) for entry in lab.journal if entry.path_class == "blob"] == [("PUT", 201)]
    assert breakable.docker("version").rc == 1, "wanted no answer of the daemon"
    assert "nil pointer dereference" in (tmp_path / "state/engine/log").read_text()
