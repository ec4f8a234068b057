"""ADD of a URL whose server fails: with SEAWALL_URL_MIRRORS its file comes from a mirror."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.builder import Builder, classes
from harness.machine.run import Result
from harness.wire.loopback import refusing, upstream
from harness.wire.server import Running

LIMITS = {"SEAWALL_SILENCE": "3", "SEAWALL_STALL": "2", "SEAWALL_ATTEMPT_TIMEOUT": "40"}

Serve = Callable[..., Running]
Build = Callable[..., Result]


@pytest.fixture
def body() -> bytes:
    """The file, with random content: BuildKit downloads no file whose checksum it has seen."""
    return f"{token_hex(8)}\n".encode() * 4_000


@pytest.fixture
def files(body) -> Iterator[Serve]:
    """Starts servers of the file, each with a schedule."""
    with ExitStack() as stack:
        yield lambda schedule="ok", routes=None: stack.enter_context(
            upstream(routes or {"/1.0/tool": body, "/1.0/other": body}, schedule)
        )


@pytest.fixture
def dead() -> Iterator[str]:
    """The URL of a server that refuses connections."""
    with refusing() as url:
        yield url


@pytest.fixture
def build(builder: Builder, tmp_path: Path) -> Build:
    """Builds a Dockerfile by the kit, with these pairs as mirrors; the image is the folder `out`."""

    def call(text: str, pairs: str = "", **settings: str) -> Result:
        folder = tmp_path / "context"
        folder.mkdir(exist_ok=True)
        (folder / "Dockerfile").write_text(f"FROM scratch\n{text}")
        words = ["--progress", "plain", "--output", f"type=local,dest={tmp_path}/out", folder]
        return builder.ours(*words, SEAWALL_URL_MIRRORS=pairs, **LIMITS, **settings)

    return call


def pinned(body: bytes, url: str, target: str = "/got/") -> str:
    """A line with the checksum of the file."""
    return f"ADD --checksum=sha256:{hashlib.sha256(body).hexdigest()} {url} {target}\n"


FAULTS = {
    "503": ["http-5xx", ""],
    "rst": ["connection-reset", ""],
    "stall": ["timeout", ""],
    "stall@1000": ["timeout", ""],
}
"""What a server does, and the classes of the attempts."""


QUICK = {("503", True), ("503", False), ("stall", True)}


@pytest.mark.parametrize(
    ("fault", "sum_is_there"),
    [
        pytest.param(fault, there, marks=[] if (fault, there) in QUICK else pytest.mark.long)
        for fault in FAULTS
        for there in (True, False)
    ],
)
def test_file_comes_from_the_mirror(build: Build, builder: Builder, files: Serve, body, tmp_path, fault, sum_is_there):
    """Plain buildx fails or hangs; the next attempt takes the file from the mirror, under its own name."""
    bad, good = files(f"{fault}x*"), files(routes={"/m/1.0/tool": body})
    url = f"{bad.url}/1.0/tool"
    result = build(
        pinned(body, url) if sum_is_there else f"ADD {url} /got/\n",
        f"https://other.example.org/=x {bad.url}/={good.url}/m/",
    )
    assert [entry.path for entry in good.journal if entry.method == "GET"] == ["/m/1.0/tool"], repr(result)
    assert result.rc == 0, repr(result)
    assert (tmp_path / "out/got/tool").read_bytes() == body
    assert classes(builder) == FAULTS[fault]
    (event,) = builder.events("base")
    assert (event["upstream"], event["verdict"], event["detail"]) == ("url", "mirror", url)
    assert (event["source"], result.err.count("woven")) == (f"{good.url}/m/1.0/tool", 0)


def test_plain_build_fails(builder: Builder, files: Serve, body, tmp_path):
    """Buildx tries once, and with a checksum it takes the page of a 503 for the file."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n" + pinned(body, f"{files('503x*').url}/1.0/tool"))
    result = builder.plain(tmp_path)
    assert result.rc == 1
    assert "digest mismatch" in result.err


def test_next_mirrors_serve_where_the_first_one_fails(build: Build, builder: Builder, files: Serve, body, dead: str):
    """Each attempt takes the next mirror; the report names the one that served."""
    url, bad, good = f"{dead}/1.0/tool", files("503x*"), files()
    result = build(pinned(body, url), f"{dead}/={bad.url}/ {dead}/={good.url}/")
    assert result.rc == 0, repr(result)
    assert classes(builder) == ["connection-refused", "http-5xx", ""]
    report = json.loads((builder.folder / "state/report.json").read_text())
    assert report["bases"] == [{"image": url, "source": f"{good.url}/1.0/tool", "verdict": "mirror"}]


def test_wrong_bytes_are_never_taken(build: Build, builder: Builder, files: Serve, body):
    """The checksum on the line stays in force: a server that sends other bytes is no source of the file."""
    liar, good = files("flip@100x*"), files()
    text, pairs = pinned(body, f"{liar.url}/1.0/tool"), f"{liar.url}/={good.url}/"
    result = build(text, pairs)
    assert (result.rc, classes(builder)) == (0, ["integrity", ""]), repr(result)


