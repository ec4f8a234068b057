"""A read-only registry over OCI layouts: enough of the distribution protocol for a real engine to pull from it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Registry:
    """A registry that listens on `host`; `images` maps repository:tag to a layout; `seen` is (method, path)."""

    host: str
    images: dict[str, Path]
    seen: list[tuple[str, str]] = field(default_factory=list)

    def asked_for(self, kind: str) -> list[str]:
        """The repositories of which manifests or blobs were fetched."""
        return [path.split(f"/{kind}/")[0].removeprefix("/v2/") for method, path in self.seen if f"/{kind}/" in path]


@contextmanager
def registry_up(images: dict[str, Path]) -> Iterator[Registry]:
    """A registry on a free port of 127.0.0.1, which clients speak to without TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    found = Registry(f"127.0.0.1:{server.server_address[1]}", images)
    server.registry = found  # type: ignore[attr-defined] # the handler's way to the content
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def digest_of(layout: Path) -> str:
    """The digest of a layout's one manifest."""
    digest: str = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    return digest


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A client that begins with TLS must see that this is HTTP, or it does not fall back.
    default_request_version = "HTTP/1.0"

    def log_message(self, *_: object) -> None:
        """Says nothing: the journal holds what was asked."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        registry: Registry = self.server.registry  # type: ignore[attr-defined]
        registry.seen.append((self.command, self.path))
        blob = self._find(registry, self.path.removeprefix("/v2/"))
        if self.path == "/v2/":
            self._answer(200, b"{}", "application/json")
        elif blob is None:
            self._answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', "application/json")
        else:
            kind = "application/octet-stream"
            if "/manifests/" in self.path:
                kind = json.loads(blob.read_text())["mediaType"]
            self._answer(200, blob.read_bytes(), kind, f"sha256:{blob.name}")

    @staticmethod
    def _find(registry: Registry, path: str) -> Path | None:
        for kind in ("/manifests/", "/blobs/"):
            repository, _, reference = path.partition(kind)
            for image, layout in registry.images.items():
                name, _, tag = image.rpartition(":")
                if reference and name == repository:
                    digest = digest_of(layout) if reference == tag else reference
                    blob = layout / "blobs" / digest.replace(":", "/")
                    if blob.is_file():
                        return blob
        return None

    def _answer(self, status: int, body: bytes, kind: str, digest: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if digest:
            self.send_header("Docker-Content-Digest", digest)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
