"""A link between two cells that loses, reorders and corrupts packets, drawn from a seed. Needs no kernel module.

Each end is a TUN device (IP packets, no Ethernet). All packets pass through this process, which counts the faults.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from harness.cells.cell import Cell
from harness.machine.run import run

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
"""A device for IP packets without the four-byte packet information header (linux/if_tun.h)."""
IFREQ = "16sH22x"
NAME = "lab0"
SERVER_ADDRESS, CLIENT_ADDRESS = "10.3.0.1", "10.3.0.2"
MTU = 1500
HEADS = 40
"""Bytes of an IP and a TCP header: only longer packets carry data, which may be corrupted."""


class LinkError(RuntimeError):
    """No link can be made here: what was wanted and why it failed."""


@dataclass
class Link:
    """The share of packets (0 to 1) with each fault, drawn per packet and direction; and how many packets had it."""

    lost: float = 0
    swapped: float = 0
    damaged: float = 0
    seed: str = "0"
    seen: Counter[str] = field(default_factory=Counter)

    def carrier(self, direction: str) -> Callable[[bytes], list[bytes]]:
        """Takes the packets of one direction in turn and returns those to send."""
        draw, held = random.Random(f"{self.seed}/{direction}"), list[bytes]()  # noqa: S311 # no secret

        def fate(packet: bytes) -> str:
            names, shares = ("lost", "swapped", "damaged"), (self.lost, self.swapped, self.damaged)
            found = draw.choices([*names, "passed"], [*shares, 1 - sum(shares)])[0]
            impossible = (found == "swapped" and held) or (found == "damaged" and len(packet) <= HEADS)
            return "passed" if impossible else found

        def carry(packet: bytes) -> list[bytes]:
            found = fate(packet)
            self.seen[found] += 1
            if found == "lost":
                return []
            if found == "swapped":  # sent after the next one
                held.append(packet)
                return []
            if found == "damaged":
                packet = packet[:-1] + bytes([packet[-1] ^ 1])
            leaves = [packet, *held]
            held.clear()
            return leaves

        return carry


def _device() -> int:
    """A TUN device in the namespace of the calling thread."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack(IFREQ, NAME.encode(), IFF_TUN_NO_PI))
    return descriptor


def _end(cell: Cell, address: str) -> int:
    """One end of a link, with its address; raises LinkError if there is no TUN device."""
    try:
        descriptor = cell.make(_device)
    except OSError as error:
        raise LinkError(f"wanted a TUN device, saw: {error.strerror}") from error
    for line in (f"ip address add {address}/24 dev {NAME}", f"ip link set {NAME} mtu {MTU} up"):
        result = run([*cell.enter, *line.split()])
        if result.rc != 0:
            os.close(descriptor)
            raise LinkError(f"wanted `{line}`, saw: {result.err.strip()}")
    return descriptor


def _pump(ends: Mapping[int, tuple[int, Callable[[bytes], list[bytes]]]], stop: int) -> None:
    while True:
        ready, _, _ = select.select([*ends, stop], [], [])
        if stop in ready:
            return
        for source in ready:
            sink, carry = ends[source]
            for packet in carry(os.read(source, MTU)):
                os.write(sink, packet)


@contextmanager
def linked(link: Link, server: Cell, client: Cell) -> Iterator[None]:
    """Joins two cells for the duration of the block, as SERVER_ADDRESS and CLIENT_ADDRESS.

    Raises LinkError if this machine cannot.
    """
    with ExitStack() as stack:
        ends = []
        for cell, address in ((server, SERVER_ADDRESS), (client, CLIENT_ADDRESS)):
            ends.append(_end(cell, address))
            stack.callback(os.close, ends[-1])
        stop, told = os.pipe()
        stack.callback(os.close, stop)
        ways = {
            ends[0]: (ends[1], link.carrier("to the client")),
            ends[1]: (ends[0], link.carrier("to the server")),
        }
        pump = threading.Thread(target=_pump, args=(ways, stop))
        pump.start()
        stack.callback(pump.join)
        stack.callback(os.close, told)
        yield
