"""The recording proxy: what it fetches, stores, rewrites and refuses."""

from __future__ import annotations

import pytest
import requests
from harness.sites.recording import Recording, RecordingError
from harness.sites.site import Request

ORIGIN = "https://index.test/root"
PAGE = '<a href="https://files.test/a/b.whl#sha256=1">b.whl</a> <a href="c.whl">c.whl</a>'


def get(path: str, **headers: str) -> Request:
    return Request("GET", path, headers, base="http://127.0.0.1:1")


@pytest.fixture
def source(requests_mock):
    """An index and the host of its files."""
    requests_mock.get(f"{ORIGIN}/simple/b/", text=PAGE, headers={"Content-Type": "text/html"})
    requests_mock.get("https://files.test/a/b.whl", content=b"wheel", headers={"Content-Type": "application/zip"})
    return requests_mock


def test_first_answer_is_the_source_s_and_the_second_is_kept(source, tmp_path):
    recording = Recording(tmp_path, ORIGIN)
    first, second = recording(get("/simple/b/")), recording(get("/simple/b/"))
    assert (first.status, first.body) == (second.status, second.body)
    assert source.call_count == 1


def test_links_to_other_hosts_lead_to_the_recording(source, tmp_path):
    recording = Recording(tmp_path, ORIGIN)
    page = recording(get("/simple/b/")).body.decode()
    assert '"http://127.0.0.1:1/to/files.test/a/b.whl#sha256=1"' in page
    assert 'href="c.whl"' in page
    assert recording(get("/to/files.test/a/b.whl")).body == b"wheel"


def test_filled_recording_asks_nobody(source, tmp_path):
    filling = Recording(tmp_path, ORIGIN)
    filling(get("/simple/b/"))
    filling(get("/to/files.test/a/b.whl"))
    source.reset_mock()
    hermetic = Recording(tmp_path)
    assert hermetic(get("/simple/b/")).status == 200
    assert hermetic(get("/to/files.test/a/b.whl")).body == b"wheel"
    missing = hermetic(get("/simple/c/"))
    assert (missing.status, missing.body) == (504, b"/simple/c/ is not in the recording: fill it again\n")
    assert source.call_count == 0


def test_part_of_a_file_is_given_from_the_whole(source, tmp_path):
    recording = Recording(tmp_path, ORIGIN)
    recording(get("/simple/b/"))
    part = recording(get("/to/files.test/a/b.whl", range="bytes=1-2"))
    assert (part.status, part.body) == (206, b"he")
    assert "Range" not in source.last_request.headers


def test_answers_differ_by_what_is_accepted(source, tmp_path):
    recording = Recording(tmp_path, ORIGIN)
    recording(get("/simple/b/", accept="text/html"))
    recording(get("/simple/b/", accept="application/json"))
    assert [call.headers["Accept"] for call in source.request_history] == ["text/html", "application/json"]


@pytest.mark.parametrize("failure", [{"status_code": 503}, {"status_code": 429}, {"exc": requests.ConnectTimeout}])
def test_source_that_fails_is_told_and_not_kept(requests_mock, tmp_path, failure):
    recording = Recording(tmp_path, ORIGIN)
    requests_mock.get(f"{ORIGIN}/simple/b/", **failure)
    assert recording(get("/simple/b/")).status == 502
    requests_mock.get(f"{ORIGIN}/simple/b/", text="well", headers={"Content-Type": "text/html"})
    assert recording(get("/simple/b/")).body == b"well"


def test_not_found_is_kept(requests_mock, tmp_path):
    requests_mock.get(f"{ORIGIN}/simple/x/", status_code=404, text="no")
    recording = Recording(tmp_path, ORIGIN)
    assert [recording(get("/simple/x/")).status for _ in range(2)] == [404, 404]
    assert requests_mock.call_count == 1


def test_host_that_no_index_names_is_not_asked(source, tmp_path):
    reply = Recording(tmp_path, ORIGIN)(get("/to/elsewhere.test/secret"))
    assert (reply.status, source.call_count) == (403, 0)


def test_folder_without_a_recording_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="wanted a recording, saw none: fill it from a source first"):
        Recording(tmp_path)


def test_upload_is_refused(source, tmp_path):
    assert Recording(tmp_path, ORIGIN)(Request("PUT", "/simple/b/")).status == 405


def test_folder_of_another_source_is_refused(tmp_path):
    Recording(tmp_path, "https://me:secret@index.test/root/")
    Recording(tmp_path, ORIGIN)
    with pytest.raises(
        RecordingError, match=r"wanted a recording of https://other\.test, saw one of https://index\.test/root"
    ):
        Recording(tmp_path, "https://other.test")
    assert "secret" not in "".join(file.read_text() for file in tmp_path.iterdir())
