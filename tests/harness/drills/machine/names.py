"""The resolver of a drill: every host name is the drill's own address, which answers for all hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.catalogue.schedule import GOOD
from harness.wire.resolver import Answer, Resolver

ADDRESS, REFUSING = "198.18.0.1", "198.18.0.2"
"""Of the range for benchmarks (RFC 2544), on the loopback of the drill: the interceptor, and an address where nothing
listens."""


class _NoHosts(Mapping[str, tuple[str, ...]]):
    def __getitem__(self, name: str) -> tuple[str, ...]:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass
class EveryName(Resolver):
    """Answers every name that has a dot; connections to hosts in `refused` are refused. `asked` has all names."""

    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=_NoHosts)
    refused: frozenset[str] = frozenset()
    asked: set[str] = field(default_factory=set)

    def answer(self, name: str, kind: str) -> tuple[int, str, Answer]:
        """The number of the query, its fault, and its answer."""
        self._count[name, kind] += 1
        n = self._count[name, kind]
        if "." not in name:
            return n, GOOD.text, Answer("NXDOMAIN")
        if kind != "A":
            return n, GOOD.text, Answer()
        self.asked.add(name)
        refused = name in self.refused
        return n, "refused" if refused else GOOD.text, Answer(addresses=(REFUSING if refused else ADDRESS,))
