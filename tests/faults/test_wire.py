"""T11 and T12: packets that are lost, swapped or damaged, and packets too big for a link that nobody knows of."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from harness.cells.cell import Cell, cell_up
from harness.cells.lossy_link import SERVER_ADDRESS, Link, LinkError, linked
from harness.machine.run import Result, run
from harness.sites.artifacts import noise
from harness.sites.file_site import files
from harness.sites.site import Upstream
from harness.wire.server import serve

SITE = files({"/small": b"small\n", "/big": noise(1 << 20)})
SERVER, CLIENT = "10.1.0.2", "10.2.0.2"


def do(cell: Cell, *lines: str) -> None:
    """Runs `ip` and `tc` lines in a cell."""
    for line in lines:
        result = run([*cell.enter, *line.split()])
        if result.rc != 0:
            pytest.skip(f"unsupported: wanted `{line}`, saw: {result.err.strip()}")


@pytest.fixture
def fetch(tmp_path):
    """Fetches a big file over a link; gives what became of it, and how many segments the client's kernel threw away."""

    def call(link: Link, *options: str) -> tuple[Result, int]:
        with ExitStack() as stack:
            server, client = (stack.enter_context(cell_up(tmp_path)) for _ in range(2))
            try:
                stack.enter_context(linked(link, server, client))
            except LinkError as error:
                pytest.skip(f"unsupported: {error}")
            lab = stack.enter_context(serve(Upstream("host", SITE), cell=server, address=SERVER_ADDRESS))
            words = ["curl", "-sS", "--max-time", "60", *options, "-o", tmp_path / "got", f"{lab.url}/big"]
            result = run([*client.enter, *words])
            told = run([*client.enter, "nstat", "-asz", "TcpInCsumErrors"]).out
        return result, int(told.splitlines()[-1].split()[1])

    return call


@pytest.mark.fault("T11")
def test_lost_swapped_and_damaged_packets_cost_time_and_nothing_else(fetch, tmp_path):
    well, _ = fetch(Link())
    assert well.rc == 0, f"INVALID: the control fails\n{well!r}"
    naive, _ = fetch(Link(lost=1), "--max-time", "2")
    assert naive.rc == 28, f"INVALID: one that is in a hurry must fail where nothing arrives\n{naive!r}"

    link = Link(lost=0.02, swapped=0.05, damaged=0.02)
    result, thrown_away = fetch(link)
    assert result.rc == 0, repr(result)
    assert (tmp_path / "got").read_bytes() == noise(1 << 20)
    assert min(link.seen[fate] for fate in ("lost", "swapped", "damaged")) > 0, link.seen
    assert thrown_away > 0, "the client's kernel has seen the damage"


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
