"""Short ways to an upstream of files on loopback, good or faulty, and to an address that refuses connections."""

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
    """Serves `routes` (path to body) for the duration of the block; the schedule counts all GET requests."""
    with serve(Upstream("files", files(routes), rules=(Rule(parse(schedule)),))) as running:
        yield running


@contextmanager
def refusing() -> Iterator[str]:
    """The URL of a bound port that does not listen: it refuses every connection."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def named(running: Running) -> str:
    """Its URL with another name of 127.0.0.1: the kit leaves servers alone that a step reaches as its own machine."""
    return running.url.replace("127.0.0.1", "2130706433")
