"""Which addresses the lab may use: loopback, and networks without a way out. Faults must not reach others."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

ROUTES = Path("/proc/net/route")


class ForeignAddressError(ValueError):
    """An address outside this machine and its closed networks."""


def check_address(address: str, allowed: Sequence[str] = ()) -> str:
    """Returns the address if it is loopback or in one of the `allowed` networks of the lab."""
    found = ipaddress.ip_address(address)
    if found.is_loopback or any(found in ipaddress.ip_network(net) for net in allowed):
        return address
    raise ForeignAddressError(f"wanted an address of loopback or of a network that the lab made, saw {address}")


def closed_networks(routes: str | None = None) -> list[str]:
    """The IPv4 networks of this namespace, if no route has a gateway, as in a container of an internal network; else
    none. `routes` is the text of /proc/net/route; the kernel's by default.
    """
    lines = (ROUTES.read_text() if routes is None else routes).splitlines()[1:]
    rows = [line.split() for line in lines]
    if any(int(gateway, 16) for _, _, gateway, *_ in rows):
        return []
    return [f"{_dotted(row[1])}/{_dotted(row[7])}" for row in rows]


def own_address() -> str:
    """The address of this host's name; in a container, its address in the network."""
    return socket.gethostbyname(socket.gethostname())


def _dotted(word: str) -> str:
    """A hexadecimal word of /proc/net/route, in native byte order, in dotted notation."""
    return socket.inet_ntoa(struct.pack("=I", int(word, 16)))
