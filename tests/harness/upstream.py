"""A small upstream in a thread: routes are data, faults are counted, a journal says what was asked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULT_LIMIT_S = 10
"""How long the server waits for the rest of a request, so that a client that hangs does not hold the test."""


@dataclass(frozen=True)
class Upstream:
    """A running server: its address, and every request in order as (method, path)."""

    url: str
    journal: list[tuple[str, str]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for _, path in self.journal]


@contextmanager
def upstream(routes: Mapping[str, bytes], faults: Iterable[int] = ()) -> Iterator[Upstream]:
    """Serves `routes` (path to body) on 127.0.0.1 for the time of the block; other paths are 404.

    The n-th request is answered with the n-th status of `faults` and no body worth reading; requests after the
    last one are served. `itertools.repeat(503)` is a server that is down for good, 200 in the list no fault.
    """
    script = iter(faults)
    turn = threading.Lock()
    journal: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = FAULT_LIMIT_S

        def do_GET(self) -> None:
            with turn:
                journal.append((self.command, self.path))
                status = next(script, 200)
            body = routes.get(self.path.split("?")[0])
            if status == 200 and body is None:
                status = 404
            self.answer(status, body if status == 200 and body is not None else b"a fault of this test\n")

        do_HEAD = do_GET  # noqa: N815 # the name that http.server calls

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The journal is the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Upstream(f"http://127.0.0.1:{server.server_port}", journal)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def refusing() -> Iterator[str]:
    """The address of a port that is taken and does not listen: every connection is refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