@pytest.mark.long
def test_wrong_bytes_of_all_places_are_code_65(build: Build, builder: Builder, files: Serve, body, dead: str):
    """A mirror that lies is no source of the file."""
    liar = files("flip@100x*")
    result = build(pinned(body, f"{dead}/1.0/tool"), f"{dead}/={liar.url}/")
    assert result.rc == 65, repr(result)
    assert classes(builder)[:2] == ["connection-refused", "integrity"]
    assert f"of url {liar.url.partition('//')[2]}" in result.err


def test_checksum_does_not_hide_an_outage(build: Build, builder: Builder, files: Serve, body):
    """Without a mirror, a file with a checksum whose server answers 503 is an outage, not an attack; 404 is a typo."""
    result = build(pinned(body, f"{files('503x*').url}/1.0/tool"), SEAWALL_BUDGET="0")
    assert (result.rc, classes(builder)) == (75, ["http-5xx"]), repr(result)
    result = build(pinned(body, f"{files().url}/1.0/absent"), SEAWALL_BUDGET="0")
    assert (result.rc, classes(builder)[1:]) == (69, ["not-found"]), repr(result)


@pytest.mark.parametrize("query", [False, pytest.param(True, marks=pytest.mark.long)])
def test_other_files_stay_where_they_are(build: Build, files: Serve, body, query: bool):
    """A file without a checksum that does not exist is a typo (69); a URL with a query may hold a login (75)."""
    own, other = files("503x*" if query else "404x*"), files()
    result = build(
        f"ADD {own.url}/1.0/tool{'?a=b' if query else ''} /got/\n", f"{own.url}/={other.url}/", SEAWALL_BUDGET="1"
    )
    assert (result.rc, len(other.journal)) == (75 if query else 69, 0), repr(result)


def test_absent_file_with_a_checksum_is_that_of_the_mirror(build: Build, files: Serve, body):
    """Where the content is pinned, `not found` counts only if all places say so."""
    own, other = files("404x*"), files()
    result = build(pinned(body, f"{own.url}/1.0/tool"), f"{own.url}/={other.url}/")
    assert result.rc == 0, repr(result)


def test_all_files_of_a_dead_server_move_together(
    build: Build, builder: Builder, files: Serve, body, dead: str, tmp_path
):
    """Two ADDs and one of another server: two attempts, and the healthy server keeps its file."""
    good, own = files(), files()
    text = f'ARG V=1.0\nADD {dead}/$V/tool /got/\nADD ["{dead}/1.0/other", "/got/"]\nADD {own.url}/1.0/tool /own/\n'
    result = build(text, f"{dead}/={good.url}/ {own.url}/={good.url}/")
    assert sorted(entry.path for entry in good.journal) == ["/1.0/other", "/1.0/tool"], repr(result)
    assert (result.rc, classes(builder)) == (0, ["connection-refused", ""]), repr(result)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == ["other", "tool", "tool"]


def test_healthy_build_asks_no_mirror(build: Build, builder: Builder, files: Serve, body):
    """Nothing is changed before a failure."""
    own, other = files(), files()
    result = build(pinned(body, f"{own.url}/1.0/tool"), f"{own.url}/={other.url}/")
    assert (result.rc, len(other.journal), builder.events("base")) == (0, 0, []), repr(result)


@pytest.mark.long
def test_policy_of_the_caller_is_kept(build: Build, files: Serve, body, dead: str, tmp_path):
    """BuildKit knows one source policy: with one of the caller the file stays at its server, and the log says so."""
    (tmp_path / "policy.json").write_text('{"rules":[]}')
    other = files()
    result = build(
        pinned(body, f"{dead}/1.0/tool"), f"{dead}/={other.url}/", SEAWALL_BUDGET="0",
        EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=str(tmp_path / "policy.json"),
    )  # fmt: skip
    assert (result.rc, len(other.journal), result.err.count("which needs a source policy")) == (75, 0, 1), repr(result)


def test_bake_takes_the_file_from_the_mirror(builder: Builder, files: Serve, body, dead: str, tmp_path):
    """Of two targets one has a file of a dead server; the next bake takes it from the mirror."""
    good, context = files(), tmp_path / "context"
    context.mkdir()
    (context / "one").write_text("FROM scratch\n" + pinned(body, f"{dead}/1.0/tool"))
    (context / "two").write_text("FROM scratch\nCOPY one /\n")
    targets = {
        name: {"context": str(context), "dockerfile": name, "output": ["type=cacheonly"]} for name in ("one", "two")
    }
    (tmp_path / "bake.json").write_text(
        json.dumps({"target": targets, "group": {"default": {"targets": list(targets)}}})
    )
    program = str(builder.kit / "docker-bake.sh")
    pairs = f"{dead}/={good.url}/"
    result = builder.ours("--file", tmp_path / "bake.json", program=program, SEAWALL_URL_MIRRORS=pairs, **LIMITS)
    assert [entry.path for entry in good.journal] == ["/1.0/tool"], repr(result)
    assert (result.rc, classes(builder)) == (0, ["connection-refused", ""]), repr(result)
