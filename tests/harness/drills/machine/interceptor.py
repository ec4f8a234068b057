"""Answers for every host over HTTP and HTTPS, under the address that the drill's resolver gives for all names."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from harness.catalogue.faults import Reply
from harness.cells.cell import Cell
from harness.drills.machine.names import ADDRESS
from harness.sites.file_site import not_found
from harness.sites.site import Request, Upstream
from harness.wire.journal import Journal
from harness.wire.server import serve
from harness.wire.tls import Authority


@dataclass
class Hosts(Upstream):
    """Stands for all hosts: makes one upstream for each name, when the first request for it arrives."""

    make: Callable[[str], Upstream] = lambda name: Upstream(name, _no_host, aimed=False)
    known: dict[str, Upstream] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._making = threading.Lock()

    def host_of(self, request: Request) -> Upstream:
        """The upstream of the host that the request names."""
        name = host_in(request)
        with self._making:
            if name not in self.known:
                self.known[name] = self.make(name)
            return self.known[name]


def host_in(request: Request) -> str:
    """The host of a request without its port, in lower case."""
    return request.base.partition("//")[2].rpartition("@")[2].partition(":")[0].lower().rstrip(".")


def every_certificate(authority: Authority) -> ssl.SSLContext:
    """A server's TLS settings with a certificate for whichever name a client asks for, made at its first request."""
    made: dict[str, ssl.SSLContext] = {}

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        name = name or ADDRESS
        if name not in made:
            made[name] = authority.context(name=name)
        connection.context = made[name]

    context = authority.context(name=ADDRESS)
    context.sni_callback = choose
    return context


@contextmanager
def intercepted(cell: Cell, make: Callable[[str], Upstream], tls: ssl.SSLContext, journal: Journal) -> Iterator[None]:
    """Answers for all hosts on ports 80 and 443 of the drill's address for the duration of the block."""
    known: dict[str, Upstream] = {}
    with ExitStack() as stack:
        for scheme, context in (("http", None), ("https", tls)):
            hosts = Hosts(f"{scheme} hosts", _no_host, make=make, known=known, aimed=False)
            stack.enter_context(serve(hosts, address=ADDRESS, scheme=scheme, tls=context, journal=journal, cell=cell))
        yield


def _no_host(request: Request) -> Reply:
    return not_found(request.path)
