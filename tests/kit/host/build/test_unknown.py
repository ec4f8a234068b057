"""scripts/lib/host/build/unknown.sh: a failed download that no rule knows is settled by asking its host."""

from __future__ import annotations

from harness.catalogue.schedule import parse
from harness.sites.file_site import files
from harness.sites.site import Rule, Upstream
from harness.wire.loopback import refusing
from harness.wire.server import serve

SCRIPT = """
. "$LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches
load host/weave host/builders host/progress host/build
LOG_NAME=t SUSPECTS_FACTS='' CALLED=no
view_is_ours() { CALLED=yes; [ "$OURS" = yes ]; }
printf '%s\\n' "$1" >failure; : >progress
suspects_read failure progress
finding_set "$2"
unknown_settle failure
printf '%s %s %s %s\\n' "$FINDING_CLASS" "$FINDING_CODE" "$FINDING_SOURCE" "$CALLED"
"""
GIT = "ERROR: failed to solve: cannot frobnicate {url}/repo.git?token=x: no luck"


def settled(sh, tmp_path, text: str, found: str = "other", ours: str = "yes") -> str:
    """Class, code and source of the finding, and whether the builder's view was asked for."""
    result = sh(SCRIPT, text, found, env={"SCRATCH": str(tmp_path), "OURS": ours}, cwd=tmp_path)
    assert result.rc == 0, repr(result)
    return result.out.strip()


def test_host_that_does_not_answer_is_an_outage(sh, tmp_path):
    """It is asked once for its root; the login and the path of the URL are not sent."""
    with refusing() as url:
        host = url.removeprefix("http://")
        seen = settled(sh, tmp_path, GIT.format(url=f"http://me:secret@{host}"))
    assert seen == f"connection-refused 75 {host} yes"
    with serve(Upstream("files", files({}), rules=(Rule(parse("503x*")),))) as lab:
        assert settled(sh, tmp_path, GIT.format(url=lab.url)) == f"http-5xx 75 {lab.host} yes"
        assert [(entry.method, entry.path) for entry in lab.journal] == [("HEAD", "/")]


def test_host_that_answers_leaves_the_failure_unknown(sh, tmp_path):
    """Any answer that is no outage counts, also that the root is missing."""
    for schedule in ("ok", "404x*", "403x*", "400x*"):
        with serve(Upstream("files", files({"/": b""}), rules=(Rule(parse(schedule)),))) as lab:
            assert settled(sh, tmp_path, GIT.format(url=lab.url)) == "other 1  yes", schedule


def test_other_failures_ask_nobody(sh, tmp_path):
    """A failed RUN step, a known cause, the URL of a document, and a builder whose network this machine cannot see."""
    with refusing() as url:
        step = f'ERROR: process "make {url}" did not complete successfully: exit code: 1'
        assert settled(sh, tmp_path, step) == "other 1  no"
        assert settled(sh, tmp_path, GIT.format(url=url), "not-found") == "not-found 69  no"
        assert settled(sh, tmp_path, f"ERROR: wrong driver (see {url}/docs). Learn more at {url}/x") == "other 1  no"
        assert settled(sh, tmp_path, f"#5 see {url}\nERROR: bad") == "other 1  no"
        assert settled(sh, tmp_path, GIT.format(url=url), ours="no") == "other 1  yes"
