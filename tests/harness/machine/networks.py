"""Which addresses the lab may use: loopback, and networks that lead nowhere else. Faults go to no other."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

ROUTES = Path("/proc/net/route")


class ForeignAddressError(ValueError):
    """An address that is not this machine's own: faults go nowhere else."""


def check_address(address: str, allowed: Sequence[str] = ()) -> str:
    """The address again when it is loopback or within `allowed` networks that the lab made."""
    found = ipaddress.ip_address(address)
    if found.is_loopback or any(found in ipaddress.ip_network(net) for net in allowed):
        return address
    raise ForeignAddressError(f"wanted an address of loopback or of a network that the lab made, saw {address}")


def closed_networks(routes: str | None = None) -> list[str]:
    """The IPv4 networks of this namespace where none of its routes has a gateway, as in a container of an internal
    network; none where there is a way out. `routes` is the text of /proc/net/route, else the kernel's.
    """
    lines = (ROUTES.read_text() if routes is None else routes).splitlines()[1:]
    rows = [line.split() for line in lines]
    if any(int(gateway, 16) for _, _, gateway, *_ in rows):
        return []
    return [f"{_dotted(row[1])}/{_dotted(row[7])}" for row in rows]


def own_address() -> str:
    """The address by which this host's name is known, a container's in its network."""
    return socket.gethostbyname(socket.gethostname())


def _dotted(word: str) -> str:
    """A word of /proc/net/route, in the machine's own byte order, as people write it."""
    return socket.inet_ntoa(struct.pack("=I", int(word, 16)))
