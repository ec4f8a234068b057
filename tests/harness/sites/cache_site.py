"""The GitHub Actions cache service v2: a Twirp API in JSON that returns signed URLs of blobs on the same host.

A lookup takes scope, version and key: first the exact key, then each restore key as a prefix, of which the newest entry
wins. Scopes are those of the token, in its order.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.catalogue.faults import Reply
from harness.sites.blob_site import PLACE, Blobs
from harness.sites.file_site import not_found
from harness.sites.site import Request

SERVICE = "/twirp/github.actions.results.api.v1.CacheService/"
V1 = "/_apis/artifactcache/"
CLASSES = (
    ("lookup", "/GetCacheEntryDownloadURL$"), ("reserve", "/CreateCacheEntry$"),
    ("finalize", "/FinalizeCacheEntryUpload$"), ("blob", f"^{PLACE}"), ("v1", f"^{V1}"),
)  # fmt: skip
READ, WRITE = 1, 2
JSON = (("Content-Type", "application/json"),)
SUNSET = (
    "This legacy service is shutting down, effective April 15, 2025. Migrate to the new service ASAP. "
    "For more information: https://gh.io/gha-cache-sunset"
)
"""Answer of the service v1 since its shutdown, with status 422."""
STATUS = {
    "malformed": 400, "invalid_argument": 400, "unauthenticated": 401, "permission_denied": 403, "not_found": 404,
    "bad_route": 404, "already_exists": 409,
}  # fmt: skip
"""HTTP status per Twirp error code."""


class TwirpError(Exception):
    """A request that the service rejects: error code and message."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def reply(self) -> Reply:
        """The error as a reply."""
        return Reply(STATUS[self.code], JSON, json.dumps({"code": self.code, "msg": str(self)}).encode())


