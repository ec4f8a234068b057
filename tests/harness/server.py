"""Serves an upstream on an address of this machine's own, in a thread, for the time of a block."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from harness.connection import Connection
from harness.journal import Journal
from harness.site import Upstream


class ForeignAddressError(ValueError):
    """An address that is not this machine's own: faults go nowhere else."""


def check_address(address: str, allowed: Sequence[str] = ()) -> str:
    """The address again when it is loopback or within `allowed` networks that the lab made."""
    found = ipaddress.ip_address(address)
    if found.is_loopback or any(found in ipaddress.ip_network(net) for net in allowed):
        return address
    raise ForeignAddressError(f"wanted an address of loopback or of a network that the lab made, saw {address}")


@dataclass(frozen=True)
class Running:
    """A server that listens: its address, its journal."""

    url: str
    port: int
    journal: Journal

    @property
    def host(self) -> str:
        """Name and port, as images have it."""
        return self.url.partition("//")[2]

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
    resets_hello: bool = False,
    journal: Journal | None = None,
) -> Iterator[Running]:
    """Serves one upstream for the time of the block; it listens before the block begins.

    A TLS hello to a server without `tls` is answered in plain HTTP, or with a reset where `resets_hello` says so.
    """
    journal = Journal() if journal is None else journal
    listener = socket.create_server((check_address(address, allowed), port), backlog=512)
    loop = asyncio.new_event_loop()
    tasks: set[asyncio.Task[None]] = set()
    ready = loop.run_until_complete(
        loop.create_server(
            lambda: Connection(upstream, journal, tasks, tls=tls is not None, resets_hello=resets_hello),
            sock=listener,
            ssl=tls,
        )
    )
    thread = threading.Thread(target=loop.run_forever, name=f"lab-{upstream.name}")
    thread.start()
    number = listener.getsockname()[1]
    try:
        yield Running(f"{'https' if tls else 'http'}://{address}:{number}", number, journal)
    finally:
        asyncio.run_coroutine_threadsafe(_stop(ready, tasks), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: asyncio.Server, tasks: set[asyncio.Task[None]]) -> None:
    server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
