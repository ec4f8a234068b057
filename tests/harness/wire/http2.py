"""An upstream over HTTP/2 without TLS (prior knowledge), with real frames for resets and GOAWAY.

A reply with the ending `rst` ends with RST_STREAM and INTERNAL_ERROR, one with `fin` with GOAWAY and a close.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import h2.config
import h2.connection
import h2.errors
import h2.events

from harness.catalogue.faults import Reply
from harness.cells.cell import Cell
from harness.sites.site import Request, Upstream
from harness.wire.event_loop import loop_up
from harness.wire.journal import Entry, Journal
from harness.wire.server import Running

FRAME = 16_384
"""The frame size that every peer must accept (RFC 9113, SETTINGS_MAX_FRAME_SIZE)."""


class _Connection(asyncio.Protocol):
    def __init__(self, upstream: Upstream, journal: Journal) -> None:
        self.upstream, self.journal = upstream, journal
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.left: dict[int, tuple[Entry, Reply, bytes]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment] # a stream's
        self.http.initiate_connection()
        self.transport.write(self.http.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.http.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self._answer(event)
            elif isinstance(event, h2.events.WindowUpdated):
                for stream in list(self.left):
                    self._send(stream)
        self.transport.write(self.http.data_to_send())

    def _answer(self, event: h2.events.RequestReceived) -> None:
        headers = {_text(name): _text(value) for name, value in event.headers or ()}
        stream = event.stream_id or 0
        request = Request(headers.pop(":method"), headers.pop(":path"), headers)
        path_class, n, step = self.upstream.step(request, None)
        reply: Reply = step.change(self.upstream.site(request))
        body = reply.body[: reply.at] if reply.ending != "done" else reply.body
        entry = Entry(
            self.journal.now(), self.upstream.name, request.method, request.path, path_class, n, step.text,
            reply.status, len(body), reply.ending,
        )  # fmt: skip
        fields = [(name.lower(), value) for name, value in reply.headers]
        length = ("content-length", str(len(reply.body)))
        self.http.send_headers(stream, [(":status", str(reply.status)), *fields, length])
        self.left[stream] = entry, reply, body
        self._send(stream)

    def _send(self, stream: int) -> None:
        """Sends as much of the body as the flow control windows allow, then the ending."""
        entry, reply, body = self.left[stream]
        while body and (room := min(self.http.local_flow_control_window(stream), FRAME)) > 0:
            self.http.send_data(stream, body[:room])
            body = body[room:]
        self.left[stream] = entry, reply, body
        if body:
            return
        del self.left[stream]
        self.journal.add(entry)
        if reply.ending == "rst":
            self.http.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif reply.ending == "fin":
            self.http.close_connection(h2.errors.ErrorCodes.INTERNAL_ERROR, last_stream_id=0)
            self.transport.write(self.http.data_to_send())
            self.transport.close()
        else:
            self.http.end_stream(stream)


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@contextmanager
def serve_http2(upstream: Upstream, cell: Cell, address: str) -> Iterator[Running]:
    """Serves an upstream on port 80 of an address in a cell for the duration of the block."""
    journal = Journal()
    listener: socket.socket = cell.listen(address, 80)

    async def begin() -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: _Connection(upstream, journal), sock=listener)

    async def end(server: asyncio.Server) -> None:
        server.close()

    with loop_up("lab-http2") as loop:
        server = asyncio.run_coroutine_threadsafe(begin(), loop).result()
        try:
            yield Running(f"http://{address}", 80, journal, cell.enter)
        finally:
            asyncio.run_coroutine_threadsafe(end(server), loop).result()
