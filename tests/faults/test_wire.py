"""T11 and T12: packets that are lost, and packets that are too big for a link that nobody knows of."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from harness.cell import Cell, cell_up
from harness.content import noise
from harness.file_site import files
from harness.run import run
from harness.server import serve
from harness.site import Upstream

SITE = files({"/small": b"small\n", "/big": noise(1 << 20)})
SERVER, CLIENT = "10.1.0.2", "10.2.0.2"


def do(cell: Cell, *lines: str) -> None:
    """Runs `ip` and `tc` lines in a cell."""
    for line in lines:
        result = run([*cell.enter, *line.split()])
        if result.rc != 0:
            pytest.skip(f"unsupported: wanted `{line}`, saw: {result.err.strip()}")


@pytest.mark.fault("T11")
def test_lost_packets_cost_time_and_nothing_else(tmp_path):
    with cell_up(tmp_path) as cell, serve(Upstream("host", SITE), cell=cell, address="127.0.1.1") as lab:
        do(cell, "tc qdisc add dev lo root netem loss 10% reorder 10% delay 1ms")
        result = run([*cell.enter, "curl", "-sS", "--max-time", "60", "-o", tmp_path / "got", f"{lab.url}/big"])
        shown = run([*cell.enter, "tc", "-s", "qdisc", "show", "dev", "lo"]).out
    assert result.rc == 0, repr(result)
    assert (tmp_path / "got").read_bytes() == noise(1 << 20)
    assert "dropped 0" not in shown


@pytest.fixture
def routed(tmp_path):
    """A server, a router and a client; its link to the client takes 1400 bytes, which nobody else knows."""
    with ExitStack() as stack:
        server, router, client = (stack.enter_context(cell_up(tmp_path)) for _ in range(3))
        for other, name, net in ((server, "lab1", "10.1.0"), (client, "lab2", "10.2.0")):
            do(
                router,
                f"ip link add {name} type veth peer name lab0 netns {other.path}",
                f"ip address add {net}.1/24 dev {name}",
                f"ip link set {name} up",
            )
            do(
                other,
                f"ip address add {net}.2/24 dev lab0",
                "ip link set lab0 up",
                f"ip route add default via {net}.1",
            )
        do(router, "sysctl -qw net.ipv4.ip_forward=1", "ip link set lab2 mtu 1400")
        lab = stack.enter_context(serve(Upstream("host", SITE), cell=server, address=SERVER))
        yield lab, router, client


@pytest.mark.fault("T12")
def test_big_packets_vanish_where_no_router_may_say_so(routed, tmp_path):
    lab, router, client = routed

    def get(name: str, *options: str) -> int:
        words = ["curl", "-sS", *options, "-o", str(tmp_path / name), f"{lab.url}/{name}"]
        return run([*client.enter, "timeout", "4", *words]).rc

    do(router, f"ip rule add iif lo to {SERVER} blackhole")
    assert get("small") == 0, "INVALID: the handshake and a small answer must pass"
    assert get("big") == 124, "INVALID: a client without a limit must wait for ever"
    assert get("big", "--speed-limit", "1", "--speed-time", "2") == 28

    # The control: the router may say that the packet is too big.
    do(router, f"ip rule del iif lo to {SERVER} blackhole")
    assert get("big") == 0, "INVALID: the control fails"
    assert (tmp_path / "big").read_bytes() == noise(1 << 20)
