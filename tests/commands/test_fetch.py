"""scripts/stage/fetch.sh with real clients: it resumes, fails over, and never leaves a wrong or partial file."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.load import allowed
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import noise
from harness.wire.journal import Entry
from harness.wire.loopback import refusing, upstream
from harness.wire.server import Running

Fetch = Callable[..., Result]

BODY = noise(300_000)
SUM = hashlib.sha256(BODY).hexdigest()
GOOD, LIE = {"/file": BODY}, {"/file": BODY[:-1] + b"x"}
CLIENTS = ("curl", "wget", "python", "busybox", "apt")
LEFT_WITHIN_S = 1
STALL_LEFT_WITHIN_S = 10


def first_event(tmp_path: Path) -> dict:
    return json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])


def only_right(tmp_path: Path) -> bool:
    """Whether the file is complete and correct, without a partial file beside it."""
    return (tmp_path / "out").read_bytes() == BODY and not list(tmp_path.glob("*.seawall-part"))


def downloads(source: Running) -> list[Entry]:
    """The requests without the kit's probes: on a busy machine the first source is late, and the next one is probed."""
    return [entry for entry in source.journal if entry.headers.get("range") != "bytes=0-0"]


def nothing(tmp_path: Path) -> bool:
    return not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_resumes_from_another_source(fetch: Fetch, tools, tmp_path, client):
    """With curl, wget, Python, busybox or apt, a broken download resumes at the next source at the same byte."""
    with upstream(GOOD, "ok -> fin@100000x*") as breaking, upstream(GOOD) as good:
        result = fetch(f"{breaking.url}/file", f"{good.url}/file", PATH=tools(client))
        asked = [entry.headers.get("range") for entry in downloads(good)]
    assert asked == ["bytes=100000-"], repr(result)
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_tells_outage_and_missing_file_apart(fetch: Fetch, tools, classes, tmp_path, client):
    """With each client, 503 fails over after one request, and a file that does not exist ends with code 69."""
    with upstream(GOOD, "503x*") as down, upstream(GOOD) as good:
        result = fetch(f"{down.url}/file", f"{good.url}/file", PATH=tools(client))
        assert len(down.paths) == 1
    assert (result.rc, classes()) == (0, ["http-5xx", ""]), repr(result)
    with upstream({}) as empty:
        assert fetch(f"{empty.url}/other", words=("--allow-http", "--sha256", "0" * 64), PATH=tools(client)).rc == 69


@pytest.mark.parametrize(
    ("fault", "name"),
    [("403x*", "auth"), ("429(retry-after=30)x*", "rate-limited"), ("rstx*", "connection-reset"),
     ("finx*", "connection-reset"), ("redirect(to=loop)x*", "http-4xx-other")],
    ids=["403", "429", "reset", "closed", "loop"],
)  # fmt: skip
def test_failing_source_is_left_after_one_request(fetch: Fetch, classes, tmp_path, fault, name):
    """A source that refuses, limits, resets or redirects in a loop costs a second at most."""
    with upstream(GOOD, fault) as bad, upstream(GOOD) as good:
        result = fetch(f"{bad.url}/file", f"{good.url}/file")
        assert len(bad.paths) <= (11 if "loop" in fault else 1)
    assert (result.rc, classes(), only_right(tmp_path)) == (0, [name, ""], True), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= allowed(LEFT_WITHIN_S)


def test_login_page_of_a_portal_is_an_outage_and_no_file(fetch: Fetch, classes, tmp_path):
    """An HTML page instead of the file is an outage, not wrong bytes, and is never saved."""
    with upstream(GOOD, "htmlx*") as portal, upstream(GOOD) as good:
        result = fetch(f"{portal.url}/file", f"{good.url}/file")
        assert (len(portal.paths), len(good.paths)) == (2, 1), "a probe and one download, then the good source"
        assert (result.rc, classes()) == (0, ["html-instead-of-json", ""]), repr(result)
        (tmp_path / "out").unlink()
        assert fetch(f"{portal.url}/file").rc == 75
    assert nothing(tmp_path)


def test_source_that_refuses_connections_is_left(fetch: Fetch, classes, tmp_path):
    """If nothing listens at the first source, the second one serves the whole file."""
    with refusing() as dead, upstream(GOOD) as good:
        result = fetch(f"{dead}/file", f"{good.url}/file")
        assert len(downloads(good)) == 1, repr(result)
    assert (result.rc, classes(), only_right(tmp_path)) == (0, ["connection-refused", ""], True), repr(result)


