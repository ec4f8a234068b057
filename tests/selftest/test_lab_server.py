"""harness/wire/server.py and reply_writer.py with raw sockets: the bytes on the wire are those of the schedule."""

from __future__ import annotations

import concurrent.futures
import json
import socket
import struct
import time

import pytest
from harness.catalogue.schedule import parse
from harness.machine.networks import ForeignAddressError
from harness.sites.file_site import files
from harness.sites.site import Rule, ServingError, Upstream
from harness.wire.journal import Journal, MissingError
from harness.wire.server import serve

BODY = bytes(range(256)) * 4096
CONTENT = {"/small": b"hello\n", "/big": BODY, "/index/": b"<a>"}
CLASSES = (("index", "/$"), ("file", "."))


def up(schedule: str = "ok", **more: object):
    """Serves an upstream with these files on a free port."""
    return serve(Upstream("files", files(CONTENT), CLASSES, (Rule(parse(schedule)),), **more))  # type: ignore[arg-type] # of Upstream


def ask(port: int, path: str = "/small", headers: str = "", method: str = "GET") -> tuple[bytes, str]:
    """Sends one request on its own connection; returns all bytes, and whether a close, a reset or the timeout ended
    them.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
        client.sendall(f"{method} {path} HTTP/1.1\r\nHost: lab\r\n{headers}\r\n".encode())
        got = b""
        while True:
            try:
                part = client.recv(1 << 16)
            except ConnectionResetError:
                return got, "rst"
            except TimeoutError:
                return got, "silence"
            if not part:
                return got, "fin"
            got += part


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


CLOSE = "Connection: close\r\n"


@pytest.mark.parametrize("at", [0, 1, 4096, 700_001])
@pytest.mark.parametrize("ending", ["rst", "fin"])
def test_cut_is_exact_to_the_byte(ending, at):
    with up(f"{ending}@{at}x*") as lab:
        for _ in range(10):
            answer, ended = ask(lab.port, "/big")
            assert (len(body_of(answer)), ended) == (at, ending)
            assert body_of(answer) == BODY[:at]
        assert {(entry.sent, entry.ending, entry.status) for entry in lab.journal} == {(at, ending, 200)}


@pytest.mark.parametrize("ending", ["rst", "fin"])
def test_ending_before_the_status_line(ending):
    with up(ending) as lab:
        assert ask(lab.port) == (b"", ending)
        entry = lab.journal.wait_for("the entry", lambda _: True)[0]
    assert (entry.status, entry.sent, entry.ending) == (0, 0, ending)


def test_stall_holds_the_connection_and_ends_with_the_server():
    with up("stall@5") as lab:
        answer, ended = ask(lab.port, "/big")
        assert (body_of(answer), ended) == (BODY[:5], "silence")
    assert [(entry.sent, entry.ending) for entry in lab.journal] == [(5, "stall")]


def test_stalled_client_does_not_hold_others():
    with up("stall -> ok") as lab, socket.create_connection(("127.0.0.1", lab.port)) as stuck:
        stuck.sendall(b"GET /big HTTP/1.1\r\nHost: lab\r\n\r\n")
        # The first request hangs: continue when it has its number.
        deadline = time.monotonic() + 5
        while ask_first(lab) == 0 and time.monotonic() < deadline:
            pass
        assert body_of(ask(lab.port, "/small", "Range: bytes=0-3\r\n" + "Connection: close\r\n")[0]) == b"hell"


def ask_first(lab) -> int:
    """The number of requests that were counted, by a request that is always answered."""
    return 1 if b"200" in ask(lab.port, "/f/ok/small")[0] else 0


def test_bytes_of_a_rate_come_at_that_rate():
    with up("rate(bps=2000)x*") as lab:
        begun = time.monotonic()
        answer, _ = ask(lab.port, "/big", "Range: bytes=0-999\r\n")
        took = time.monotonic() - begun
    assert len(body_of(answer)) == 1000
    assert 0.45 < took - 2 < 1.5  # ask() waits two seconds for a kept connection to end


@pytest.mark.parametrize(
    ("schedule", "has"),
    [
        ("503(retry-after=7)", b"Retry-After: 7\r\n"),
        ("404", b"HTTP/1.1 404 Not Found"),
        ("html", b"<html>"),
        ("length(by=7)", b"Content-Length: 13\r\n"),
        ("length(by=-2)", b"Content-Length: 4\r\n"),
        ("encoding", b"Content-Encoding: gzip\r\n"),
        ("redirect", b"Location: /small\r\n"),
        ("redirect(to=dead)", b"Location: http://127.0.0.1:1/\r\n"),
        ("bad-chunks", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ("huge-head", b"X-Padding: xxxx"),
        ("stale", b"Age: 86400\r\n"),
    ],
)
def test_fault_is_in_the_bytes(schedule, has):
    with up(schedule) as lab, concurrent.futures.ThreadPoolExecutor() as pool:
        assert has in pool.submit(ask, lab.port).result()[0]
    assert [entry.fault for entry in lab.journal] == [schedule]


def test_no_length_ends_with_a_close():
    with up("no-length") as lab:
        answer, ended = ask(lab.port)
    assert (b"Content-Length" in answer, body_of(answer), ended) == (False, b"hello\n", "fin")


def test_url_aims_one_line_and_leaves_the_others():
    with up() as lab:
        assert [answered(lab, "/f/503x2,ok/small") for _ in range(3)] == [b"503", b"503", b"200"]
        assert answered(lab, "/small") == b"200"
        broken = ask(lab.port, "/f/5o3/small", CLOSE)[0]
    assert b"HTTP/1.1 400" in broken
    assert b"at character 1" in broken
    assert {entry.path for entry in lab.journal} == {"/small", "/f/5o3/small"}


def test_url_aims_at_one_class_and_a_word_counts_apart():
    with up() as lab:
        assert answered(lab, "/f/file:503/index/") == b"200"
        assert [answered(lab, "/f/file:503/small") for _ in range(2)] == [b"503", b"200"]
        assert answered(lab, "/f/file:503~again/small") == b"503"
        unknown = ask(lab.port, "/f/moon:503/small", CLOSE)[0]
    assert b"wanted a path class of index file other, saw 'moon'" in unknown


def answered(lab, path: str) -> bytes:
    """The status of one answer."""
    return ask(lab.port, path, CLOSE)[0][9:12]


def test_rule_is_for_its_class_and_method_and_counts_them_apart():
    site = Upstream("files", files(CONTENT), CLASSES, (Rule(parse("503"), method="GET", path_class="file"),))
    with serve(site) as lab:
        got = [ask(lab.port, path, CLOSE, method)[0][9:12] for path, method in
               (("/index/", "GET"), ("/small", "HEAD"), ("/small", "GET"), ("/small", "GET"))]  # fmt: skip
        assert got == [b"200", b"200", b"503", b"200"]
    assert [(entry.path_class, entry.n) for entry in lab.journal] == [
        ("index", 1),
        ("file", 1),
        ("file", 1),
        ("file", 2),
    ]


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ("Range: bytes=2-3\r\n", b"206", b"ll"),
        ("Range: bytes=4-\r\n", b"206", b"o\n"),
        ("Range: bytes=-2\r\n", b"206", b"o\n"),
        ("Range: bytes=9-\r\n", b"416", b""),
        ('Range: bytes=2-3\r\nIf-Range: "old"\r\n', b"200", b"hello\n"),
    ],
)
def test_ranges(headers, status, body):
    with up() as lab:
        answer = ask(lab.port, "/small", headers)[0]
    assert (answer[9:12], body_of(answer)) == (status, body)


def test_tls_hello_to_a_plain_port_is_answered():
    with up() as lab, socket.create_connection(("127.0.0.1", lab.port), timeout=2) as client:
        client.sendall(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert [(entry.method, entry.path_class, entry.ending) for entry in lab.journal] == [("TLS", "hello", "fin")]


def test_change_of_an_upstream_is_refused_while_it_is_served():
    upstream = Upstream("files", files(CONTENT))
    with serve(upstream) as lab:
        with pytest.raises(ServingError, match="wanted no change of rules while 'files' is served: end it"):
            upstream.rules = (Rule(parse("503x*")),)
        assert ask(lab.port, headers=CLOSE)[0][9:12] == b"200"
    upstream.rules = (Rule(parse("503x*")),)
    with serve(upstream) as lab:
        assert ask(lab.port, headers=CLOSE)[0][9:12] == b"503"


def test_site_that_breaks_is_told_in_the_journal():
    def broken(_):
        raise KeyError("oops")

    with serve(Upstream("broken", broken)) as lab:
        assert ask(lab.port, "/a", CLOSE)[0][9:12] == b"500"
    assert [(entry.fault, entry.status) for entry in lab.journal] == [("lab error: KeyError: 'oops'", 500)]


def test_requests_in_one_connection_are_answered_in_order():
    with up() as lab, socket.create_connection(("127.0.0.1", lab.port), timeout=2) as client:
        client.sendall(b"GET /small HTTP/1.1\r\n\r\nGET /index/ HTTP/1.1\r\n\r\n")
        lab.journal.wait_for("both", lambda _: True, count=2)
        got = b""
        while b"<a>" not in got:
            got += client.recv(4096)
    assert got.index(b"hello") < got.index(b"<a>")


def test_same_seed_gives_equal_journals_whatever_the_order():
    def run(workers: int) -> Journal:
        with up("503%40 x*", seed="7") as lab, concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: ask(lab.port, "/small", CLOSE), range(40)))
            return lab.journal

    assert run(1).multiset() == run(8).multiset()


def test_secrets_stay_out_of_the_journal(tmp_path):
    file = tmp_path / "journal.jsonl"
    with serve(Upstream("a", files(CONTENT)), journal=Journal(file)) as lab:
        ask(lab.port, "/small", "Authorization: Bearer hush\r\nRange: bytes=0-1\r\n")
    assert "hush" not in file.read_text()
    written = json.loads(file.read_text())
    assert written["headers"] == {"range": "bytes=0-1", "authorization": "present"}
    assert written["cell"] == "loopback"


def test_waiting_for_what_never_comes_ends_and_shows_the_journal():
    with up() as lab:
        ask(lab.port)
        with pytest.raises(MissingError, match=r"wanted 1 of: a push, saw 0 within 0\.1 s"):
            lab.journal.wait_for("a push", lambda entry: entry.method == "PUT", within=0.1)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104 # refused
def test_address_that_is_not_the_labs_is_refused(address):
    with (
        pytest.raises(ForeignAddressError, match="wanted an address of loopback"),
        serve(Upstream("a", files({})), address=address),
    ):
        pass


def test_port_is_free_again_and_nothing_runs_afterwards():
    with up("stall") as lab, socket.create_connection(("127.0.0.1", lab.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"GET /small HTTP/1.1\r\n\r\n")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", lab.port))
