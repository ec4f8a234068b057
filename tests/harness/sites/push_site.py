"""A registry that is pushed to, and loses what it was given; and what to push."""

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
    """A registry that is pushed to; `received` counts the bytes of each blob that was sent to it.

    The end of the `cut_at`-th upload is refused as unknown. The first `forgets` manifests under a tag are taken and not
    kept.
    """

    cut_at: int = 0
    forgets: int = 0
    received: Counter[str] = field(default_factory=Counter)
    uploads_ended: int = 0

    def __call__(self, request: Request) -> Reply:
        """Answers, and counts."""
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
    """A context whose image has so many layers of `size` bytes that no engine has seen."""
    folder.mkdir()
    for layer in range(number):
        (folder / str(layer)).write_bytes(noise(size, token_hex(8)))
    copies = "".join(f"COPY {layer} /{layer}\n" for layer in range(number))
    (folder / "Dockerfile").write_text(f"FROM scratch\n{copies}")
    return folder