def test_silent_source_is_left_after_the_probe(fetch: Fetch, classes, tmp_path):
    """A source that accepts the connection and never answers costs one request and less than a second: the next source
    is probed beside it.
    """
    with upstream(GOOD, "stall x*") as silent, upstream(GOOD) as good:
        result = fetch(f"{silent.url}/file", f"{good.url}/file")
        assert (len(silent.journal), good.paths) == (1, ["/file", "/file"]), repr(result)
    assert (result.rc, classes(), only_right(tmp_path)) == (0, [""], True), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= allowed(LEFT_WITHIN_S)


@pytest.mark.parametrize("fault", ["stall@100000", "rate(bps=1)"], ids=["stall", "drip"])
def test_stalled_download_resumes_from_another_source(fetch: Fetch, classes, tmp_path, fault):
    """A source that stalls or drips is left within seconds; after a stall, the next one resumes at its last byte."""
    with upstream(GOOD, f"ok -> {fault}x*") as stalling, upstream(GOOD) as good:
        begun = time.monotonic()
        result = fetch(f"{stalling.url}/file", f"{good.url}/file", SEAWALL_STALL="3")
        took = time.monotonic() - begun
        assert (len(stalling.journal), len(good.journal)) == (2, 1), "a probe and one download, then the good source"
        (entry,) = good.journal
    if fault.startswith("stall"):
        # curl writes blocks of 16 KiB: a smaller rest may be lost with the process.
        assert entry.headers["range"] in ("bytes=98304-", "bytes=100000-")
    assert (result.rc, classes(), only_right(tmp_path)) == (0, ["timeout", ""], True), repr(result)
    assert took <= allowed(STALL_LEFT_WITHIN_S)


def test_only_source_resumes_after_a_reset(fetch: Fetch, tmp_path):
    """After a reset, a single source is asked for the rest of the file only."""
    with upstream(GOOD, "rst@200000") as once:
        result = fetch(f"{once.url}/file")
        assert [entry.headers.get("range") for entry in once.journal] == [None, "bytes=200000-"]
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)


def test_source_with_wrong_bytes_is_named_and_replaced(fetch: Fetch, classes, tmp_path):
    """If the first source serves wrong bytes, it is named, and the file comes from the second one."""
    with upstream(LIE) as liar, upstream(GOOD) as good:
        result = fetch(f"{liar.url}/file", f"{good.url}/file")
        assert (len(liar.paths), len(good.paths)) == (2, 1), repr(result)
    assert (result.rc, classes(), only_right(tmp_path)) == (0, ["integrity", ""], True), repr(result)
    assert f"url {liar.url}/file: integrity" in result.err


def test_wrong_bytes_everywhere_are_never_a_file(fetch: Fetch, classes, tmp_path):
    """If every source serves wrong bytes, the command ends with code 65 and leaves no file."""
    with upstream(LIE) as liar, upstream(LIE) as other:
        result = fetch(f"{liar.url}/file", f"{other.url}/file")
        assert (len(liar.paths), len(other.paths)) == (2, 1), repr(result)
    assert (result.rc, classes(), nothing(tmp_path)) == (65, ["integrity"] * 2, True), repr(result)


def test_mixed_download_is_repeated_whole_before_a_source_is_blamed(fetch: Fetch, classes, tmp_path):
    """If two parts do not match, the file is fetched whole from one source before that source is blamed."""
    with upstream({"/file": b"y" * 300_000}, "ok -> fin@1000x*") as wrong, upstream(GOOD) as good:
        result = fetch(f"{wrong.url}/file", f"{good.url}/file")
        assert [entry.headers.get("range") for entry in good.journal] == ["bytes=1000-", None]
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)
    assert "integrity" not in classes()


def test_existing_file_with_the_right_sum_costs_no_request(fetch: Fetch, tmp_path):
    """If the file exists with the right sum, no source sees a request."""
    (tmp_path / "out").write_bytes(BODY)
    with upstream(GOOD) as good:
        result = fetch(f"{good.url}/file")
        assert good.paths == []
    assert result.rc == 0, repr(result)


def test_mirror_of_the_settings_serves_a_failing_url(fetch: Fetch, tmp_path):
    """SEAWALL_URL_MIRRORS maps a failing URL to its mirror, which serves the file."""
    with upstream(GOOD, "503x*") as down, upstream({"/m/file": BODY}) as mirror:
        result = fetch(f"{down.url}/file", SEAWALL_URL_MIRRORS=f"{down.url}={mirror.url}/m")
        assert (down.paths, len(downloads(mirror))) == (["/file"], 1), repr(result)
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)


