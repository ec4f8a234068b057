"""What a CONNECT opens: bytes to and fro between a client of the lab and the host that it asked for."""

from __future__ import annotations

import asyncio

DIAL_LIMIT_S = 10


class Tunnel(asyncio.Protocol):
    """The far end of one CONNECT; what the client sends before it is open waits.

    `carried` is the number of bytes that went to the client.
    """

    def __init__(self, client: asyncio.Transport) -> None:
        self.client, self.waiting, self.carried = client, b"", 0
        self.ended = asyncio.Event()
        self.far: asyncio.Transport | None = None

    async def dial(self, target: str) -> bool:
        """Connects to HOST:PORT; false where nobody answers there."""
        host, _, port = target.rpartition(":")
        try:
            async with asyncio.timeout(DIAL_LIMIT_S):
                await asyncio.get_running_loop().create_connection(lambda: self, host.strip("[]"), int(port))
        except (OSError, ValueError, TimeoutError):
            return False
        return True

    async def carry(self) -> None:
        """Lets bytes through until one side ends."""
        if self.far and self.waiting:
            self.far.write(self.waiting)
        self.waiting = b""
        try:
            await self.ended.wait()
        finally:
            if self.far:
                self.far.close()

    def send(self, data: bytes) -> None:
        """Takes what the client says."""
        if self.far and not self.waiting:
            self.far.write(data)
        else:
            self.waiting += data

    def client_left(self) -> None:
        """The client has closed its half, and the tunnel with it."""
        self.ended.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.far = transport  # type: ignore[assignment] # a stream's

    def data_received(self, data: bytes) -> None:
        self.carried += len(data)
        self.client.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set()
