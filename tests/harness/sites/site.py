"""What an upstream is: requests in, good replies out, and the rules that make some of them bad. Knows no sockets."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.catalogue.faults import Reply
from harness.catalogue.schedule import GOOD, Schedule, Step


@dataclass(frozen=True)
class Request:
    """A whole request; header names are in lower case, `prefix` is what an aimed URL carries before the path.

    `last` is true where the client asked for the connection to be closed afterwards, `reused` where the connection has
    carried a request before.
    """

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""
    prefix: str = ""
    base: str = ""
    last: bool = False
    reused: bool = False


Site = Callable[[Request], Reply]
"""An upstream's protocol and content: a good answer to each request."""


@dataclass(frozen=True)
class Rule:
    """Which requests a schedule is for: patterns on method and path class, both whole; the first rule wins.

    With `reused` only those on a connection that has carried one before; they are counted apart.
    """

    schedule: Schedule[Reply]
    method: str = ".*"
    path_class: str = ".*"
    reused: bool = False

    def fits(self, method: str, path_class: str) -> bool:
        """Whether requests of this kind are meant."""
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path_class, path_class))


@dataclass(frozen=True)
class Aim:
    """What a URL carries: a schedule for path classes (a pattern on the whole name), and the text it is counted by."""

    schedule: Schedule[Reply]
    path_class: str
    text: str


class ServingError(RuntimeError):
    """A change of an upstream that is being served."""


@dataclass
class Upstream:
    """One host: its name in the journal, its site, how paths fall into classes, and its rules.

    A class is the name of the first pattern that is found in the path, else `other`. While it is served it cannot be
    changed: which requests a change would have met is luck.
    """

    name: str
    site: Site
    classes: Sequence[tuple[str, str]] = ()
    rules: Sequence[Rule] = ()
    seed: str = "0"

    def __post_init__(self) -> None:
        self._patterns = [(name, re.compile(pattern)) for name, pattern in self.classes]
        self._count: Counter[tuple[str, ...]] = Counter()
        self._turn = threading.Lock()

    def __setattr__(self, name: str, value: object) -> None:
        if self.__dict__.get("_served"):
            raise ServingError(f"wanted no change of {name} while {self.name!r} is served: end it, then change it")
        super().__setattr__(name, value)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Refuses changes for the time of the block."""
        self.rules = tuple(self.rules)
        self._served = True
        try:
            yield
        finally:
            del self._served

    @property
    def class_names(self) -> list[str]:
        """The names of its path classes, with the one of all other paths."""
        return [*(name for name, _ in self.classes), "other"]

    def class_of(self, path: str) -> str:
        """The class of a path."""
        return next((name for name, pattern in self._patterns if pattern.search(path)), "other")

    def step(self, request: Request, aim: Aim | None) -> tuple[str, int, Step[Reply]]:
        """The path class, the number of the request in it, and the step that the schedule has for it."""
        path_class = self.class_of(request.path)
        if aim:
            n = self._next(request.method, path_class, aim.text)
            meant = re.fullmatch(aim.path_class, path_class)
            return path_class, n, self._at(aim.schedule, n, request) if meant else GOOD
        n = self._next(request.method, path_class)
        rule = next((rule for rule in self.rules if rule.fits(request.method, path_class)), None)
        if rule is None:
            return path_class, n, GOOD
        place = n
        if rule.reused:
            if not request.reused:
                return path_class, n, GOOD
            place = self._next(request.method, path_class, "reused")
        return path_class, n, self._at(rule.schedule, place, request)

    def _at(self, schedule: Schedule[Reply], n: int, request: Request) -> Step[Reply]:
        return schedule.at(n, seed=self.seed, host=self.name, path=request.path)

    def _next(self, *key: str) -> int:
        with self._turn:
            self._count[key] += 1
            return self._count[key]
