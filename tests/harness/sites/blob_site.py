"""Block blobs behind signed URLs, like Azure Blob Storage: PUT Block, Block List and Blob, GET with Range."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import parse_qs, urlencode

from harness.catalogue.faults import Reply
from harness.sites.file_site import etag_of, file_reply
from harness.sites.site import Request

PLACE = "/blobs/"
VERSION = "2025-05-05"
LISTED = re.compile(rb"<(?:Latest|Uncommitted|Committed)>([^<]+)</")
KEY = b"signs the URLs of this lab"


def error(status: int, code: str, text: str = "") -> Reply:
    """An error as XML, with its code in a header too: some clients read the one, some the other."""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{text or code}</Message></Error>'
    return Reply(status, (("Content-Type", "application/xml"), ("x-ms-error-code", code)), body.encode())


def _signature(name: str, may: str, until: str) -> str:
    return hmac.digest(KEY, "\n".join((name, may, until)).encode(), "sha256").hex()


@dataclass
class Blobs:
    """Blobs in memory by name, callable with a request. A signed URL is valid for `valid_s` seconds of `now`."""

    valid_s: float = 600
    now: Callable[[], float] = time.time
    content: dict[str, bytes] = field(default_factory=dict)
    staged: dict[str, dict[str, bytes]] = field(default_factory=dict)
    answered: int = 0

    def sign(self, base: str, name: str, may: str) -> str:
        """A signed URL for a blob with the permissions `may`: `r` read, `cw` write."""
        until = self._stamp(self.now() + self.valid_s)
        query = {"sv": VERSION, "sr": "b", "sp": may, "se": until, "sig": _signature(name, may, until)}
        return f"{base}{PLACE}{name}?{urlencode(query)}"

    @staticmethod
    def _stamp(seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def __call__(self, request: Request) -> Reply:
        name = request.path.removeprefix(PLACE)
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        method = request.method.replace("HEAD", "GET")
        reply = self._refusal(name, method, query)
        if reply is None:
            answer = ANSWERS.get((method, query.get("comp", "")))
            reply = answer(self, request, name, query) if answer else error(405, "UnsupportedHttpVerb")
        self.answered += 1
        date = formatdate(self.now(), usegmt=True)
        # BuildKit's client requires a request id.
        common = (("x-ms-request-id", f"00000000-0000-0000-0000-{self.answered:012x}"), ("x-ms-version", VERSION))
        return replace(reply, headers=(*reply.headers, *common, ("Date", date), ("Last-Modified", date)))

    def _refusal(self, name: str, method: str, query: Mapping[str, str]) -> Reply | None:
        may, until = query.get("sp", ""), query.get("se", "")
        if not hmac.compare_digest(query.get("sig", ""), _signature(name, may, until)):
            return error(403, "AuthenticationFailed", "The signature does not fit.")
        if until < self._stamp(self.now()):
            return error(403, "AuthenticationFailed", f"The signature was good until {until}.")
        if {"GET": "r", "PUT": "w"}.get(method, "") not in may:
            return error(403, "AuthorizationPermissionMismatch")
        return None

    def get(self, request: Request, name: str, _: Mapping[str, str]) -> Reply:
        """A blob or a range of it; `x-ms-range` overrides `range`."""
        body = self.content.get(name)
        if body is None:
            return error(404, "BlobNotFound")
        if request.headers.get("if-match", "*") not in ("*", etag_of(body)):
            return error(412, "ConditionNotMet")
        asked = request.headers.get("x-ms-range") or request.headers.get("range", "")
        reply = file_reply(replace(request, headers=request.headers | {"range": asked}), body)
        if reply.status == 416:
            return error(416, "InvalidRange")
        return replace(reply, headers=(*reply.headers, ("x-ms-blob-type", "BlockBlob")))

    def put_blob(self, request: Request, name: str, _: Mapping[str, str]) -> Reply:
        """Stores a whole blob."""
        kind = request.headers.get("x-ms-blob-type", "")
        if kind != "BlockBlob":
            return error(400, "InvalidHeaderValue" if kind else "MissingRequiredHeader", "x-ms-blob-type")
        return self._commit(name, request.body)

    def put_block(self, request: Request, name: str, query: Mapping[str, str]) -> Reply:
        """Stores a block, which becomes part of the blob when a block list names it."""
        if not query.get("blockid"):
            return error(400, "InvalidQueryParameterValue", "blockid")
        self.staged.setdefault(name, {})[query["blockid"]] = request.body
        return self._created(request.body)

    def put_list(self, request: Request, name: str, _: Mapping[str, str]) -> Reply:
        """Assembles the blob from its blocks, in the order of the list."""
        staged, ids = self.staged.get(name, {}), [found.decode() for found in LISTED.findall(request.body)]
        if any(block not in staged for block in ids):
            return error(400, "InvalidBlockList")
        return self._commit(name, b"".join(staged[block] for block in ids))

    def _commit(self, name: str, body: bytes) -> Reply:
        self.content[name] = body
        self.staged.pop(name, None)
        return self._created(body).with_header("ETag", etag_of(body))

    @staticmethod
    def _created(body: bytes) -> Reply:
        md5 = b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        return Reply(201, (("Content-MD5", md5), ("x-ms-request-server-encrypted", "true")))


ANSWERS: Mapping[tuple[str, str], Callable[[Blobs, Request, str, Mapping[str, str]], Reply]] = {
    ("GET", ""): Blobs.get,
    ("PUT", ""): Blobs.put_blob,
    ("PUT", "block"): Blobs.put_block,
    ("PUT", "blocklist"): Blobs.put_list,
}
"""Handlers by method (HEAD counts as GET) and `comp` parameter."""
