"""What answers in a drill: a recorder that asks the real hosts once, and a replay that asks nobody."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import requests
import urllib3

from harness.catalogue.faults import Reply
from harness.catalogue.schedule import GOOD
from harness.drills.recording.kinds import KINDS, Kind, first_of, kind_of, second_of
from harness.drills.recording.store import Answer, Store
from harness.sites.file_site import file_reply
from harness.sites.recording import trusting_session
from harness.sites.site import Request, Rule, Upstream
from harness.wire.journal import Entry

TIMEOUT_S = 60
LEFT_OUT = frozenset(
    (
        "host", "connection", "accept-encoding", "range", "if-range", "if-none-match", "if-modified-since", "te",
        "content-length", "transfer-encoding", "keep-alive", "upgrade", "proxy-connection", "proxy-authorization",
        "expect",
    )
)  # fmt: skip
"""Request headers that are not forwarded: of the connection, or they would make the answer a part of one."""
BUSY = frozenset({408, 425, 429})
INDEX = re.compile(r"text/html|application/(vnd\.pypi[^;]*)?json|application/vnd\.npm")
MIRRORED = re.compile(r"ns=[^&]*")
"""The query by which an engine tells a mirror whose image it wants (containerd)."""
REGISTRY = re.compile(r"/v2/(?P<name>.+)/(?P<what>manifests|blobs)/sha256:(?P<digest>[0-9a-f]{64})")


def reply_of(request: Request, answer: Answer, body: bytes) -> Reply:
    """The reply to a request from a recorded answer, with ranges and conditional requests."""
    if answer.status == 200 and request.method in ("GET", "HEAD"):
        # The name of a recorded body is its digest.
        kind = answer.headers.get("content-type", "application/octet-stream")
        reply = file_reply(request, body, kind, f'"{answer.body}"')
    else:
        reply = Reply(answer.status, (), body)
    for name, value in answer.headers.items():
        reply = reply.with_header(name.title(), value)
    return reply


def _plain(status: int, text: str) -> Reply:
    return Reply(status, (("Content-Type", "text/plain"),), f"{text}\n".encode())


def url_of(host: str, request: Request) -> str:
    """The URL of a request."""
    return f"{request.base.partition('://')[0] or 'https'}://{host}{request.target}"


@dataclass
class Recorder:
    """Asks the real host for what the recording lacks, and keeps the answer. `outages` names hosts that failed; `full`
    that an answer could not be kept.
    """

    store: Store
    session: requests.Session = field(default_factory=trusting_session)
    outages: list[str] = field(default_factory=list)
    full: bool = False

    def upstream(self, host: str) -> Upstream:
        """The host, recorded."""
        return Upstream(host, partial(self.answer, host), aimed=False)

    def answer(self, host: str, request: Request) -> Reply:
        """The recorded answer, or the real one."""
        found = self.store.find(host, request, exactly=True)
        if found:
            return reply_of(request, found, self.store.body_of(found))
        headers = {name: value for name, value in request.headers.items() if name not in LEFT_OUT}
        method = "GET" if request.method == "HEAD" else request.method
        try:
            real = self.session.request(
                method, url_of(host, request), headers=headers | {"accept-encoding": "identity"},
                data=request.body or None, allow_redirects=False, stream=True, timeout=TIMEOUT_S,
            )  # fmt: skip
            body = real.raw.read(decode_content=False)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return self._outage(host, f"{host} did not answer: {type(error).__name__}")
        if real.status_code >= 500 or real.status_code in BUSY:
            return self._outage(host, f"{host} answered {real.status_code}")
        try:
            answer = self.store.add(host, request, real.status_code, real.headers, body)
        except OSError:
            self.full = True
            raise
        return reply_of(request, answer, body)

    def _outage(self, host: str, text: str) -> Reply:
        self.outages.append(text)
        return _plain(502, f"the recording: {text}")


class Missing(NamedTuple):
    """A request that a recording lacks."""

    method: str
    host: str
    path: str
    url: str

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


@dataclass
class Replay:
    """Answers from the recording alone. Requests to a host in `rules` get its faults; `missing` names other requests.

    A host's second source has the same content, its links and redirects lead to second sources.
    """

    store: Store
    rules: Mapping[str, Sequence[Rule]] = field(default_factory=dict)
    seed: str = "0"
    missing: list[Missing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn = threading.Lock()
        self.kinds = kinds_of(self.store)
        hosts = "|".join(sorted(map(re.escape, self.kinds), key=len, reverse=True))
        self._links = re.compile(rf"(https?://)({hosts or '(?!)'})(?=[/\"'])")

    def upstream(self, host: str) -> Upstream:
        """The host, replayed with its faults."""
        kind = self.kinds.get(first_of(host), KINDS[-1])
        return Upstream(
            host, partial(self.answer, host), kind.classes, self.rules.get(host, ()), self.seed, aimed=False
        )

    def answer(self, host: str, request: Request) -> Reply:
        """The recorded answer; 404 for a request that the recording lacks."""
        own = first_of(host)
        if request.path.startswith("/v2/") and MIRRORED.fullmatch(request.query):
            request = replace(request, query="", target=request.target.partition("?")[0])
        found = self.store.find(own, request) or self._by_digest(own, request)
        if found is None:
            with self._turn:
                self.missing.append(Missing(request.method, host, request.path, url_of(host, request)))
            return _plain(404, f"{request.target} is not in the recording")
        body = self.store.body_of(found)
        if own == host:
            return reply_of(request, found, body)
        if INDEX.match(found.headers.get("content-type", "")) and "docker-content-digest" not in found.headers:
            body = self._links.sub(lambda link: link[1] + second_of(link[2]), body.decode("latin-1")).encode("latin-1")
            found = replace(found, body=hashlib.sha256(body).hexdigest())
        reply = reply_of(request, found, body)
        moved = [
            (name, self._links.sub(lambda link: link[1] + second_of(link[2]), value)) for name, value in reply.headers
        ]
        return replace(reply, headers=tuple(moved))

    def lacks(self, journal: Iterable[Entry]) -> list[str]:
        """The requests of a journal that the recording lacks and that no fault has answered or led to."""
        faulty = {(entry.method, entry.host, entry.path) for entry in journal if entry.fault != GOOD.text}
        hosts = {host for _, host, _ in faulty}
        return [
            str(one)
            for one in self.missing
            if one[:3] not in faulty and not (one.host in hosts and self._is_digest_of_nothing(one))
        ]

    def _is_digest_of_nothing(self, request: Missing) -> bool:
        """Whether no manifest of the recording names the digest that a registry was asked for, so that a fault did: an
        engine takes a page in place of a manifest and asks for the page by its digest.
        """
        place = REGISTRY.fullmatch(request.path)
        if not place:
            return False
        own = first_of(request.host)
        manifests = [answer for answer in self.store if answer.host == own and "/manifests/" in answer.target]
        return not any(place["digest"].encode() in self.store.body_of(answer) for answer in manifests)

    def _by_digest(self, host: str, request: Request) -> Answer | None:
        """What a registry answers for content that it has served under another name, and for its root."""
        if request.method not in ("GET", "HEAD") or self.kinds.get(host) != KINDS[0]:
            return None
        if request.path in ("/v2", "/v2/"):
            kind = {"content-type": "application/json"}
            return Answer(host, "GET", request.target, "", False, "", 200, kind, self.store.keep(b"{}"))
        place = REGISTRY.fullmatch(request.path)
        if not place or not self.store.has(place["digest"]):
            return None
        for answer in self.store:
            if answer.host == host and answer.body == place["digest"] and answer.status == 200:
                return answer
        return None


def kinds_of(store: Store) -> dict[str, Kind]:
    """The kind of each host of a recording."""
    paths: dict[str, list[str]] = {}
    for answer in store:
        paths.setdefault(answer.host, []).append(answer.target.partition("?")[0])
    return {host: kind_of(found) for host, found in paths.items()}
