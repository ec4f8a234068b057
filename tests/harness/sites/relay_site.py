"""A relay to a real server of this machine, so that faults can be applied to its answers."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.catalogue.faults import Reply
from harness.machine.networks import check_address
from harness.sites.site import Request

TIMEOUT_S = 30
OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})
"""Headers that the reply gets anew, because it uses another connection."""


@dataclass(frozen=True)
class Relay:
    """A site that forwards requests to `host`:`port` over plain HTTP; it keeps the Host header, so links lead back
    here.
    """

    host: str
    port: int

    def __call__(self, request: Request) -> Reply:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        try:
            place = request.path + (f"?{request.query}" if request.query else "")
            headers = {name: value for name, value in request.headers.items() if name not in OF_THE_CONNECTION}
            connection.request(request.method, place, request.body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            text = f"{self.host}:{self.port} did not answer: {error}\n"
            return Reply(502, (("Content-Type", "text/plain"),), text.encode())
        finally:
            connection.close()
        kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in OF_THE_CONNECTION)
        # A HEAD states the length of a body that is not sent.
        told = int(answer.headers.get("Content-Length", 0)) if request.method == "HEAD" else 0
        return Reply(answer.status, kept, body, skew=told)


def relay_to(url: str, allowed: Sequence[str]) -> Relay:
    """The relay to `http://HOST:PORT`, an address of loopback or of the networks `allowed`.

    Raises ValueError with one line for any other address: a lab applies faults to this machine only.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f"wanted http://HOST:PORT, saw {url!r}")
    try:
        address = str(socket.getaddrinfo(parts.hostname, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise ValueError(f"wanted an address for {parts.hostname!r}, saw: {error}") from error
    return Relay(check_address(address, allowed), parts.port or 80)
