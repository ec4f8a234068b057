"""What freezes or ends a builder that uses an Actions cache: each test has an engine of its own, killed afterwards.

A build that waits for an import waits inside the daemon's one scheduler, which all builds share.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from harness.builds.cache_build import IGNORED, Project, filled, frm, make_project, seen, to, up
from harness.builds.engine import Engine
from harness.catalogue.faults import Reply
from harness.machine.run import run
from harness.sites.cache_site import Cache
from harness.sites.site import Request
from harness.wire.loopback import refusing

LIMIT_S = 8
"""What a build that hangs is given; a good one takes half a second."""


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def assert_hangs(engine: Engine, project: Project, *words: str) -> None:
    with pytest.raises(AssertionError, match=f"wanted an end within {LIMIT_S} s"):
        project.build(engine, *words, timeout=LIMIT_S)


def assert_frozen(engine: Engine, folder: Path) -> None:
    """A build with other content, no cache and no network does not end: it waits for the first."""
    assert_hangs(engine, make_project(folder))


@pytest.mark.fault("G3")
def test_lookup_of_a_service_that_is_too_busy_is_repeated_and_freezes_the_builder(breakable, project, tmp_path):
    with up(filled(breakable, project), "429x*", "lookup") as lab:
        assert_hangs(breakable, project, *frm(lab))
        assert_frozen(breakable, tmp_path)
    lookups = [entry for entry in lab.journal if entry.path_class == "lookup"]
    assert {entry.status for entry in lookups} == {429}
    gaps = [later.time - entry.time for entry, later in pairwise(lookups)]
    assert len(gaps) >= 3
    assert gaps == sorted(gaps), "each wait is longer than the one before"


@pytest.mark.fault("G4")
@pytest.mark.fault("B9")
def test_client_that_is_told_to_end_ends_and_leaves_a_frozen_builder(breakable, project, tmp_path):
    """G4: `timeout` sends TERM; the client leaves some seconds later, the daemon goes on waiting for the lookup."""
    with up(filled(breakable, project), "stallx*", "lookup") as lab:
        words = ["buildx", "build", *frm(lab), str(project.folder / "context")]
        result = run(["timeout", str(LIMIT_S), "docker", *words], env=breakable.env)
        assert_frozen(breakable, tmp_path)
    assert result.rc == 124, repr(result)
    assert [(entry.path_class, entry.ending) for entry in lab.journal] == [("lookup", "stall")]


@pytest.mark.fault("G5")
@pytest.mark.fault("B4")
def test_dead_url_of_a_blob_freezes_the_builder(breakable, project, tmp_path):
    """The client was killed and the cache is gone; the daemon still waits, for a quarter of an hour by its code."""
    site = filled(breakable, project)
    with refusing() as dead:
        site.downloads = dead
        with up(site) as lab:
            assert_hangs(breakable, project, *frm(lab))
        assert_frozen(breakable, tmp_path)
    assert [(entry.path_class, entry.status) for entry in lab.journal] == [("lookup", 200)]


@pytest.mark.fault("G7")
def test_upload_that_is_refused_as_busy_waits_and_lets_others_build(breakable, project, tmp_path):
    """An export waits too, ignored or not, but outside of the scheduler."""
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

    with up(bare) as lab:
        result = project.build(breakable, *to(lab, IGNORED))
    assert result.rc == 1, repr(result)
    assert [(entry.method, entry.status) for entry in lab.journal if entry.path_class == "blob"] == [("PUT", 201)]
    assert breakable.docker("version").rc == 1, "wanted no answer of the daemon"
    assert "nil pointer dereference" in (tmp_path / "state/engine/log").read_text()
