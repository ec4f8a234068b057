"""Writes a reply to a socket exactly as specified: its bytes, its pace, its ending."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import http
import socket
import struct
import termios
from dataclasses import dataclass, field

from harness.catalogue.faults import Reply

DRAIN_LIMIT_S = 30.0
"""How long a client may leave bytes unread before the reset or close is sent anyway."""
PACE_STEP_S = 0.05
"""The longest time between two writes of a paced body."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for zero seconds: close() sends RST."""
TCP_ESTABLISHED = 1
"""The first byte of TCP_INFO while both sides may send (include/net/tcp_states.h)."""
BIG = 1 << 18
"""The largest body that is written at once, and the limit of the write buffer."""


@dataclass
class Flow:
    """The output side of a connection: its transport, whether it may write, whether the client has closed."""

    transport: asyncio.Transport
    writable: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.transport.set_write_buffer_limits(high=BIG)
        self.writable.set()

    def leave(self) -> None:
        """Marks the client as gone and wakes waiting writers."""
        self.closed.set()
        self.writable.set()


def head_of(reply: Reply) -> bytes:
    """The status line and headers."""
    try:
        reason = http.HTTPStatus(reply.status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {reason}", *(f"{name}: {value}" for name, value in reply.headers)]
    if reply.framing == "bad-chunks":
        lines.append("Transfer-Encoding: chunked")
    elif reply.framing == "close":
        lines.append("Connection: close")
    elif reply.status != 304 and reply.framing != "tunnel":
        lines.append(f"Content-Length: {max(0, len(reply.body) + reply.skew)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def is_plain(reply: Reply) -> bool:
    """Whether the reply can be written in one go and the connection kept."""
    return (
        reply.ending == "done"
        and reply.framing == "length"
        and len(reply.body) <= BIG
        and not (reply.early or reply.skew or reply.rate or reply.delay or reply.head_rate)
    )


def reset(transport: asyncio.Transport) -> None:
    """Sends RST at once and discards the send queue."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    transport.abort()


async def drained(transport: asyncio.Transport) -> bool:
    """Waits until the peer has acknowledged every byte (TIOCOUTQ is 0); false if the client does not read."""
    sock: socket.socket = transport.get_extra_info("socket")
    end = asyncio.get_running_loop().time() + DRAIN_LIMIT_S
    pause = 0.0
    while not transport.is_closing():
        if transport.get_write_buffer_size() == 0:
            left = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0]
            if left == 0:
                return True
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(pause)
        pause = min(0.005, pause + 0.0005)
    return False


async def left(transport: asyncio.Transport) -> None:
    """Waits until the client closes or resets, without reading its bytes."""
    sock: socket.socket = transport.get_extra_info("socket")
    while sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_ESTABLISHED:
        await asyncio.sleep(PACE_STEP_S)


async def write(flow: Flow, reply: Reply, *, with_body: bool) -> tuple[int, str]:
    """Sends the reply; returns the number of body bytes sent and the ending, once they have left the send queue.

    The caller applies the ending with `end`, after it has recorded the request: a client that sees the ending may exit
    before the next line here runs.
    """
    if reply.delay:
        await asyncio.sleep(reply.delay)
    if reply.ending != "done" and reply.at < 0:
        return 0, await _emptied(flow.transport, reply.ending)
    body = reply.body if with_body else b""
    if reply.framing == "bad-chunks" and with_body:
        body = b"zz\r\n" + body + b"\r\n0\r\n\r\n"
    cut = min(len(body), reply.at) if reply.ending != "done" else len(body)
    head = head_of(reply)
    if reply.head_rate:
        await _pace(flow, head, reply.head_rate)
    else:
        flow.transport.write(head)
    sent = await _pace(flow, memoryview(body)[:cut], reply.rate)
    if flow.closed.is_set():
        return sent, "gone"
    ending = reply.ending
    # A reply without a body has no wrong length.
    if ending == "done" and (reply.framing in ("close", "bad-chunks") or (reply.skew and with_body)):
        ending = "fin"
    return sent, "done" if ending == "done" else await _emptied(flow.transport, ending)


async def _pace(flow: Flow, data: bytes | memoryview, rate: float) -> int:
    """Writes at `rate` bytes per second, 0 for no limit."""
    loop = asyncio.get_running_loop()
    begun, sent = loop.time(), 0
    while sent < len(data) and not flow.closed.is_set():
        due = len(data) if not rate else min(len(data), int((loop.time() - begun) * rate) + 1)
        if due > sent:
            part = data[sent : min(due, sent + BIG)]
            flow.transport.write(part)
            sent += len(part)
        if not rate:
            await flow.writable.wait()
            continue
        with contextlib.suppress(TimeoutError):
            wait = max(0.001, min(PACE_STEP_S, begun + (sent + 1) / rate - loop.time()))
            await asyncio.wait_for(flow.closed.wait(), wait if rate > 1 / PACE_STEP_S else 1 / rate)
    return sent


async def _emptied(transport: asyncio.Transport, ending: str) -> str:
    """The ending, once the client's kernel has every byte; gone if the client accepts none."""
    return ending if await drained(transport) else "gone"


def end(transport: asyncio.Transport, ending: str) -> None:
    """Applies the ending: reset, close or silence. `done` leaves the connection as it is."""
    if ending == "gone":
        transport.abort()
    elif ending == "rst":
        reset(transport)
    elif ending == "fin" and transport.can_write_eof():
        # Half-close: a full close with unread input would send a reset.
        transport.write_eof()
    elif ending == "fin":
        transport.close()
