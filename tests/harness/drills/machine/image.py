"""The image that a build left, as an OCI layout, and whether it is the image of the healthy build."""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Image:
    """The digests of an image for one or more platforms; `contents` has every file of every layer."""

    folder: Path
    digest: str

    @classmethod
    def read(cls, folder: Path) -> Image | None:
        """The image in a layout; None where the build left none."""
        try:
            rows = json.loads((folder / "index.json").read_text())["manifests"]
        except (OSError, ValueError, KeyError):
            return None
        return cls(folder, rows[0]["digest"]) if rows else None

    def _json(self, digest: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "blobs/sha256" / digest.removeprefix("sha256:")).read_text())
        return found

    @cached_property
    def manifests(self) -> list[dict[str, Any]]:
        """The manifests of its platforms."""
        top = self._json(self.digest)
        return [self._json(row["digest"]) for row in top["manifests"]] if "manifests" in top else [top]

    @cached_property
    def contents(self) -> dict[str, str]:
        """A digest for each file of each layer, and for the configuration without moments and layers."""
        found = {}
        for number, manifest in enumerate(self.manifests):
            about = self._json(manifest["config"]["digest"])
            about = {name: value for name, value in about.items() if name not in ("created", "rootfs")}
            about["history"] = [
                {name: value for name, value in row.items() if name != "created"} for row in about.get("history", [])
            ]
            found[f"{number} configuration"] = _sum(json.dumps(about, sort_keys=True).encode())
            for place, layer in enumerate(manifest["layers"]):
                found |= {f"{number}.{place} {name}": value for name, value in self._files(layer["digest"]).items()}
        return found

    def _files(self, digest: str) -> dict[str, str]:
        with tarfile.open(self.folder / "blobs/sha256" / digest.removeprefix("sha256:")) as layer:
            return {member.name: _file(layer, member) for member in layer}


def _file(layer: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    body = layer.extractfile(member) if member.isfile() else None
    about = (
        member.type.decode(),
        member.mode,
        member.uid,
        member.gid,
        member.linkname,
        _sum(body.read()) if body else "",
    )
    return _sum(repr(about).encode())


def _sum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


@dataclass(frozen=True)
class Healthy:
    """What healthy builds of one Dockerfile left: equal digests, or files of which some differ from build to build."""

    image: Image
    differing: frozenset[str]

    @classmethod
    def learn(cls, images: list[Image]) -> Healthy:
        """From at least two healthy builds; what differs between them cannot be compared with another build."""
        first, *others = images
        differing: set[str] = set()
        for other in others:
            if other.digest != first.digest:
                names = first.contents.keys() | other.contents.keys()
                differing |= {name for name in names if first.contents.get(name) != other.contents.get(name)}
        return cls(first, frozenset(differing))

    @property
    def by(self) -> str:
        """How images are compared."""
        return f"content, {len(self.differing)} differing files left out" if self.differing else "digest"

    def differences(self, image: Image) -> list[str]:
        """The files in which an image differs from the healthy one; empty for the same image."""
        if image.digest == self.image.digest:
            return []
        names = (self.image.contents.keys() | image.contents.keys()) - self.differing
        found = [name for name in sorted(names) if self.image.contents.get(name) != image.contents.get(name)]
        return found if found or self.differing else ["the manifest"]
