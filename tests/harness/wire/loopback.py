"""The short way to an upstream of files on loopback, good or faulty, and to one that is not there."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from harness.catalogue.schedule import parse
from harness.sites.file_site import files
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve


@contextmanager
def upstream(routes: Mapping[str, bytes], schedule: str = "ok") -> Iterator[Running]:
    """Serves `routes` (path to body) for the time of the block, by a schedule that counts all GET requests."""
    with serve(Upstream("files", files(routes), rules=(Rule(parse(schedule)),))) as running:
        yield running


@contextmanager
def refusing() -> Iterator[str]:
    """The address of a port that is taken and does not listen: every connection is refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
