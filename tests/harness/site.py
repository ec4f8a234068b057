"""What an upstream is: requests in, good replies out, and the rules that make some of them bad. Knows no sockets."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.faults import Reply
from harness.schedule import GOOD, Schedule, Step


@dataclass(frozen=True)
class Request:
    """A whole request; header names are in lower case, `prefix` is what an aimed URL carries before the path.

    `last` is true where the client asked for the connection to be closed afterwards.
    """

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""
    prefix: str = ""
    base: str = ""
    last: bool = False


Site = Callable[[Request], Reply]
"""An upstream's protocol and content: a good answer to each request."""


@dataclass(frozen=True)
class Rule:
    """Which requests a schedule is for: patterns on method and path class, both whole; the first rule wins."""

    schedule: Schedule
    method: str = ".*"
    path_class: str = ".*"

    def fits(self, method: str, path_class: str) -> bool:
        """Whether a request is meant."""
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path_class, path_class))


@dataclass
class Upstream:
    """One host: its name in the journal, its site, how paths fall into classes, and its rules.

    A class is the name of the first pattern that is found in the path, else `other`.
    """

    name: str
    site: Site
    classes: Sequence[tuple[str, str]] = ()
    rules: Sequence[Rule] = ()
    seed: str = "0"

    def __post_init__(self) -> None:
        self._patterns = [(name, re.compile(pattern)) for name, pattern in self.classes]
        self._count: Counter[tuple[str, str, str]] = Counter()
        self._turn = threading.Lock()

    def class_of(self, path: str) -> str:
        """The class of a path."""
        return next((name for name, pattern in self._patterns if pattern.search(path)), "other")

    def step(self, request: Request, aimed: Schedule | None) -> tuple[str, int, Step]:
        """The path class, the number of the request in it, and the step that the schedule has for it."""
        path_class = self.class_of(request.path)
        with self._turn:
            key = (request.method, path_class, aimed.text if aimed else "")
            self._count[key] += 1
            n = self._count[key]
        schedule = aimed or next((r.schedule for r in self.rules if r.fits(request.method, path_class)), None)
        if schedule is None:
            return path_class, n, GOOD
        return path_class, n, schedule.at(n, seed=self.seed, host=self.name, path=request.path)
