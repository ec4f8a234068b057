"""A stub resolver of a cell: answers for its hosts over UDP and TCP, by a schedule where one is set.

Other names get NXDOMAIN and are recorded in `unknown`: a test that asks for one is not hermetic.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from harness.catalogue.faults import Fault, Language
from harness.catalogue.schedule import GOOD, Schedule
from harness.cells.cell import Cell
from harness.wire.event_loop import loop_up
from harness.wire.journal import Entry, Journal

PORT = 53
TTL_S = 1
SOA = "ns.lab.test. admin.lab.test. 1 3600 600 86400 1"


@dataclass(frozen=True)
class Answer:
    """A resolver's answer for a name: addresses of both families, or an error; optionally delayed, truncated or
    dropped.
    """

    rcode: str = "NOERROR"
    addresses: tuple[str, ...] = ()
    truncated: bool = False
    silent: bool = False
    delay: float = 0


def _dns(name: str, does: str, options: frozenset[str] = frozenset(), **changes: object) -> Fault[Answer]:
    def apply(answer: Answer, _: int, given: Mapping[str, str]) -> Answer:
        found = dict(changes)
        if "s" in options:
            found["delay"] = float(given.get("s", "1"))
        if "is" in options:
            new = given.get("is", "")
            found["addresses"] = (*(old for old in answer.addresses if (":" in old) != (":" in new)), new)
        return replace(answer, **found)  # type: ignore[arg-type] # the fields of Answer by name

    return Fault(name, does, apply, options)


ROWS = (
    _dns("nxdomain", "says that there is no such name", rcode="NXDOMAIN", addresses=()),
    _dns("servfail", "says that the resolver failed", rcode="SERVFAIL", addresses=()),
    _dns("silent", "says nothing", silent=True),
    _dns("empty", "says that the name has no address", addresses=()),
    _dns("truncated", "sets TC and sends no address over UDP", truncated=True),
    _dns("delay", "answers after s seconds", frozenset({"s"})),
    _dns("address", "gives the address `is` instead of the right ones of its family", frozenset({"is"})),
)
DNS = Language({row.name: row for row in ROWS})
"""The faults of a resolver's schedule: parse(text, DNS)."""


@dataclass
class Resolver:
    """The names that it knows, schedules for some of them, and a journal."""

    hosts: Mapping[str, tuple[str, ...]]
    schedules: Mapping[str, Schedule[Answer]] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    seed: str = "0"
    unknown: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._count: Counter[tuple[str, str]] = Counter()

    def answer(self, name: str, kind: str) -> tuple[int, str, Answer]:
        """The number of the query, its fault, and its answer."""
        self._count[name, kind] += 1
        n = self._count[name, kind]
        # With a search list clients ask for `known.test.search.test` too, and apt for `_http._tcp.known.test`.
        known = next((host for host in self.hosts if f".{host}." in f".{name}."), "")
        if not known:
            self.unknown.add(name)
        schedule = self.schedules.get(known)
        step = schedule.at(n, seed=self.seed, host=name, path=kind) if schedule else GOOD
        good = Answer(addresses=self.hosts[name]) if name in self.hosts else Answer("NXDOMAIN")
        return n, step.text, step.change(good)

    def say(self, query: bytes, *, over_udp: bool) -> tuple[float, bytes]:
        """The delay in seconds and the answer to a query, empty for silence; adds a journal entry."""
        message = dns.message.from_wire(query)
        question = message.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        n, fault, answer = self.answer(name, kind)
        reply = dns.message.make_response(message, recursion_available=True)
        reply.set_rcode(dns.rcode.from_text(answer.rcode))
        wanted = [found for found in answer.addresses if (":" in found) == (kind == "AAAA")]
        if answer.truncated and over_udp:
            reply.flags |= dns.flags.TC
        elif kind in ("A", "AAAA") and wanted:
            reply.answer.append(dns.rrset.from_text(question.name, TTL_S, "IN", kind, *wanted))
        else:
            reply.authority.append(dns.rrset.from_text("lab.test.", TTL_S, "IN", "SOA", SOA))
        wire = b"" if answer.silent else reply.to_wire()
        ending = "stall" if answer.silent else "done"
        rcode = int(reply.rcode())
        self.journal.add(
            Entry(self.journal.now(), name, "DNS", kind, "dns", n, fault, rcode, len(wire), ending)
        )  # fmt: skip
        return answer.delay, wire


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment] # a datagram's

    def datagram_received(self, data: bytes, caller: tuple[str, int]) -> None:
        delay, message = self.resolver.say(data, over_udp=True)
        if message:
            asyncio.get_running_loop().call_later(delay, self.transport.sendto, message, caller)


async def _serve(resolver: Resolver, udp: socket.socket, tcp: socket.socket | None) -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # libc queries both families over one connection.
        with contextlib.suppress(asyncio.IncompleteReadError), contextlib.closing(writer):
            while True:
                size = struct.unpack("!H", await reader.readexactly(2))[0]
                delay, message = resolver.say(await reader.readexactly(size), over_udp=False)
                await asyncio.sleep(delay)
                writer.write(struct.pack("!H", len(message)) + message)

    await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Udp(resolver), sock=udp)
    if tcp:
        await asyncio.start_server(conversation, sock=tcp)


@contextmanager
def resolver_up(cell: Cell, resolver: Resolver, address: str = "127.0.0.53", *, tcp: bool = True) -> Iterator[Resolver]:
    """Runs the resolver on port 53 of an address in the cell for the duration of the block; without `tcp`, TCP is
    refused.
    """

    def datagrams() -> socket.socket:
        found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        found.bind((address, PORT))
        return found

    udp = cell.make(datagrams)
    listener = cell.listen(address, PORT) if tcp else None
    with loop_up("lab-resolver") as loop, udp:
        asyncio.run_coroutine_threadsafe(_serve(resolver, udp, listener), loop).result()
        try:
            yield resolver
        finally:
            if listener:
                listener.close()