def test_next_fetch_skips_a_host_that_was_silent(fetch: Fetch, tmp_path):
    """A host that was silent in one fetch gets no request in the next one."""
    with upstream(GOOD, "stall x*") as silent, upstream(GOOD | {"/b": BODY}) as good:
        codes = []
        for name in ("file", "b"):
            (tmp_path / "out").unlink(missing_ok=True)
            result = fetch(f"{silent.url}/{name}", f"{good.url}/{name}", SEAWALL_STATE=str(tmp_path / "state"))
            codes.append(result.rc)
        assert (len(silent.journal), good.paths) == (1, ["/file", "/file", "/b"]), repr(result)
    assert codes == [0, 0]


def test_total_outage_stays_within_the_budget(fetch: Fetch, tmp_path):
    """If every source fails, none gets more than three requests; code 75, no file."""
    with upstream(GOOD, "503x*") as first, upstream(GOOD, "503x*") as second:
        result = fetch(f"{first.url}/file", f"{second.url}/file", SEAWALL_BUDGET="3")
        assert max(len(first.paths), len(second.paths)) <= 3
    assert (result.rc, nothing(tmp_path)) == (75, True), repr(result)


def test_last_known_good_copy_serves_when_every_source_fails(fetch: Fetch, tmp_path):
    """After one good fetch, the kept copy serves while the source answers 503, and the message says so."""
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    with upstream(GOOD, "ok -> 503x*") as once:
        assert fetch(f"{once.url}/file", **kept).rc == 0
        (tmp_path / "out").unlink()
        healed = fetch(f"{once.url}/file", **kept)
        assert [entry.status for entry in once.journal] == [200, 503, 503], repr(healed)
    assert (healed.rc, only_right(tmp_path)) == (0, True), repr(healed)
    assert "used the last known good copy" in healed.err


@pytest.mark.parametrize("client", ["curl", "wget", "python"])
def test_password_of_a_url_is_never_printed(fetch: Fetch, tools, tmp_path, client):
    """A password in a URL reaches the server and is in no message and no event."""
    with upstream(GOOD, "stall x*") as silent:
        url = f"{silent.url}/file".replace("//", "//user:hunter2@")
        result = fetch(url, PATH=tools(client), SEAWALL_SILENCE="1", SEAWALL_BUDGET="0")
        assert "authorization" in next(iter(silent.journal)).headers or client == "wget"
    assert result.rc == 75
    assert "hunter2" not in result.err + result.out + (tmp_path / "events.jsonl").read_text()


def test_mode_and_no_sum_are_applied(fetch: Fetch, tmp_path):
    """`--mode 0755 --no-sum` gives an executable file without a check of its sum."""
    with upstream(GOOD) as good:
        result = fetch(f"{good.url}/file", words=("--no-sum", "--mode", "0755", "--allow-http"))
        assert good.paths == ["/file"], repr(result)
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755


HTTPS = "https://a.example.org/x"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--sha256", SUM, "--output", "x"], 64, "wanted a URL, saw none"),
        ([HTTPS, "--sha256", SUM], 64, "--output: wanted a file to write"),
        ([HTTPS, "--output", "x"], 64, "--sha256: wanted the sum of the file, saw none"),
        ([HTTPS, "--sha256", "abc", "--output", "x"], 64, "--sha256: wanted 64 hexadecimal digits, saw 3"),
        ([HTTPS, "--sha256", "z" * 64, "--output", "x"], 64, "--sha256: wanted 64 hexadecimal digits, saw"),
        (["http://a.example.org/x", "--sha256", SUM, "--output", "x"], 64, "wanted an https URL, saw"),
        (["ftp://a.example.org/x", "--sha256", SUM, "--output", "x"], 64, "wanted an https URL, saw"),
        ([HTTPS, "--sha256", SUM, "--output", "/nonexistent/x"], 73, "wanted to write /nonexistent/x, could not"),
    ],
    ids=["url", "output", "sum", "short", "digits", "http", "ftp", "folder"],
)
def test_wrong_call_is_one_line(kit: Path, tmp_path, words, code, said):
    """A missing or malformed argument ends with one line, the right code, and no file."""
    result = run([kit / "stage" / "fetch.sh", *words], env=clean_environment(tmp_path), cwd=tmp_path)
    assert (result.rc, result.out, result.err.count("\n")) == (code, "", 1), repr(result)
    assert result.err.startswith(f"fetch: error: {said}")
    assert list(tmp_path.iterdir()) == []
