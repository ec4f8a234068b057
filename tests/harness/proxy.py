"""An HTTP proxy with a password, as companies have them: CONNECT and plain GET, and a journal of who asked for what."""

from __future__ import annotations

import base64
import http.client
import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

USER, PASSWORD = "clerk", "hunter2"
WANTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class Proxy:
    """A proxy that listens; `seen` holds (method, host:port) of each request that it served.

    `answers` are statuses for the first requests, instead of what they ask for.
    """

    url: str
    seen: list[tuple[str, str]] = field(default_factory=list)
    refused: int = 0
    answers: list[int] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """The variables by which clients find it."""
        return {"HTTP_PROXY": self.url, "HTTPS_PROXY": self.url, "http_proxy": self.url, "https_proxy": self.url}


@contextmanager
def proxy_up(address: str, answers: Sequence[int] = ()) -> Iterator[Proxy]:
    """A proxy on a free port of `address` for the time of the block; the first requests get `answers`."""
    server = ThreadingHTTPServer((address, 0), _Handler)
    server.daemon_threads = True
    port = server.server_address[1]
    found = Proxy(f"http://{USER}:{PASSWORD}@{address}:{port}", answers=list(answers))
    server.journal = found  # type: ignore[attr-defined] # the handler's way to the journal
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Says nothing: the journal holds what was asked."""

    def _may(self, target: str) -> bool:
        journal: Proxy = self.server.journal  # type: ignore[attr-defined]
        if journal.answers:
            journal.refused += 1
            self.send_error(journal.answers.pop(0))
            return False
        if self.headers.get("Proxy-Authorization") == WANTED:
            journal.seen.append((self.command, target))
            return True
        journal.refused += 1
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="company"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def do_CONNECT(self) -> None:
        if not self._may(self.path):
            return
        host, _, port = self.path.rpartition(":")
        try:
            upstream = socket.create_connection((host, int(port)), timeout=10)
        except OSError:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        with upstream:
            _relay(self.connection, upstream)
        self.close_connection = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if not self._may(parts.netloc):
            return
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        headers = {key: value for key, value in self.headers.items() if not key.lower().startswith("proxy-")}
        connection.request("GET", parts._replace(scheme="", netloc="").geturl(), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in {"transfer-encoding", "connection", "content-length"}:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Copies both ways until one side ends."""
    ends = {one: other, other: one}
    while True:
        readable, _, _ = select.select([one, other], [], [], 60)
        for end in readable:
            data = end.recv(65536)
            if not data:
                return
            ends[end].sendall(data)
        if not readable:
            return
