"""The recording of one healthy build: answers by host, method, target and Accept header, in a folder for root alone.

No request header with credentials is kept, and tokens in answers are replaced: a replay needs none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from harness.sites.registry_site import digest_of
from harness.sites.site import Request

VERSION = 1
KEPT = (
    "content-type", "content-encoding", "docker-content-digest", "docker-distribution-api-version", "last-modified",
    "link", "location", "www-authenticate",
)  # fmt: skip
"""Headers of an answer that are stored; length, ranges and ETag are made anew."""
DOCKER_HUB, DOCKER_HUB_API = "docker.io", "registry-1.docker.io"
TOKEN = re.compile(rb'("(?:access_|refresh_)?token"\s*:\s*")[^"]*')
OURS = b"drill"
"""Stands in a recording for the tokens that a registry gave."""


class StoreError(ValueError):
    """A folder that holds no recording that this version reads."""


@dataclass(frozen=True)
class Answer:
    """One recorded answer. `body` is the name of a file; `signed`: the request had an Authorization header; `added`: it
    is of an image that was added as a layout.
    """

    host: str
    method: str
    target: str
    accept: str
    signed: bool
    sent: str
    status: int
    headers: Mapping[str, str]
    body: str
    added: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """The fields by which a request finds it."""
        return (self.host, self.method, self.target, self.accept, self.signed, self.sent)

    def suits(self, accept: str) -> bool:
        """Whether a client that sends this Accept header takes the answer."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        ranges = {part.partition(";")[0].strip() for part in accept.split(",")}
        return not accept or not ranges.isdisjoint({kind, "*/*", f"{kind.partition('/')[0]}/*"})


def method_of(request: Request) -> str:
    """The method by which an answer is stored: HEAD is answered from GET."""
    return "GET" if request.method == "HEAD" else request.method


@dataclass
class Store:
    """The answers below a folder. Threads may ask while others add."""

    folder: Path
    answers: dict[tuple[object, ...], Answer] = field(default_factory=dict)
    by_target: dict[tuple[str, str, str], list[Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._turn = threading.Lock()
        for path in sorted((self.folder / "answers").glob("*.json")):
            self._know(Answer(**json.loads(path.read_text())))

    def _know(self, answer: Answer) -> None:
        self.answers[answer.key] = answer
        self.by_target.setdefault((answer.host, answer.method, answer.target), []).append(answer)

    @classmethod
    def create(cls, folder: Path, about: Mapping[str, object]) -> Store:
        """An empty recording in a new folder, with what it is of."""
        for name in ("answers", "bodies"):
            (folder / name).mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)
        store = cls(folder)
        store.describe(about)
        return store

    @classmethod
    def open(cls, folder: Path) -> Store:
        """The finished recording in a folder; raises StoreError without one."""
        try:
            about = json.loads((folder / "recording.json").read_text())
        except (OSError, ValueError) as error:
            raise StoreError(f"{folder}: wanted a recording, saw none") from error
        if about.get("version") != VERSION:
            raise StoreError(f"{folder}: wanted a recording of version {VERSION}, saw {about.get('version')}")
        return cls(folder)

    @property
    def about(self) -> dict[str, object]:
        """What the recording is of."""
        found: dict[str, object] = json.loads((self.folder / "recording.json").read_text())
        return found

    def describe(self, about: Mapping[str, object]) -> None:
        """Writes what the recording is of."""
        _write(self.folder / "recording.json", json.dumps({"version": VERSION, **about}, indent=1).encode())

    def find(self, host: str, request: Request, *, exactly: bool = False) -> Answer | None:
        """The answer to a request: with the same Accept header, else one that the client takes; None without any.

        With `exactly`, no other one, apart from answers of added images, which are for all clients.
        """
        method, accept = method_of(request), request.headers.get("accept", "")
        signed, sent = "authorization" in request.headers, _sum(request.body)
        with self._turn:
            exact = self.answers.get((host, method, request.target, accept, signed, sent))
            others = list(self.by_target.get((host, method, request.target), ()))
        if exact:
            return exact
        others = [answer for answer in others if answer.suits(accept) and answer.sent == sent]
        if exactly:
            others = [answer for answer in others if answer.added]
        others.sort(key=lambda answer: (answer.signed != signed, answer.status >= 400))
        return others[0] if others else None

    def body_of(self, answer: Answer) -> bytes:
        """The body of an answer."""
        return self.read(answer.body)

    def read(self, name: str) -> bytes:
        """A body by its digest without `sha256:`."""
        return (self.folder / "bodies" / name).read_bytes()

    def has(self, name: str) -> bool:
        """Whether there is a body with this digest."""
        return bool(re.fullmatch("[0-9a-f]{64}", name)) and (self.folder / "bodies" / name).is_file()

    def keep(self, body: bytes) -> str:
        """Stores a body; returns its name."""
        name = _sum(body)
        if not self.has(name):
            _write(self.folder / "bodies" / name, body)
        return name

    def add(
        self, host: str, request: Request, status: int, headers: Mapping[str, str], body: bytes, *, added: bool = False
    ) -> Answer:
        """Stores the answer to a request, without tokens; returns it."""
        kept = {name.lower(): value for name, value in headers.items() if name.lower() in KEPT}
        if "json" in kept.get("content-type", "") and TOKEN.search(body):
            body = TOKEN.sub(rb"\1" + OURS, body)
        name = self.keep(body)
        answer = Answer(
            host, method_of(request), request.target, request.headers.get("accept", ""),
            "authorization" in request.headers, _sum(request.body), status, kept, name, added,
        )  # fmt: skip
        with self._turn:
            self._know(answer)
        place = _sum(json.dumps(answer.key).encode())[:32]
        _write(self.folder / "answers" / f"{place}.json", json.dumps(asdict(answer)).encode())
        return answer

    def add_image(self, image: str, layout: Path) -> str:
        """Stores an OCI layout as what the image's registry answers; returns the host of the registry."""
        host, repository, tag = split_image(image)
        digest = digest_of(layout)
        blobs = {f"sha256:{file.name}": file.read_bytes() for file in (layout / "blobs/sha256").iterdir()}
        kind = json.loads((layout / "index.json").read_text())["manifests"][0]["mediaType"]
        about = {"content-type": kind, "docker-content-digest": digest}
        self._add_for_all(host, "/v2/", {"content-type": "application/json"}, b"{}")
        for which in (tag, digest):
            self._add_for_all(host, f"/v2/{repository}/manifests/{which}", about, blobs[digest])
        for name, body in blobs.items():
            headers = {"content-type": "application/octet-stream", "docker-content-digest": name}
            self._add_for_all(host, f"/v2/{repository}/blobs/{name}", headers, body)
        return host

    def _add_for_all(self, host: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        self.add(host, Request("GET", target, target=target), 200, headers, body, added=True)

    def __iter__(self) -> Iterator[Answer]:
        with self._turn:
            return iter(list(self.answers.values()))


def split_image(image: str) -> tuple[str, str, str]:
    """The host of the registry, the repository and the tag of an image, as Docker reads its name."""
    first, slash, rest = image.partition("/")
    host, name = (first, rest) if slash and re.search("[.:]|^localhost$", first) else (DOCKER_HUB, image)
    name, _, tag = name.partition("@")[0].partition(":")
    if host == DOCKER_HUB:
        return DOCKER_HUB_API, name if "/" in name else f"library/{name}", tag or "latest"
    return host, name, tag or "latest"


def _sum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _write(file: Path, body: bytes) -> None:
    """Writes a file that only its owner reads; a reader sees all of it or nothing."""
    new = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(body)
    new.replace(file)
