"""The contract of an upstream: requests in, good replies out, and rules that apply faults. No sockets here."""

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
    """A complete request; header names are in lower case, `prefix` is the part of an aimed URL before the path.

    `last`: the client asked to close the connection afterwards; `reused`: the connection carried a request before;
    `target`: path and query as the client sent them.
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
    target: str = ""


Site = Callable[[Request], Reply]
"""An upstream's protocol and content: returns a good answer for each request."""


@dataclass(frozen=True)
class Rule:
    """Applies a schedule to requests whose method and path class match these patterns; the first matching rule wins.

    With `reused` only requests on a reused connection match; they are counted separately.
    """

    schedule: Schedule[Reply]
    method: str = ".*"
    path_class: str = ".*"
    reused: bool = False

    def fits(self, method: str, path_class: str) -> bool:
        """Whether a request matches."""
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path_class, path_class))


@dataclass(frozen=True)
class Aim:
    """The fault in an aimed URL: a schedule, a pattern of path classes, and the text that it is counted by."""

    schedule: Schedule[Reply]
    path_class: str
    text: str


class ServingError(RuntimeError):
    """An attempt to change an upstream while it is served."""


@dataclass
class Upstream:
    """One host: its name in the journal, its site, its path classes, and its rules.

    A path has the class of the first pattern found in it, else `other`; a pattern PATH#BODY needs the first 64 bytes of
    the request's body too, for protocols which ask for several things at one path. A served upstream cannot be changed:
    which requests the change would affect depends on timing. `aimed`: a URL may carry its own fault (/f/SCHEDULE/PATH).
    """

    name: str
    site: Site
    classes: Sequence[tuple[str, str]] = ()
    rules: Sequence[Rule] = ()
    seed: str = "0"
    aimed: bool = True

    def __post_init__(self) -> None:
        self._patterns = [(name, re.compile(pattern, re.DOTALL), "#" in pattern) for name, pattern in self.classes]
        self._with_body = [
            re.compile(f"{path}$") for _, text in self.classes for path, has, _ in [text.partition("#")] if has
        ]
        self._count: Counter[tuple[str, ...]] = Counter()
        self._turn = threading.Lock()

    def __setattr__(self, name: str, value: object) -> None:
        if self.__dict__.get("_served"):
            raise ServingError(f"wanted no change of {name} while {self.name!r} is served: end it, then change it")
        super().__setattr__(name, value)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Refuses changes for the duration of the block."""
        self.rules = tuple(self.rules)
        self._served = True
        try:
            yield
        finally:
            del self._served

    @property
    def class_names(self) -> list[str]:
        """The names of all path classes, with `other`."""
        return [*(name for name, _ in self.classes), "other"]

    def host_of(self, _: Request) -> Upstream:
        """The upstream that answers this request: itself, unless it stands for several hosts."""
        return self

    def needs_body(self, path: str) -> bool:
        """Whether the class of a request depends on its body."""
        return any(pattern.search(path) for pattern in self._with_body)

    def class_of(self, path: str, body: bytes = b"") -> str:
        """The class of a path, and of a body where a pattern needs one."""
        texts = (path, f"{path}#{body[:64].decode('latin-1')}" if self._with_body else "")
        return next((name for name, pattern, both in self._patterns if pattern.search(texts[both])), "other")

    def step(self, request: Request, aim: Aim | None) -> tuple[str, int, Step[Reply]]:
        """The path class, the number of the request within it, and its step of the schedule."""
        path_class = self.class_of(request.path, request.body)
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
