"""scripts/stage/fetch.sh with real clients: resumes, fails over, and never gives a file that is wrong or half."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import noise
from harness.wire.loopback import refusing, upstream

Fetch = Callable[..., Result]

BODY = noise(300_000)
SUM = hashlib.sha256(BODY).hexdigest()
GOOD, LIE = {"/file": BODY}, {"/file": BODY[:-1] + b"x"}
CLIENTS = {
    "curl": ("curl",),
    "wget": ("wget",),
    "python": ("python3",),
    "busybox": ("busybox-wget",),
    "apt": ("apt-get",),
}
WITHOUT = ("curl", "wget", "python3", "python")
LEFT_WITHIN_S = 1
SILENT_LEFT_WITHIN_S = 3
STALL_LEFT_WITHIN_S = 10


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """A PATH with this one client."""

    def call(client: str) -> str:
        folder = tmp_path_factory.mktemp(client)
        for tool in Path("/usr/bin").iterdir():
            if not tool.name.startswith(WITHOUT):
                (folder / tool.name).symlink_to(tool)
        if client == "busybox":
            (folder / "wget").symlink_to("/usr/bin/busybox")
        elif client != "apt":
            (folder / CLIENTS[client][0]).symlink_to(f"/usr/bin/{CLIENTS[client][0]}")
        return str(folder)

    return call


@pytest.fixture
def fetch(kit: Path, tmp_path: Path) -> Fetch:
    """Fetches these URLs to the file `out`."""

    def call(*urls: str, words: tuple[str, ...] = ("--allow-http", "--sha256", SUM), **more: str) -> Result:
        env = clean_environment(tmp_path) | {"SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_SEED": "84"}
        return run([kit / "stage" / "fetch.sh", *urls, *words, "--output", tmp_path / "out"], env=env | more)

    return call


def first_event(tmp_path: Path) -> dict:
    return json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])


def only_right(tmp_path: Path) -> bool:
    """The file is there, whole and right, and nothing else of the fetch."""
    return (tmp_path / "out").read_bytes() == BODY and not list(tmp_path.glob("*.seawall-part"))


def nothing(tmp_path: Path) -> bool:
    return not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_fetches_and_goes_on_from_another_source(fetch: Fetch, tools, tmp_path, client):
    with upstream(GOOD, "ok -> fin@100000x*") as breaking, upstream(GOOD) as good:
        result = fetch(f"{breaking.url}/file", f"{good.url}/file", PATH=tools(client))
        asked = [entry.headers.get("range") for entry in good.journal]
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)
    assert asked == ["bytes=100000-"]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_says_what_is_wrong(fetch: Fetch, tools, classes, tmp_path, client):
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
def test_bad_source_is_left_at_once(fetch: Fetch, classes, tmp_path, fault, name):
    with upstream(GOOD, fault) as bad, upstream(GOOD) as good:
        result = fetch(f"{bad.url}/file", f"{good.url}/file")
        assert len(bad.paths) <= (11 if "loop" in fault else 1)
    assert (result.rc, classes(), only_right(tmp_path)) == (0, [name, ""], True), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= LEFT_WITHIN_S


def test_page_of_a_portal_is_no_file_and_no_attack(fetch: Fetch, classes, tmp_path):
    with upstream(GOOD, "htmlx*") as portal, upstream(GOOD) as good:
        result = fetch(f"{portal.url}/file", f"{good.url}/file")
        assert (result.rc, classes()) == (0, ["html-instead-of-json", ""]), repr(result)
        (tmp_path / "out").unlink()
        assert fetch(f"{portal.url}/file").rc == 75
    assert nothing(tmp_path)


def test_nobody_listens(fetch: Fetch, classes, tmp_path):
    with refusing() as dead, upstream(GOOD) as good:
        result = fetch(f"{dead}/file", f"{good.url}/file")
    assert (result.rc, classes(), only_right(tmp_path)) == (0, ["connection-refused", ""], True), repr(result)


def test_silent_source_is_left_after_the_probe(fetch: Fetch, classes, tmp_path):
    with upstream(GOOD, "stall x*") as silent, upstream(GOOD) as good:
        result = fetch(f"{silent.url}/file", f"{good.url}/file")
        assert len(silent.journal) == 1
    assert (result.rc, classes(), only_right(tmp_path)) == (0, ["timeout", ""], True), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= SILENT_LEFT_WITHIN_S + 1


@pytest.mark.parametrize("fault", ["stall@100000", "rate(bps=1)"], ids=["stall", "drip"])
def test_source_that_stalls_half_way_is_left_and_its_bytes_are_kept(fetch: Fetch, classes, tmp_path, fault):
    with upstream(GOOD, f"ok -> {fault}x*") as stalling, upstream(GOOD) as good:
        begun = time.monotonic()
        result = fetch(f"{stalling.url}/file", f"{good.url}/file", SEAWALL_STALL="3")
        assert time.monotonic() - begun <= STALL_LEFT_WITHIN_S
        (entry,) = good.journal
    assert (result.rc, classes(), only_right(tmp_path)) == (0, ["timeout", ""], True), repr(result)
    if fault.startswith("stall"):
        # curl writes blocks of 16 KiB, what is less dies with it.
        assert entry.headers["range"] in ("bytes=98304-", "bytes=100000-")


def test_only_source_is_asked_again_for_the_rest(fetch: Fetch, tmp_path):
    with upstream(GOOD, "rst@200000") as once:
        result = fetch(f"{once.url}/file")
        assert [entry.headers.get("range") for entry in once.journal] == [None, "bytes=200000-"]
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)


def test_liar_is_named_and_replaced(fetch: Fetch, classes, tmp_path):
    with upstream(LIE) as liar, upstream(GOOD) as good:
        result = fetch(f"{liar.url}/file", f"{good.url}/file")
        assert f"url {liar.url}/file: integrity" in result.err
    assert (result.rc, classes(), only_right(tmp_path)) == (0, ["integrity", ""], True), repr(result)


def test_wrong_bytes_everywhere_are_never_a_file(fetch: Fetch, classes, tmp_path):
    with upstream(LIE) as liar, upstream(LIE) as other:
        result = fetch(f"{liar.url}/file", f"{other.url}/file")
        assert (len(liar.paths), len(other.paths)) == (2, 1), repr(result)
    assert (result.rc, classes(), nothing(tmp_path)) == (65, ["integrity"] * 2, True), repr(result)


def test_source_is_heard_alone_before_it_is_called_a_liar(fetch: Fetch, classes, tmp_path):
    with upstream({"/file": b"y" * 300_000}, "ok -> fin@1000x*") as wrong, upstream(GOOD) as good:
        result = fetch(f"{wrong.url}/file", f"{good.url}/file")
        assert [entry.headers.get("range") for entry in good.journal] == ["bytes=1000-", None]
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)
    assert "integrity" not in classes()


def test_file_that_is_there_already_costs_no_request(fetch: Fetch, tmp_path):
    (tmp_path / "out").write_bytes(BODY)
    with upstream(GOOD) as good:
        assert fetch(f"{good.url}/file").rc == 0
        assert good.paths == []


def test_mirrors_of_the_settings_follow_each_url(fetch: Fetch, tmp_path):
    with upstream(GOOD, "503x*") as down, upstream({"/m/file": BODY}) as mirror:
        result = fetch(f"{down.url}/file", SEAWALL_URL_MIRRORS=f"{down.url}={mirror.url}/m")
    assert (result.rc, only_right(tmp_path)) == (0, True), repr(result)


def test_next_fetch_leaves_a_host_alone_that_was_silent(fetch: Fetch, tmp_path):
    with upstream(GOOD, "stall x*") as silent, upstream(GOOD | {"/b": BODY}) as good:
        for name in ("file", "b"):
            (tmp_path / "out").unlink(missing_ok=True)
            result = fetch(f"{silent.url}/{name}", f"{good.url}/{name}", SEAWALL_STATE=str(tmp_path / "state"))
            assert result.rc == 0, repr(result)
        assert len(silent.journal) == 1


def test_total_outage_stays_within_the_budget(fetch: Fetch, tmp_path):
    with upstream(GOOD, "503x*") as first, upstream(GOOD, "503x*") as second:
        result = fetch(f"{first.url}/file", f"{second.url}/file", SEAWALL_BUDGET="3")
        assert max(len(first.paths), len(second.paths)) <= 3
    assert (result.rc, nothing(tmp_path)) == (75, True), repr(result)


def test_last_known_good_serves_when_all_is_gone(fetch: Fetch, tmp_path):
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    with upstream(GOOD, "ok -> 503x*") as once:
        assert fetch(f"{once.url}/file", **kept).rc == 0
        (tmp_path / "out").unlink()
        healed = fetch(f"{once.url}/file", **kept)
    assert (healed.rc, only_right(tmp_path)) == (0, True), repr(healed)
    assert "using what was kept" in healed.err


@pytest.mark.parametrize("client", ["curl", "wget", "python"])
def test_login_of_a_url_is_no_argument_and_not_printed(fetch: Fetch, tools, tmp_path, client):
    with upstream(GOOD, "stall x*") as silent:
        url = f"{silent.url}/file".replace("//", "//user:hunter2@")
        result = fetch(url, PATH=tools(client), SEAWALL_SILENCE="1", SEAWALL_BUDGET="0")
        assert "authorization" in next(iter(silent.journal)).headers or client == "wget"
    assert result.rc == 75
    assert "hunter2" not in result.err + result.out + (tmp_path / "events.jsonl").read_text()


def test_mode_and_no_sum_are_as_asked(fetch: Fetch, tmp_path):
    with upstream(GOOD) as good:
        result = fetch(f"{good.url}/file", words=("--no-sum", "--mode", "0755", "--allow-http"))
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
    result = run([kit / "stage" / "fetch.sh", *words], env=clean_environment(tmp_path), cwd=tmp_path)
    assert (result.rc, result.out, result.err.count("\n")) == (code, "", 1), repr(result)
    assert result.err.startswith(f"fetch: error: {said}")
    assert list(tmp_path.iterdir()) == []
