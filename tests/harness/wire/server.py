"""Serves an upstream on an address of this machine, in a thread, for the duration of a block."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from weakref import WeakSet

from harness.catalogue.schedule import FOR_EVER
from harness.cells.cell import Cell
from harness.machine.networks import check_address
from harness.sites.site import Upstream
from harness.wire.connection import Connection
from harness.wire.event_loop import loop_up
from harness.wire.journal import Journal

MANY = 100_000
"""More connections than any client opens."""
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Running:
    """A listening server: its URL, its journal, and the prefix of commands that need to reach it."""

    url: str
    port: int
    journal: Journal
    enter: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """Host and port, as in an image name."""
        return self.url.partition("//")[2].partition("/")[0]

    @property
    def paths(self) -> list[str]:
        """The paths of all requests, in order."""
        return [entry.path for entry in self.journal]


@contextmanager
def serve(
    upstream: Upstream,
    *,
    address: str = "127.0.0.1",
    allowed: Sequence[str] = (),
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    hello_resets: int = 0,
    connections: int = 0,
    scheme: str = "",
    journal: Journal | None = None,
    cell: Cell | None = None,
    name: str = "",
) -> Iterator[Running]:
    """Serves one upstream for the duration of the block; it listens before the block begins.

    `hello_resets` is the number of connections whose TLS hello is answered with a reset (FOR_EVER for all); without
    `tls`, a TLS hello is answered in plain HTTP. `connections` is the number of parallel connections, others wait in
    the backlog; 0 is no limit. In a cell the address may be any and the port is the protocol's; `name` is the host's
    name in the cell's resolver. `scheme` is the scheme of the URL, if it differs from the protocol.
    """
    if journal is None:
        journal = Journal(cell=cell.name) if cell else Journal()
    scheme = scheme or ("https" if tls else "http")
    if cell:
        listener = cell.listen(address, port or PORTS[scheme])
    else:
        listener = socket.create_server((check_address(address, allowed), port), backlog=512)
    number = listener.getsockname()[1]
    host = name or address
    url = f"{scheme}://{host}" if number == PORTS[scheme] else f"{scheme}://{host}:{number}"
    acceptor = _Acceptor(listener, upstream, journal, tls, hello_resets, connections)
    with loop_up(f"lab-{upstream.name}") as loop, upstream.serving():
        asyncio.run_coroutine_threadsafe(acceptor.open(), loop).result()
        try:
            yield Running(url, number, journal, cell.enter if cell else ())
        finally:
            asyncio.run_coroutine_threadsafe(acceptor.close(), loop).result()


class _Acceptor:
    """Accepts connections, limited in number, and gives each to a Connection."""

    def __init__(
        self,
        listener: socket.socket,
        upstream: Upstream,
        journal: Journal,
        tls: ssl.SSLContext | None,
        hello_resets: int,
        connections: int,
    ) -> None:
        self.listener, self.upstream, self.journal, self.tls = listener, upstream, journal, tls
        self.hello_resets, self.slots = hello_resets, asyncio.Semaphore(connections or MANY)
        self.tasks: set[asyncio.Task[None]] = set()
        self.streams: WeakSet[asyncio.BaseTransport] = WeakSet()

    async def open(self) -> None:
        self.listener.setblocking(False)
        self.begin(self._take())

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Runs work in a task that is cancelled when the server closes."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.slots.acquire()
            stream, _ = await loop.sock_accept(self.listener)
            if self.tls:
                # A slow TLS handshake must not block the next one.
                self.begin(self._greet(stream))
            else:
                await self._greet(stream)

    async def _greet(self, stream: socket.socket) -> None:
        resets = self.hello_resets > 0 or self.hello_resets == FOR_EVER
        self.hello_resets -= 1 if self.hello_resets > 0 else 0
        tls = None if resets else self.tls

        def connection() -> Connection:
            return Connection(
                self.upstream,
                self.journal,
                self.tasks,
                tls=self.tls is not None,
                resets_hello=resets,
                on_end=self.slots.release,
            )

        try:
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(connection, stream, ssl=tls)
            self.streams.add(transport)
        except OSError:  # the client broke off the handshake
            self.slots.release()

    async def close(self) -> None:
        """Ends everything. A client with an idle connection sees its end at once, as when a server stops."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.listener.close()
        for transport in self.streams:
            # One that is closed has lost its loop, or its TLS (Python 3.11).
            with suppress(AttributeError):
                transport.abort()  # type: ignore[attr-defined] # a stream's
        await asyncio.sleep(0)  # the loop closes the sockets in its next turn
