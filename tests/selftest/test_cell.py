"""Cells: a namespace with its own resolver that reaches nothing else and leaves nothing behind."""

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


def test_name_that_is_known_is_found_and_the_question_is_in_the_journal(ask):
    found, resolver = ask("a.lab.test")
    assert found == "127.0.1.1"
    assert sorted((entry.host, entry.path) for entry in resolver.journal) == [
        ("a.lab.test", "A"),
        ("a.lab.test", "AAAA"),
    ]
    assert resolver.unknown == set()


def test_name_that_is_not_known_is_remembered(ask):
    found, resolver = ask("b.lab.test")
    assert "gaierror" in found
    assert resolver.unknown == {"b.lab.test"}


@pytest.mark.parametrize("fault", sorted(set(DNS.faults) - {"silent", "delay", "address", "truncated"}))
def test_each_error_of_a_resolver_keeps_the_address_back(ask, fault):
    found, resolver = ask("a.lab.test", f"{fault}x*")
    assert "gaierror" in found
    assert {entry.fault for entry in resolver.journal} == {fault}


def test_truncated_answer_is_asked_again_over_tcp(ask):
    found, resolver = ask("a.lab.test", "truncatedx*")
    assert found == "127.0.1.1"
    assert len(resolver.journal) > 2


def test_other_address_takes_the_place_of_the_right_one_of_its_family(ask):
    assert ask("a.lab.test", "address(is=127.0.9.9)x*")[0] == "127.0.9.9"
    assert sorted(ask("a.lab.test", "address(is=::9)x*")[0].split()) == ["127.0.1.1", "::9"]


def test_fault_of_an_answer_is_not_one_of_a_resolver():
    with pytest.raises(ScheduleError, match="wanted ok, or one of nxdomain"):
        parse("503", DNS)


def test_nothing_leads_out_of_a_cell(cell):
    def canary() -> str:
        with socket.socket() as caller, pytest.raises(OSError, match="unreachable") as error:
            caller.connect(("192.0.2.1", 80))  # TEST-NET-1, routed where there is any route
        return str(error.value)

    assert "Network is unreachable" in cell.make(canary)
    here = serve(Upstream("here", files({"/a": b"x"})))
    with here as lab:
        assert run([*cell.enter, "curl", "-sS", "--max-time", "3", f"{lab.url}/a"]).rc == 7


def test_two_cells_have_the_same_port_of_the_same_address(tmp_path):
    with cell_up(tmp_path) as one, cell_up(tmp_path) as other:
        first, second = one.listen("127.0.0.1", 80), other.listen("127.0.0.1", 80)
        with first, second:
            assert first.getsockname() == second.getsockname()


def test_black_hole_answers_no_syn(cell):
    cell.black_hole("127.0.1.9", 80)
    result = run([*cell.enter, "curl", "-sS", "--connect-timeout", "1", "http://127.0.1.9/"])
    assert result.rc == 28, repr(result)


def test_cell_ends_with_its_block(tmp_path):
    def namespaces() -> list[str]:
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        return [os.readlink(link) for link in links if os.path.islink(link) and os.readlink(link).startswith("net:")]

    before = namespaces()
    with cell_up(tmp_path):
        assert len(namespaces()) == len(before) + 1
    assert namespaces() == before


def test_machine_that_allows_no_namespace_is_told_so(tmp_path, monkeypatch):
    class Refusing:
        def unshare(self, _: int) -> int:
            return -1

    monkeypatch.setattr(cell_module, "_libc", Refusing)
    with pytest.raises(CellError, match=r"wanted to make a network namespace, saw: .*takes root"), cell_up(tmp_path):
        pass


def test_question_for_a_host_that_is_not_on_the_stage_is_an_error(tmp_path):
    case = Case("T1", "nothing", "ok", "whole", {})
    wanted = pytest.raises(UnknownHostError, match=r"saw elsewhere\.test")
    with wanted, in_cell(case, "files", Authority(), tmp_path, faulty=True) as testbed:
        assert run([*testbed.lab.enter, "curl", "-sS", f"http://{HOST}/64k", "-o", tmp_path / "got"]).rc == 0
        run([*testbed.lab.enter, "curl", "-sS", "http://elsewhere.test/"])
