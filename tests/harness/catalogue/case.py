"""A case of the catalogue as data: what happens on the wire, which outcome is right, how each client ends.

Outcomes: `whole` (the right bytes), `refused` (no bytes taken, an exit code says so), `fooled` (exit code 0 with other
bytes, or from an unverified peer). `right` is the outcome of a correct client; the naive client must have another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Case:
    """One row. `id` is the fault's id in the catalogue; `expect` has the outcome of each real client that runs the
    case.

    `path_class` is the class of the requests that get the fault; empty: the file that the client wants (a wheel, a
    module archive). `naive` names a client of clients.py that must not have the right outcome. `requests` is the number
    of requests that the client must make for the faulty class, where that is part of the claim.

    `builders` is like `expect`, for the clients of engine_testbed.py, which need an engine. `under` is a command that
    runs the client in a mount namespace of its own. `last_words` is a pattern that the client's output must match, so
    that it names the cause. `site` names a variant in samples.py that the host serves instead of the good content; the
    result counts as unverified unless `vouched`. The other fields place the fault outside an answer: `names` is the
    resolver's schedule for the host, `resolv_conf` the client's resolver settings, `address` what happens to
    connections to the host, `connections` how many it accepts at a time (0: all), `certificate` the certificate that it
    presents, `hello_resets` how many TLS hellos it resets. `reused` exempts the first request of each connection;
    `spares`: a correct client never triggers the fault.
    """

    id: str
    says: str
    schedule: str
    right: str
    expect: Mapping[str, str]
    path_class: str = ""
    naive: str = "curl-naive"
    certificate: str = ""
    hello_resets: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)
    names: str = ""
    resolv_conf: str = ""
    tcp_names: bool = True
    address: Literal["", "refused", "black hole"] = ""
    connections: int = 0
    reused: bool = False
    spares: bool = False
    site: str = ""
    under: tuple[str, ...] = ()
    last_words: str = ""
    vouched: bool = True
    builders: Mapping[str, str] = field(default_factory=dict)


def retried(
    id_: str,
    says: str,
    schedule: str,
    requests: int = 2,
    naive: str = "curl-naive",
    builders: Mapping[str, str] | None = None,
    **others: tuple[str, int],
) -> Case:
    """A fault that passes: a client that retries gets the right bytes. The numbers are counts of requests."""
    ends = {"curl": ("whole", requests)} | others
    outcomes = {name: end for name, (end, _) in ends.items()}
    counts = {name: count for name, (_, count) in ends.items()}
    return Case(id_, says, schedule, "whole", outcomes, naive=naive, requests=counts, builders=builders or {})
