"""A registry for pushes that loses what it received; and a context to push."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from harness.catalogue.faults import Reply
from harness.sites.artifacts import noise
from harness.sites.registry_site import Registry
from harness.sites.site import Request


@dataclass
class Target(Registry):
    """A registry for pushes; `received` counts the bytes uploaded per blob.

    It rejects the end of the `cut_at`-th upload as unknown. It accepts the first `forgets` manifests under a tag, but
    does not store them.
    """

    cut_at: int = 0
    forgets: int = 0
    received: Counter[str] = field(default_factory=Counter)
    uploads_ended: int = 0

    def __call__(self, request: Request) -> Reply:
        """Answers a request and counts its bytes."""
        upload = request.method == "PUT" and "/blobs/uploads/" in request.path
        if upload:
            self.received[request.query] += len(request.body)
            self.uploads_ended += 1
            if self.uploads_ended == self.cut_at:
                return Reply(404, (), b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"blob upload unknown"}]}')
        reply = super().__call__(request)
        if request.method == "PUT" and request.path.endswith("/manifests/1") and self.forgets:
            self.forgets -= 1
            self.blobs.pop(self.tags["team/app"].pop("1"))
        return reply


def context_of_layers(folder: Path, number: int, size: int) -> Path:
    """A context whose image has new layers of `size` bytes each, as many as given."""
    folder.mkdir()
    for layer in range(number):
        (folder / str(layer)).write_bytes(noise(size, token_hex(8)))
    copies = "".join(f"COPY {layer} /{layer}\n" for layer in range(number))
    (folder / "Dockerfile").write_text(f"FROM scratch\n{copies}")
    return folder
