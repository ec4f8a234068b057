"""What a case of the catalogue says, as data: what happens on the wire, what is right, what each client does.

An outcome is `whole` (the right bytes), `refused` (no bytes taken, an exit code says so) or `fooled` (exit code 0 and
other bytes, or a peer that nobody vouches for). `right` is what a correct client does; the naive one must not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Case:
    """One row. `id` is the fault's in the catalogue; `expect` says which real clients meet it and how each ends.

    `path_class` is what the fault is on, empty for the file that a client is after (a wheel, a module's archive);
    `naive` names the client of clients.py that must not do what is right; `requests` is how often the client asks for
    what the fault is on, where that is part of the claim.

    `builders` is the same as `expect` for the clients of engine_testbed.py, which take an engine.
    `under` are the words of a command that runs the client, in a mount namespace of its own;
    `last_words` is a pattern that must be found in what the client says, so that it names the cause.
    `site` names what the host serves instead of the good content (sets.py); nobody vouches for that unless `vouched`.
    The rest is where the fault is when it is not in an answer: `names` is the resolver's schedule for the host,
    `resolv_conf` what the client knows of resolvers, `address` what becomes of a connection to the host, `connections`
    how many it takes at a time (0 for all), `certificate` what it shows, `hello_resets` how many TLS hellos it resets;
    `reused` keeps the fault from the first request of a connection; `spares` says that a right client does not meet it.
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
    """A fault that passes: who asks again gets the right bytes. The numbers count requests."""
    ends = {"curl": ("whole", requests)} | others
    outcomes = {name: end for name, (end, _) in ends.items()}
    counts = {name: count for name, (_, count) in ends.items()}
    return Case(id_, says, schedule, "whole", outcomes, naive=naive, requests=counts, builders=builders or {})
