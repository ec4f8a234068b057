"""The tunnel of a CONNECT: forwards bytes between a client of the lab and the requested host."""

from __future__ import annotations

import asyncio

DIAL_LIMIT_S = 10


class Tunnel(asyncio.Protocol):
    """The far end of a CONNECT; bytes that the client sends before the tunnel opens are kept.

    `carried` is the number of bytes sent to the client.
    """

    def __init__(self, client: asyncio.Transport) -> None:
        self.client, self.waiting, self.carried = client, b"", 0
        self.ended = asyncio.Event()
        self.far: asyncio.Transport | None = None

    async def dial(self, target: str) -> bool:
        """Connects to HOST:PORT; false if the connection fails."""
        host, _, port = target.rpartition(":")
        try:
            async with asyncio.timeout(DIAL_LIMIT_S):
                await asyncio.get_running_loop().create_connection(lambda: self, host.strip("[]"), int(port))
        except (OSError, ValueError, TimeoutError):
            return False
        return True

    async def carry(self) -> None:
        """Forwards bytes until one side closes."""
        if self.far and self.waiting:
            self.far.write(self.waiting)
        self.waiting = b""
        try:
            await self.ended.wait()
        finally:
            if self.far:
                self.far.close()

    def send(self, data: bytes) -> None:
        """Takes bytes from the client."""
        if self.far and not self.waiting:
            self.far.write(data)
        else:
            self.waiting += data

    def client_left(self) -> None:
        """Closes the tunnel after the client closed its side."""
        self.ended.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.far = transport  # type: ignore[assignment] # a stream's

    def data_received(self, data: bytes) -> None:
        self.carried += len(data)
        self.client.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set()
