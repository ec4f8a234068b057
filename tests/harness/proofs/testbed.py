"""The testbed of a case: a cell with the faulty host, a healthy mirror, and resolvers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.catalogue.faults import HTTP, Answer, Language
from harness.catalogue.names import DEAD_ADDRESS, DEAD_ADDRESS_6, RESOLVERS
from harness.catalogue.schedule import parse
from harness.cells.cell import Cell, cell_up
from harness.sites.samples import Sample, sample_of
from harness.sites.site import Rule, Upstream
from harness.wire.journal import Entry, Journal
from harness.wire.resolver import DNS, Resolver, resolver_up
from harness.wire.server import Running, serve
from harness.wire.tls import Authority

if TYPE_CHECKING:
    from harness.catalogue.case import Case

HOST, MIRROR = "host.lab.test", "mirror.lab.test"
ADDRESS, MIRROR_ADDRESS = "127.0.1.1", "127.0.1.2"


@dataclass
class Testbed:
    """The host, its good content, and afterwards the journals and the kernel's counters."""

    lab: Running
    names: Journal
    content: Sample
    counted: int = 0

    def happened(self, case: Case, path_class: str) -> bool:
        """Whether the fault happened, by the journals of host and resolvers or the kernel's counters."""
        if case.names:
            return _bad(case.names, DNS) & {entry.fault for entry in self.names} != set()
        if case.address:
            return self.counted > 0
        if case.hello_resets:
            return any((entry.method, entry.ending) == ("TLS", "rst") for entry in self.lab.journal)
        if case.certificate:
            return all(entry.method == "TLS" for entry in self.lab.journal)
        if case.under:
            return True  # the naive client shows it: the kernel or the clock is equally wrong for both
        if case.site:
            return len(self.lab.journal) > 0
        faults = {entry.fault for entry in self.lab.journal if re.fullmatch(path_class, entry.path_class)}
        return bool(faults) if case.connections else _bad(case.schedule, HTTP) & faults != set()

    def hits(self, path_class: str) -> list[Entry]:
        """The host's requests of a class."""
        return [entry for entry in self.lab.journal if re.fullmatch(path_class, entry.path_class)]


COUNTERS = {"refused": ("snmp", "Tcp", "OutRsts"), "black hole": ("netstat", "TcpExt", "ListenOverflows")}
"""File below /proc/net, group and name of the counters of sent resets and of dropped SYNs."""


def _bad(schedule: str, language: Language[Answer]) -> set[str]:
    return {step.text for step in parse(schedule, language).steps if step.changes}


def _counter(cell: Cell, file: str, group: str, name: str) -> int:
    lines = cell.make(lambda: Path(f"/proc/thread-self/net/{file}").read_text()).splitlines()
    names, values = (line.split() for line in lines if line.startswith(f"{group}:"))
    return int(values[names.index(name)])


NOTHING_WRONG: Mapping[str, Any] = {
    "schedule": "ok", "names": "", "address": "", "connections": 0, "hello_resets": 0, "site": "", "under": (),
}  # fmt: skip


@contextmanager
def in_cell(case: Case, kind: str, authority: Authority, folder: Path, *, faulty: bool) -> Iterator[Testbed]:
    """A testbed in a cell for one client; without `faulty` nothing is wrong.

    Raises UnknownHostError at the end if a program asked for another host.
    """
    case = case if faulty else replace(case, **NOTHING_WRONG)
    chosen, certificate = sample_of(kind), case.certificate and (case.certificate if faulty else "good")
    rules = (Rule(parse(case.schedule), path_class=case.path_class or chosen.path_class, reused=case.reused),)
    with ExitStack() as stack:
        cell = stack.enter_context(cell_up(folder, case.resolv_conf or f"nameserver {RESOLVERS[0]}\n"))
        for dead in (DEAD_ADDRESS, DEAD_ADDRESS_6):
            if dead in case.names:
                cell.black_hole(dead, 80)
        names = Journal(cell=cell.name)
        resolvers = tuple(_resolvers(stack, cell, case, names))
        upstream = Upstream("host", chosen.others[case.site]() if case.site else chosen.site, chosen.classes, rules)
        mirror = Upstream("mirror", chosen.site, chosen.classes)
        tls = authority.context(certificate, HOST) if certificate not in ("", "plain") else None
        at = "127.0.1.3" if case.address else ADDRESS
        scheme = "https" if certificate else ""
        lab = stack.enter_context(
            serve(upstream, address=at, cell=cell, name=HOST, tls=tls, scheme=scheme, connections=case.connections,
                  hello_resets=case.hello_resets)
        )  # fmt: skip
        if case.address == "black hole":
            cell.black_hole(ADDRESS, 80)
        good = authority.context("good", MIRROR) if certificate else None
        stack.enter_context(serve(mirror, address=MIRROR_ADDRESS, cell=cell, name=MIRROR, tls=good))
        testbed = Testbed(replace(lab, enter=(*lab.enter, *case.under)), names, chosen)
        yield testbed
        if case.address:
            testbed.counted = _counter(cell, *COUNTERS[case.address])
        unknown = set[str]().union(*(resolver.unknown for resolver in resolvers))
        if unknown:
            raise UnknownHostError(f"wanted only {HOST} and {MIRROR} asked for, saw {' '.join(sorted(unknown))}")


class UnknownHostError(AssertionError):
    """A program asked for a host that the testbed does not have: the test is not hermetic."""


def _resolvers(stack: ExitStack, cell: Cell, case: Case, names: Journal) -> Iterator[Resolver]:
    """The first resolver has the fault, the second is healthy."""
    hosts = {HOST: (ADDRESS,), MIRROR: (MIRROR_ADDRESS,)}
    for address, text in zip(RESOLVERS, (case.names, ""), strict=True):
        found = Resolver(hosts, {HOST: parse(text, DNS)} if text else {}, names)
        yield stack.enter_context(resolver_up(cell, found, address, tcp=case.tcp_names))
