"""Serves an upstream on an address of this machine's own, in a thread, for the time of a block."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from harness.catalogue.schedule import FOR_EVER
from harness.cells.cell import Cell
from harness.machine.networks import check_address
from harness.sites.site import Upstream
from harness.wire.connection import Connection
from harness.wire.event_loop import loop_up
from harness.wire.journal import Journal

MANY = 100_000
"""More connections than any client here opens."""
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Running:
    """A server that listens: its address, its journal, the words before a command that bring it there."""

    url: str
    port: int
    journal: Journal
    enter: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """Name and port, as images have it."""
        return self.url.partition("//")[2].partition("/")[0]

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
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
    """Serves one upstream for the time of the block; it listens before the block begins.

    `hello_resets` is the number of connections whose TLS hello is answered with a reset (FOR_EVER for all); a hello to
    a server without `tls` is answered in plain HTTP. `connections` is how many it takes at a time, the others wait in
    the backlog; 0 takes all. In a cell it may have any address and the usual port; `name` is what the cell's resolver
    calls it. `scheme` is what its URL begins with, where that is not what it speaks.
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
    door = _Door(listener, upstream, journal, tls, hello_resets, connections)
    with loop_up(f"lab-{upstream.name}") as loop, upstream.serving():
        asyncio.run_coroutine_threadsafe(door.open(), loop).result()
        try:
            yield Running(url, number, journal, cell.enter if cell else ())
        finally:
            asyncio.run_coroutine_threadsafe(door.close(), loop).result()


class _Door:
    """Takes connections from a listening socket, as many at a time as it may, and gives each to a Connection."""

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

    async def open(self) -> None:
        self.listener.setblocking(False)
        self.begin(self._take())

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Does the work in a task that ends when the door closes, at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.slots.acquire()
            stream, _ = await loop.sock_accept(self.listener)
            if self.tls:
                # A handshake takes as long as the client likes: the next one does not wait for it.
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
            await asyncio.get_running_loop().connect_accepted_socket(connection, stream, ssl=tls)
        except OSError:  # a handshake that the client has broken off
            self.slots.release()

    async def close(self) -> None:
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.listener.close()
