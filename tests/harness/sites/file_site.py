"""Files over HTTP with ETag, Range and conditional requests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

from harness.catalogue.faults import Reply
from harness.sites.site import Request, Site

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def not_found(what: str) -> Reply:
    """404 for a path."""
    return Reply(404, (("Content-Type", "text/plain"),), f"there is no {what} here\n".encode())


@lru_cache(maxsize=256)
def etag_of(body: bytes) -> str:
    """A strong ETag; cached, because hashing costs more than sending."""
    return f'"{hashlib.sha256(body).hexdigest()}"'


def file_reply(request: Request, body: bytes, kind: str = "application/octet-stream", etag: str = "") -> Reply:
    """A file as in RFC 9110: strong ETag, one Range, If-Range and If-None-Match. `etag`: the body's, if known."""
    etag = etag or etag_of(body)
    headers = (("Content-Type", kind), ("ETag", etag), ("Accept-Ranges", "bytes"))
    if etag in request.headers.get("if-none-match", ""):
        return Reply(304, headers)
    wanted = RANGE.fullmatch(request.headers.get("range", ""))
    if not wanted or wanted[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return Reply(200, headers, body)
    first, last = wanted[1], wanted[2]
    begin = int(first) if first else max(0, len(body) - int(last))
    end = min(len(body), int(last) + 1) if first and last else len(body)
    if begin >= len(body) or begin >= end:
        return Reply(416, (*headers, ("Content-Range", f"bytes */{len(body)}")))
    return Reply(206, (*headers, ("Content-Range", f"bytes {begin}-{end - 1}/{len(body)}")), body[begin:end])


def files(content: Mapping[str, bytes]) -> Site:
    """Files by path; a path that ends in a slash is an HTML page."""

    def answer(request: Request) -> Reply:
        body = content.get(request.path)
        if body is None:
            return not_found(request.path)
        return file_reply(request, body, "text/html" if request.path.endswith("/") else "application/octet-stream")

    return answer
