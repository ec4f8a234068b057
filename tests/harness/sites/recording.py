"""A recording proxy: filled once from a real source, afterwards self-contained, so that any build gets real packages.

Answers are stored by path, query and Accept header. Absolute links in an index are rewritten to /to/HOST/PATH of the
recording, so files on other hosts are recorded too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import requests

from harness.catalogue.faults import Reply
from harness.sites.file_site import file_reply
from harness.sites.site import Request

TIMEOUT_S = 30
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""The CA bundle of Debian and its derivatives."""
KEPT = ("docker-content-digest", "last-modified")
"""Headers that are stored beside the type; length, ranges and ETag are generated."""
INDEX = re.compile(r"text/html|json")
LINK = re.compile(rb"""(?P<before>["'(=]|\A)https?://(?P<host>[A-Za-z0-9.-]+(?::[0-9]+)?)(?P<path>/)""")
USER = re.compile(r"//[^/@]*@")
ELSEWHERE = re.compile(r"/to/(?P<host>[A-Za-z0-9.:-]+)(?P<path>/.*)")


class RecordingError(ValueError):
    """A folder without a recording, or with a recording of another source."""


def trusting_session() -> requests.Session:
    """A session that trusts the CAs of this machine, a company's CA included."""
    session = requests.Session()
    places = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, BUNDLE)
    session.verify = next((place for place in places if place and Path(place).is_file()), True)
    return session


@dataclass
class Recording:
    """Answers from a folder. With `origin`, the base URL of a source, missing answers are fetched and stored; else 504.

    Only answers with 200 and 404 are stored, so an outage of the source is not recorded.
    """

    folder: Path
    origin: str = ""
    session: requests.Session = field(default_factory=trusting_session)

    def __post_init__(self) -> None:
        self._hosts = self.folder / "hosts.json"
        if not self.origin and not self._hosts.is_file():
            raise RecordingError(f"{self.folder}: wanted a recording, saw none: fill it from a source first")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_origin()
        self.hosts: set[str] = set(json.loads(self._hosts.read_text())) if self._hosts.is_file() else set()

    def _check_origin(self) -> None:
        """Refuses a second source: a mix of two sources would match neither."""
        file, origin = self.folder / "origin", USER.sub("//", self.origin).rstrip("/")
        if origin and file.is_file() and file.read_text() != origin:
            wanted = f"wanted a recording of {origin}, saw one of {file.read_text()}"
            raise RecordingError(f"{self.folder}: {wanted}: remove the folder to begin anew")
        if origin:
            file.write_text(origin)

    def __call__(self, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            return _plain(405, f"a recording answers GET and HEAD, saw {request.method}")
        files = self._files(request)
        if not files[0].is_file():
            if not self.origin:
                return _plain(504, f"{request.path} is not in the recording: fill it again")
            refused = self._fetch(request, *files)
            if refused:
                return refused
        about = json.loads(files[0].read_text())
        reply = file_reply(request, self._with_own_links(request, about, files[1].read_bytes()), about["type"])
        for name, value in about["headers"].items():
            reply = reply.with_header(name, value)
        return reply if about["status"] == 200 else Reply(about["status"], reply.headers, reply.body)

    def _files(self, request: Request) -> tuple[Path, Path]:
        text = "\0".join((request.path, request.query, request.headers.get("accept", "")))
        name = hashlib.sha256(text.encode()).hexdigest()
        return self.folder / f"{name}.json", self.folder / f"{name}.body"

    def _fetch(self, request: Request, about: Path, body: Path) -> Reply | None:
        """Fetches and stores the source's answer; returns a reply if there is nothing to store."""
        found = ELSEWHERE.fullmatch(request.path)
        if found and found["host"] not in self.hosts:
            return _plain(403, f"{found['host']} is in no index of this recording")
        url = f"https://{found['host']}{found['path']}" if found else self.origin.rstrip("/") + request.path
        accept = {"Accept": request.headers["accept"]} if "accept" in request.headers else {}
        try:
            answer = self.session.get(url, params=request.query or None, headers=accept, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            return _plain(502, f"the source did not answer: {type(error).__name__}")
        if answer.status_code not in (200, 404):
            return _plain(502, f"the source answered {answer.status_code}")
        kind = answer.headers.get("Content-Type", "application/octet-stream")
        if INDEX.search(kind):
            self.hosts |= {link["host"].decode() for link in LINK.finditer(answer.content)}
            self._hosts.write_text(json.dumps(sorted(self.hosts)))
        elif not self._hosts.is_file():
            self._hosts.write_text("[]")
        kept = {name: value for name, value in answer.headers.items() if name.lower() in KEPT}
        body.write_bytes(answer.content)
        # Written last, because it marks the answer as complete.
        about.write_text(
            json.dumps({"path": request.path, "status": answer.status_code, "type": kind, "headers": kept})
        )
        return None

    @staticmethod
    def _with_own_links(request: Request, about: dict[str, str], body: bytes) -> bytes:
        if not INDEX.search(about["type"]):
            return body
        here = f"{request.base}{request.prefix}/to/".encode()
        return LINK.sub(lambda link: link["before"] + here + link["host"] + link["path"], body)


def _plain(status: int, text: str) -> Reply:
    return Reply(status, (("Content-Type", "text/plain"),), f"{text}\n".encode())
