"""The requests that an upstream saw, in the order in which they ended. Threads may read while a server writes."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

HEADERS_OF_INTEREST = (
    "range", "x-ms-range", "if-range", "if-none-match", "accept", "accept-encoding", "authorization",
    "proxy-authorization", "user-agent",
)  # fmt: skip
SECRETS = frozenset({"authorization", "proxy-authorization"})


@dataclass(frozen=True)
class Entry:
    """One request and its result.

    `time` is in seconds since the start of the journal; `n` counts requests of the same host, method and path class
    from 1; `sent` is the number of body bytes written before `ending`: done; rst, fin or stall, after the bytes left
    the send queue; or gone if the client closed first. `cell` is the network of the request.
    """

    time: float
    host: str
    method: str
    path: str
    path_class: str
    n: int
    fault: str
    status: int
    sent: int
    ending: str
    headers: dict[str, str] = field(default_factory=dict)
    cell: str = ""

    def __str__(self) -> str:
        return (
            f"{self.time:9.3f}  {self.host:8}  {self.method:4} {self.path}  {self.path_class} #{self.n}  "
            f"{self.fault}  {self.status}  {self.sent} B  {self.ending}"
        )

    def key(self) -> tuple[object, ...]:
        """The fields that are equal in two runs with the same seed: all but the time and the path."""
        return (self.host, self.method, self.path_class, self.n, self.fault, self.status, self.ending)


class MissingError(AssertionError):
    """A wait ended without the expected entries."""


class Journal:
    """Entries in order, a way to wait for one, and optionally a file that they are appended to.

    All entries belong to one network, the `cell`.
    """

    def __init__(self, file: Path | None = None, cell: str = "loopback") -> None:
        self.cell = cell
        self._entries: list[Entry] = []
        self._changed = threading.Condition()
        self._begun = time.monotonic()
        self._file = file.open("a", buffering=1) if file else None

    def now(self) -> float:
        """Seconds since the start of the journal."""
        return time.monotonic() - self._begun

    def add(self, entry: Entry) -> None:
        """Adds an entry and wakes waiting threads."""
        entry = replace(entry, cell=self.cell)
        with self._changed:
            self._entries.append(entry)
            if self._file:
                self._file.write(json.dumps(asdict(entry), separators=(",", ":")) + "\n")
            self._changed.notify_all()

    def clear(self) -> None:
        """Removes the entries so far; the file keeps them."""
        with self._changed:
            self._entries.clear()

    def close(self) -> None:
        """Closes the file."""
        if self._file:
            self._file.close()

    def __iter__(self) -> Iterator[Entry]:
        with self._changed:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def wait_for(self, what: str, found: Callable[[Entry], bool], *, count: int = 1, within: float = 30) -> list[Entry]:
        """Waits until at least `count` entries match `found`, and returns them.

        Raises MissingError with the journal after `within` seconds.
        """
        deadline = time.monotonic() + within
        with self._changed:
            while len(seen := [entry for entry in self._entries if found(entry)]) < count:
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    raise MissingError(
                        f"wanted {count} of: {what}, saw {len(seen)} within {within} s in:\n{self.table()}"
                    )
            return seen

    def multiset(self) -> Counter[tuple[object, ...]]:
        """The entries without time and order; equal in two runs with the same seed."""
        return Counter(entry.key() for entry in self)

    def table(self) -> str:
        """The journal as a table."""
        return "\n".join(map(str, self))
