"""Cells: a network namespace with its own resolver, without a route to anything else, that leaves nothing behind."""

from __future__ import annotations

import os
import socket

import pytest
from harness.catalogue.case import Case
from harness.catalogue.schedule import ScheduleError, parse
from harness.cells import cell as cell_module
from harness.cells.cell import CellError, cell_up
from harness.machine.run import run
from harness.proofs.testbed import HOST, UnknownHostError, in_cell
from harness.sites.file_site import files
from harness.sites.site import Upstream
from harness.wire.resolver import DNS, Resolver, resolver_up
from harness.wire.server import serve
from harness.wire.tls import Authority

KNOWN = {"a.lab.test": ("127.0.1.1",)}


@pytest.fixture
def cell(tmp_path):
    with cell_up(tmp_path) as found:
        yield found


@pytest.fixture
def ask(cell):
    """Resolves a name in the cell with libc; returns the addresses and the resolver."""

    def call(name: str, schedule: str = "ok"):
        script = "import socket, sys; print(*{a[4][0] for a in socket.getaddrinfo(sys.argv[1], 80)})"
        with resolver_up(cell, Resolver(KNOWN, {"a.lab.test": parse(schedule, DNS)})) as resolver:
            result = run([*cell.enter, "python3", "-c", script, name])
        return result.out.strip() if result.rc == 0 else result.err.splitlines()[-1], resolver

    return call


def test_known_name_resolves_and_the_query_is_in_the_journal(ask):
    """A known name resolves in a cell, and the journal has both queries."""
    found, resolver = ask("a.lab.test")
    assert found == "127.0.1.1"
    assert sorted((entry.host, entry.path) for entry in resolver.journal) == [
        ("a.lab.test", "A"),
        ("a.lab.test", "AAAA"),
    ]
    assert resolver.unknown == set()


def test_unknown_name_fails_and_is_recorded(ask):
    """An unknown name does not resolve, and the resolver records it."""
    found, resolver = ask("b.lab.test")
    assert "gaierror" in found
    assert resolver.unknown == {"b.lab.test"}


@pytest.mark.parametrize("fault", sorted(set(DNS.faults) - {"silent", "delay", "address", "truncated"}))
def test_each_resolver_fault_prevents_the_lookup(ask, fault):
    """With each fault of the resolver, the name does not resolve."""
    found, resolver = ask("a.lab.test", f"{fault}x*")
    assert "gaierror" in found
    assert {entry.fault for entry in resolver.journal} == {fault}


def test_truncated_answer_is_repeated_over_tcp(ask):
    """After a truncated answer, libc repeats the query over TCP and resolves the name."""
    found, resolver = ask("a.lab.test", "truncatedx*")
    assert found == "127.0.1.1"
    assert len(resolver.journal) > 2


def test_wrong_address_replaces_the_right_one_of_its_family(ask):
    """The fault `address` replaces the IPv4 or the IPv6 address and keeps the other."""
    assert ask("a.lab.test", "address(is=127.0.9.9)x*")[0] == "127.0.9.9"
    assert sorted(ask("a.lab.test", "address(is=::9)x*")[0].split()) == ["127.0.1.1", "::9"]


def test_http_fault_is_rejected_in_a_schedule_of_the_resolver():
    """A schedule of the resolver rejects HTTP faults and lists its own."""
    with pytest.raises(ScheduleError, match="wanted ok, or one of nxdomain"):
        parse("503", DNS)


def test_cell_has_no_route_to_other_networks(cell):
    """A cell reaches neither other networks nor servers of the machine itself."""

    def canary() -> str:
        with socket.socket() as caller, pytest.raises(OSError, match="unreachable") as error:
            caller.connect(("192.0.2.1", 80))  # TEST-NET-1, reachable through any route
        return str(error.value)

    assert "Network is unreachable" in cell.make(canary)
    here = serve(Upstream("here", files({"/a": b"x"})))
    with here as lab:
        assert run([*cell.enter, "curl", "-sS", "--max-time", "3", f"{lab.url}/a"]).rc == 7


def test_two_cells_can_use_the_same_address_and_port(tmp_path):
    """Two cells listen on the same address and port at the same time."""
    with cell_up(tmp_path) as one, cell_up(tmp_path) as other:
        first, second = one.listen("127.0.0.1", 80), other.listen("127.0.0.1", 80)
        with first, second:
            assert first.getsockname() == second.getsockname()


def test_black_hole_never_answers_a_connection(cell):
    """A connection to a black hole runs into the client's timeout."""
    cell.black_hole("127.0.1.9", 80)
    result = run([*cell.enter, "curl", "-sS", "--connect-timeout", "1", "http://127.0.1.9/"])
    assert result.rc == 28, repr(result)


def test_cell_ends_with_its_block(tmp_path):
    """The network namespace of a cell exists only within its `with` block."""

    def namespaces() -> list[str]:
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        return [os.readlink(link) for link in links if os.path.islink(link) and os.readlink(link).startswith("net:")]

    before = namespaces()
    with cell_up(tmp_path):
        assert len(namespaces()) == len(before) + 1
    assert namespaces() == before


def test_machine_without_namespaces_is_named(tmp_path, monkeypatch):
    """On a machine that forbids namespaces, the error says what is needed."""

    class Refusing:
        def unshare(self, _: int) -> int:
            return -1

    monkeypatch.setattr(cell_module, "_libc", Refusing)
    with pytest.raises(CellError, match=r"wanted to make a network namespace, saw: .*takes root"), cell_up(tmp_path):
        pass


def test_query_for_a_host_outside_the_lab_is_an_error(tmp_path):
    """A test whose client queries an unexpected host fails and names the host."""
    case = Case("T1", "nothing", "ok", "whole", {})
    wanted = pytest.raises(UnknownHostError, match=r"saw elsewhere\.test")
    with wanted, in_cell(case, "files", Authority(), tmp_path, faulty=True) as testbed:
        assert run([*testbed.lab.enter, "curl", "-sS", f"http://{HOST}/64k", "-o", tmp_path / "got"]).rc == 0
        run([*testbed.lab.enter, "curl", "-sS", "http://elsewhere.test/"])
