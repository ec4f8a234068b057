"""A container registry: the OCI distribution protocol with pull, push, tags, referrers, Range and a token service."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs

from harness.catalogue.faults import Reply
from harness.sites.artifacts import Image, sha256
from harness.sites.file_site import file_reply
from harness.sites.site import Request

CLASSES = (
    ("token", "^/token"), ("manifest", "/manifests/"), ("upload", "/blobs/uploads/"), ("blob", "/blobs/"),
    ("tags", "/tags/list$"), ("referrers", "/referrers/"), ("ping", "^/v2/$"),
)  # fmt: skip
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
PATH = re.compile(r"/v2/(?P<name>.+)/(?P<what>manifests|blobs/uploads|blobs|tags|referrers)/(?P<which>[^/]*)")
TOKEN = "a-token-of-the-lab"  # noqa: S105 # opens nothing


def digest_of(layout: Path) -> str:
    """The digest of the only manifest of an OCI layout."""
    digest: str = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    return digest


def _error(status: int, code: str) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), json.dumps({"errors": [{"code": code}]}).encode())


@dataclass
class Registry:
    """A registry in memory, callable with a request. `wants_token` enables the 401 challenge and the token service."""

    wants_token: bool = False
    blobs: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    begun: Iterator[int] = field(default_factory=count)

    def add_layouts(self, images: Mapping[str, Path]) -> None:
        """Adds OCI layouts, each under a `repository:tag`."""
        for image, layout in images.items():
            name, _, tag = image.rpartition(":")
            self.tags.setdefault(name, {})[tag] = digest_of(layout)
            for file in (layout / "blobs/sha256").iterdir():
                self.blobs[f"sha256:{file.name}"] = file.read_bytes()

    def add_image(self, name: str, tag: str, image: Image) -> str:
        """Adds an image; returns its digest."""
        for body in (image.config, image.layer, image.manifest):
            self.blobs[sha256(body)] = body
        self.tags.setdefault(name, {})[tag] = sha256(image.manifest)
        return sha256(image.manifest)

    def __call__(self, request: Request) -> Reply:
        if request.path == "/token":
            return Reply(200, (("Content-Type", "application/json"),), json.dumps({"token": TOKEN}).encode())
        found = PATH.fullmatch(request.path)
        if self.wants_token and request.headers.get("authorization") != f"Bearer {TOKEN}":
            return self._challenge(request, found["name"] if found else "")
        if request.path in ("/v2", "/v2/"):
            return Reply(200, (("Content-Type", "application/json"),), b"{}")
        answer = ANSWERS.get((request.method.replace("HEAD", "GET"), found["what"])) if found else None
        if not found or not answer:
            return _error(404 if request.method in ("GET", "HEAD") else 405, "UNSUPPORTED")
        return answer(self, request, found["name"], found["which"])

    @staticmethod
    def _challenge(request: Request, name: str) -> Reply:
        scope = f',scope="repository:{name}:pull,push"' if name else ""
        ask = f'Bearer realm="{request.base}{request.prefix}/token",service="lab"{scope}'
        return _error(401, "UNAUTHORIZED").with_header("WWW-Authenticate", ask)

    def get_manifest(self, request: Request, name: str, which: str) -> Reply:
        """Serves a manifest by tag or digest."""
        digest = self.tags.get(name, {}).get(which, which)
        body = self.blobs.get(digest)
        if name not in self.tags or body is None:
            return _error(404, "MANIFEST_UNKNOWN")
        kind = json.loads(body).get("mediaType", DOCKER_MANIFEST)
        return file_reply(request, body, kind).with_header("Docker-Content-Digest", digest)

    def get_blob(self, request: Request, _: str, which: str) -> Reply:
        """Serves a blob by digest."""
        body = self.blobs.get(which)
        if body is None:
            return _error(404, "BLOB_UNKNOWN")
        return file_reply(request, body).with_header("Docker-Content-Digest", which)

    def get_tags(self, _: Request, name: str, __: str) -> Reply:
        """The tags of a repository."""
        if name not in self.tags:
            return _error(404, "NAME_UNKNOWN")
        text = json.dumps({"name": name, "tags": sorted(self.tags[name])})
        return Reply(200, (("Content-Type", "application/json"),), text.encode())

    def get_referrers(self, _: Request, name: str, which: str) -> Reply:
        """Lists manifests whose subject is this digest."""
        rows = []
        for digest in self.tags.get(name, {}).values():
            manifest = json.loads(self.blobs[digest])
            if manifest.get("subject", {}).get("digest") == which:
                kind = manifest.get("artifactType") or manifest.get("config", {}).get("mediaType", "")
                size = len(self.blobs[digest])
                rows.append({"mediaType": manifest["mediaType"], "digest": digest, "size": size, "artifactType": kind})
        text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows})
        return Reply(200, (("Content-Type", INDEX),), text.encode())

    def put_manifest(self, request: Request, name: str, which: str) -> Reply:
        """Stores a manifest, if the registry has its blobs."""
        digest = sha256(request.body)
        if which.startswith("sha256:") and which != digest:
            return _error(400, "DIGEST_INVALID")
        manifest = json.loads(request.body)
        parts = [manifest.get("config"), *manifest.get("layers", []), *manifest.get("manifests", [])]
        if any(part and part["digest"] not in self.blobs for part in parts):
            return _error(400, "MANIFEST_BLOB_UNKNOWN")
        self.blobs[digest] = request.body
        self.tags.setdefault(name, {})[which] = digest
        reply = Reply(201, (("Location", f"/v2/{name}/manifests/{digest}"), ("Docker-Content-Digest", digest)))
        subject = manifest.get("subject", {}).get("digest")
        return reply.with_header("OCI-Subject", subject) if subject else reply

    def begin_upload(self, request: Request, name: str, _: str) -> Reply:
        """Starts an upload, or completes it at once: a whole blob, or the mount of an existing one."""
        query = parse_qs(request.query)
        if "digest" in query:
            return self._finish(name, query["digest"][0], request.body)
        if query.get("mount", [""])[0] in self.blobs:
            return self._finish(name, query["mount"][0], self.blobs[query["mount"][0]])
        which = str(next(self.begun))
        self.uploads[which] = b""
        return self._accepted(name, which)

    def _accepted(self, name: str, which: str) -> Reply:
        end = max(0, len(self.uploads[which]) - 1)
        place = f"/v2/{name}/blobs/uploads/{which}"
        return Reply(202, (("Location", place), ("Range", f"0-{end}"), ("Docker-Upload-UUID", which)))

    def more_upload(self, request: Request, name: str, which: str) -> Reply:
        """Appends a chunk to an upload."""
        if which not in self.uploads:
            return _error(404, "BLOB_UPLOAD_UNKNOWN")
        begin = request.headers.get("content-range", "").partition("-")[0]
        if begin and int(begin) != len(self.uploads[which]):
            return replace(self._accepted(name, which), status=416)
        self.uploads[which] += request.body
        return self._accepted(name, which)

    def end_upload(self, request: Request, name: str, which: str) -> Reply:
        """Completes an upload with its last chunk and its digest."""
        if which not in self.uploads:
            return _error(404, "BLOB_UPLOAD_UNKNOWN")
        digest = parse_qs(request.query).get("digest", [""])[0]
        return self._finish(name, digest, self.uploads.pop(which) + request.body)

    def _finish(self, name: str, digest: str, body: bytes) -> Reply:
        if sha256(body) != digest:
            return _error(400, "DIGEST_INVALID")
        self.blobs[digest] = body
        self.tags.setdefault(name, {})
        return Reply(201, (("Location", f"/v2/{name}/blobs/{digest}"), ("Docker-Content-Digest", digest)))


ANSWERS: Mapping[tuple[str, str], Callable[[Registry, Request, str, str], Reply]] = {
    ("GET", "manifests"): Registry.get_manifest,
    ("GET", "blobs"): Registry.get_blob,
    ("GET", "tags"): Registry.get_tags,
    ("GET", "referrers"): Registry.get_referrers,
    ("PUT", "manifests"): Registry.put_manifest,
    ("POST", "blobs/uploads"): Registry.begin_upload,
    ("PATCH", "blobs/uploads"): Registry.more_upload,
    ("PUT", "blobs/uploads"): Registry.end_upload,
}
"""Handlers by method (HEAD counts as GET) and kind of path."""
