"""An HTTP proxy with a password, as in company networks: CONNECT and plain GET."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.sites.relay_site import Relay
from harness.sites.site import Request, Rule, Upstream
from harness.wire.journal import Journal
from harness.wire.server import serve

USER, PASSWORD = "clerk", "hunter2"
WANTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
CLASSES = (("get", "^http://"), ("connect", "^[^/]+:[0-9]+$"))


def site(request: Request) -> Reply:
    """Clients with the password get a tunnel, or the page of a plain http URL."""
    if request.headers.get("proxy-authorization") != WANTED:
        return Reply(407, (("Proxy-Authenticate", 'Basic realm="company"'),))
    if request.method == "CONNECT":
        return Reply(framing="tunnel")
    parts = urlsplit(request.path)
    if not parts.hostname:
        return Reply(400)
    headers = {name: value for name, value in request.headers.items() if not name.startswith("proxy-")}
    plain = replace(request, path=parts.path or "/", headers=headers)
    return Relay(parts.hostname, parts.port or 80)(plain)


@dataclass(frozen=True)
class Proxy:
    """A running proxy: its URL with the password, and its journal."""

    url: str
    journal: Journal

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that configure clients for this proxy."""
        return {"HTTP_PROXY": self.url, "HTTPS_PROXY": self.url, "http_proxy": self.url, "https_proxy": self.url}

    def seen(self, status: int) -> list[tuple[str, str]]:
        """Method and target of each request with this status."""
        return [(entry.method, entry.path) for entry in self.journal if entry.status == status]


@contextmanager
def proxy_up(address: str, schedule: str = "ok") -> Iterator[Proxy]:
    """A proxy on a free port of `address` (loopback, or a bridge of our engine) for the duration of the block."""
    upstream = Upstream("proxy", site, CLASSES, (Rule(parse(schedule)),))
    with serve(upstream, address=address, allowed=[f"{address}/32"]) as running:
        yield Proxy(f"http://{USER}:{PASSWORD}@{running.host}", running.journal)
