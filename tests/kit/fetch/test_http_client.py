"""scripts/lib/fetch/http-client.py: files, ranges, redirects, pages of an index.

Logins: tests/security/test_logins.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from harness.machine.run import Result, run

BODY = b"0123456789"


class Handler(BaseHTTPRequestHandler):
    """/file takes ranges, /moved redirects to it, /simple/ is an index, /portal/ has pages without files."""

    seen: list[tuple[str, str | None, str | None]]

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers["Range"], self.headers["Authorization"]))  # type: ignore[attr-defined]
        first = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").split("-")[0])
        kind, status, body, location = "text/html", 200, b"", ""
        if self.path == "/moved":
            status, location = 302, "/file"
        elif self.path == "/file" and first < len(BODY):
            status, body = 206 if self.headers["Range"] else 200, BODY[first:]
        elif self.path.startswith("/simple/"):
            body = b'<a href="x-1.0.tar.gz">'
        elif self.path.startswith("/portal/"):
            body = b"<html>log in"
        else:
            status = 416 if self.path == "/file" else 503
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Location": location, "Content-Length": str(len(body))}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the journal is `seen`."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(kit: Path, server: ThreadingHTTPServer) -> Callable[..., Result]:
    def call(path: str, what: str, name: object, schemes: str = "http,https", login: str = "") -> Result:
        url = f"http://{login}127.0.0.1:{server.server_port}{path}"
        script = [sys.executable, kit / "lib/fetch/http-client.py", what, str(name)]
        return run(script, env={"CLIENT_URL": url, "CLIENT_SCHEMES": schemes, "CLIENT_TIMEOUT": "10"})

    return call


def test_rest_of_a_file_is_fetched(client, server, tmp_path):
    """A part is continued where it ends, a missing one is fetched whole, also after a redirect."""
    part = tmp_path / "part"
    assert client("/moved", "rest", part).rc == 0
    part.write_bytes(BODY[:4])
    assert client("/file", "rest", part, login="bob:x@").rc == 0
    assert part.read_bytes() == BODY
    login = "Basic Ym9iOng="
    assert server.seen == [("/moved", None, None), ("/file", None, None), ("/file", "bytes=4-", login)]


def test_failures_have_the_words_of_other_clients(client, tmp_path):
    """Status and URL are named without a login; a scheme that is not allowed is refused before any request."""
    failed = client("/gone", "whole", tmp_path / "x", login="bob:x@")
    assert (failed.rc, "503 Server Error" in failed.err, "bob" in failed.err) == (1, True, False)
    assert "the scheme is not allowed" in client("/file", "probe", "/dev/null", schemes="https").err


def test_page_of_an_index_holds_files(client, server):
    """A page with files is an index; the page of a login portal is not."""
    assert client("/simple/", "index", "idna").rc == 0
    assert "unexpected content" in client("/portal", "index", "idna").err
    assert [path for path, *_ in server.seen] == ["/simple/idna/", "/portal/idna/"]
