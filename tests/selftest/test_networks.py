"""harness/machine/networks.py: which addresses the lab may use."""

from __future__ import annotations

import socket
import struct
import sys

import pytest
from harness.machine.networks import closed_networks

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
NO_GATEWAY = DEFAULT = socket.inet_ntoa(bytes(4))


def row(network: str, gateway: str, mask: str) -> str:
    """A line of /proc/net/route as the kernel writes it, in native byte order."""
    words = [f"{struct.unpack('=I', socket.inet_aton(text))[0]:08X}" for text in (network, gateway, mask)]
    return f"eth0\t{words[0]}\t{words[1]}\t0001\t0\t0\t0\t{words[2]}\t0\t0\t0\n"


def test_network_without_a_gateway_is_closed():
    assert closed_networks(HEAD + row("10.213.48.0", NO_GATEWAY, "255.255.255.192")) == ["10.213.48.0/255.255.255.192"]


@pytest.mark.parametrize("way", [DEFAULT, "192.0.2.0"], ids=["default route", "route to one network"])
def test_one_route_with_a_gateway_opens_all(way):
    inside = row("10.213.48.0", NO_GATEWAY, "255.255.255.0")
    assert closed_networks(HEAD + inside + row(way, "10.213.48.1", DEFAULT)) == []


def test_no_route_is_no_network():
    assert closed_networks(HEAD) == []


@pytest.mark.skipif(sys.byteorder != "little", reason="the line is of a little-endian kernel")
def test_line_of_a_real_kernel():
    assert closed_networks(HEAD + "eth0\t0030D50A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0\n") == [
        "10.213.48.0/255.255.255.192"
    ]