def _part(value: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def token(scopes: Sequence[str] = ("refs/heads/main",), *, write: bool = True, expires: float = 3600) -> str:
    """A token that expires after `expires` seconds: it reads all scopes and, with `write`, writes to the first.

    It has the form of a JSON Web Token without a signature: clients read its claims and the service trusts them.
    """
    rights = [{"Scope": name, "Permission": READ | (WRITE if write and not n else 0)} for n, name in enumerate(scopes)]
    now = int(time.time())
    claims = {"ac": json.dumps(rights), "nbf": now - 60, "exp": now + int(expires)}
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


@dataclass
class Entry:
    """One entry; it is hidden from the next `hidden` lookups; `done` becomes true when it is finalized."""

    scope: str
    key: str
    version: str
    blob: str
    hidden: int = 0
    done: bool = False

    def rank(self, asked: Mapping[str, Any]) -> int | None:
        """0 for the exact key, n for the n-th restore key, None for no match."""
        if not self.done or self.version != asked["version"]:
            return None
        if self.key == asked["key"]:
            return 0
        restore = asked.get("restore_keys", [])
        return next((n for n, prefix in enumerate(restore, 1) if self.key.startswith(prefix)), None)


@dataclass
class Cache:
    """A cache in memory, callable with a request.

    A finalized entry is hidden from the first `lag` lookups that match it. `downloads` is the base of signed download
    URLs, empty for this host. With `refusal`, each reserve call returns ok:false and that text.
    """

    lag: int = 0
    downloads: str = ""
    refusal: str = ""
    blobs: Blobs = field(default_factory=Blobs)
    entries: list[Entry] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.path.startswith(PLACE):
            return self.blobs(request)
        if request.path.startswith(V1):
            kind = "ArtifactCacheServiceDecommissionedException"
            return Reply(422, JSON, json.dumps({"message": SUNSET, "typeKey": kind, "errorCode": 0}).encode())
        if not request.path.startswith(SERVICE):
            return not_found(request.path)
        try:
            answer = self._answer(request)
        except TwirpError as error:
            return error.reply
        return Reply(200, JSON, json.dumps(answer).encode())

    def _answer(self, request: Request) -> Mapping[str, Any]:
        """The answer as JSON types; raises TwirpError for a rejected request."""
        act = ANSWERS.get(request.path.removeprefix(SERVICE))
        if act is None or request.method != "POST":
            raise TwirpError("bad_route", f"no handler for {request.method} {request.path}")
        rights = self._rights(request.headers.get("authorization", ""))
        try:
            asked = json.loads(request.body)
        except ValueError as error:
            raise TwirpError("malformed", "the body is no JSON") from error
        if not isinstance(asked, dict) or not (asked.get("key") and asked.get("version")):
            raise TwirpError("invalid_argument", "wanted a key and a version")
        return act(self, request, asked, rights)

    def _rights(self, given: str) -> Mapping[str, int]:
        """The token's permissions per scope."""
        try:
            text = given.removeprefix("Bearer ").split(".")[1]
            claims = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            rights = {right["Scope"]: int(right["Permission"]) for right in json.loads(claims["ac"])}
            good = claims["nbf"] <= self.blobs.now() < claims["exp"]
        except (ValueError, LookupError, TypeError) as error:
            raise TwirpError("unauthenticated", "the token cannot be read") from error
        if not good:
            raise TwirpError("unauthenticated", "the token is too old or too young")
        return rights

    @staticmethod
    def _writable(rights: Mapping[str, int]) -> str:
        """The scope that the token writes to."""
        for scope, bits in rights.items():
            if bits & WRITE:
                return scope
        raise TwirpError("permission_denied", "cache write denied: the token may write to no scope")

    def _find(self, scope: str, asked: Mapping[str, Any]) -> Entry | None:
        place = (scope, asked["key"], asked["version"])
        return next((entry for entry in self.entries if (entry.scope, entry.key, entry.version) == place), None)

    def reserve(self, request: Request, asked: Mapping[str, Any], rights: Mapping[str, int]) -> Mapping[str, Any]:
        """Reserves an entry and returns its upload URL; each key of a scope and version can be reserved once."""
        scope = self._writable(rights)
        if self.refusal:
            return {"ok": False, "signed_upload_url": "", "message": self.refusal}
        if self._find(scope, asked):
            raise TwirpError("already_exists", "a cache entry with this key, version and scope already exists")
        self.entries.append(Entry(scope, asked["key"], asked["version"], blob=f"{len(self.entries) + 1:x}"))
        return {"ok": True, "signed_upload_url": self.blobs.sign(request.base, self.entries[-1].blob, "cw")}

    def finalize(self, _: Request, asked: Mapping[str, Any], rights: Mapping[str, int]) -> Mapping[str, Any]:
        """Finalizes a reserved entry, once; the size must match the uploaded bytes."""
        entry = self._find(self._writable(rights), asked)
        if entry is None or entry.blob not in self.blobs.content:
            raise TwirpError("not_found", "nothing was uploaded for this key, version and scope")
        if entry.done:
            raise TwirpError("already_exists", "this entry is finalized")
        if str(asked.get("size_bytes")) != str(len(self.blobs.content[entry.blob])):  # a number or a string
            raise TwirpError("invalid_argument", "size_bytes is not the size of what was uploaded")
        entry.done, entry.hidden = True, self.lag
        return {"ok": True, "entry_id": str(self.entries.index(entry) + 1)}

    def lookup(self, request: Request, asked: Mapping[str, Any], rights: Mapping[str, int]) -> Mapping[str, Any]:
        """The best entry and its download URL; ok:false if none matches."""
        scopes = [scope for scope, bits in rights.items() if bits & READ]
        fitting = []
        for age, entry in enumerate(reversed(self.entries)):
            rank = entry.rank(asked) if entry.scope in scopes else None
            if rank is None:
                continue
            if entry.hidden:
                entry.hidden -= 1
                continue
            fitting.append((scopes.index(entry.scope), rank, age, entry))
        if not fitting:
            return {"ok": False, "signed_download_url": "", "matched_key": ""}
        found = min(fitting, key=lambda row: row[:3])[3]
        url = self.blobs.sign(self.downloads or request.base, found.blob, "r")
        return {"ok": True, "signed_download_url": url, "matched_key": found.key}


ANSWERS: Mapping[
    str, Callable[[Cache, Request, Mapping[str, Any], Mapping[str, int]], Mapping[str, Any]]
] = {
    "CreateCacheEntry": Cache.reserve,
    "FinalizeCacheEntryUpload": Cache.finalize,
    "GetCacheEntryDownloadURL": Cache.lookup,
}  # fmt: skip
"""Handlers by method name of the service."""
