"""Artifacts that the upstreams serve: packages, modules and images, with the same bytes in every run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

EPOCH = (2024, 1, 1, 0, 0, 0)


def sha256(body: bytes) -> str:
    """The digest of `content` as registries write it."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def packed(members: Mapping[str, str]) -> bytes:
    """A zip of these texts, with the same bytes for the same texts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text)
    return buffer.getvalue()


TarMode = Literal["w", "w:gz", "w:bz2", "w:xz"]


def tar_archive(members: Mapping[str, bytes], mode: TarMode = "w", links: Mapping[str, str] | None = None) -> bytes:
    """A tar of these files without a date, packed if `mode` says so; `links` are the targets of symbolic links."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def tarred(members: Mapping[str, bytes]) -> bytes:
    """A gzipped tar of these files, with the same bytes for the same files."""
    return gzip.compress(tar_archive(members), mtime=0)


def noise(size: int, seed: str = "noise") -> bytes:
    """Incompressible bytes, the same for the same seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 # content, no secret


@dataclass(frozen=True)
class Release:
    """One version of a Python package; another source text makes another file of the same version."""

    name: str
    version: str = "1.0.0"
    source: str = "GOOD = True\n"
    yanked: str = ""

    @property
    def file(self) -> str:
        """The name of the wheel."""
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"

    @property
    def metadata(self) -> bytes:
        """The core metadata, which an index serves beside the wheel (PEP 658)."""
        return f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n".encode()

    @property
    def wheel(self) -> bytes:
        """The wheel."""
        module = self.name.replace("-", "_")
        about = f"{module}-{self.version}.dist-info"
        return packed(
            {
                f"{module}.py": self.source,
                f"{about}/METADATA": self.metadata.decode(),
                f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                f"{about}/RECORD": "",
            }
        )

    @property
    def sha256(self) -> str:
        """The wheel's hash as lock files write it."""
        return hashlib.sha256(self.wheel).hexdigest()


@dataclass(frozen=True)
class Module:
    """One version of a Go module with one package; another source text makes another zip of the same version."""

    path: str
    version: str = "v1.0.0"
    source: str = "package hello\n"

    @property
    def info(self) -> dict[str, str]:
        """The `.info` file of a module proxy."""
        return {"Version": self.version, "Time": "2024-01-01T00:00:00Z"}

    @property
    def mod(self) -> str:
        """The content of go.mod."""
        return f"module {self.path}\n\ngo 1.20\n"

    @property
    def zip(self) -> bytes:
        """The module zip."""
        begin = f"{self.path}@{self.version}"
        return packed({f"{begin}/go.mod": self.mod, f"{begin}/hello.go": self.source})


@dataclass(frozen=True)
class Image:
    """An OCI image for linux/amd64 with one layer that holds one file."""

    body: bytes

    @property
    def layer(self) -> bytes:
        """The layer, an uncompressed tar."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            entry = tarfile.TarInfo("noise")
            entry.size = len(self.body)
            archive.addfile(entry, io.BytesIO(self.body))
        return buffer.getvalue()

    @property
    def config(self) -> bytes:
        """The image configuration."""
        root = {"type": "layers", "diff_ids": [sha256(self.layer)]}
        return json.dumps({"architecture": "amd64", "os": "linux", "rootfs": root, "config": {}}).encode()

    @property
    def manifest(self) -> bytes:
        """The image manifest."""
        kind = "application/vnd.oci.image."

        def part(name: str, body: bytes) -> dict[str, object]:
            return {"mediaType": f"{kind}{name}", "digest": sha256(body), "size": len(body)}

        parts = {"config": part("config.v1+json", self.config), "layers": [part("layer.v1.tar", self.layer)]}
        return json.dumps({"schemaVersion": 2, "mediaType": f"{kind}manifest.v1+json", **parts}).encode()


@dataclass(frozen=True)
class Package:
    """One version of a Debian package with one file."""

    name: str
    version: str = "1.0"
    text: str = "hello\n"

    @property
    def file(self) -> str:
        """The name of the package's file."""
        return f"{self.name}_{self.version}_all.deb"

    @property
    def deb(self) -> bytes:
        """The .deb: an ar archive of a version, a control archive and a data archive."""
        control = f"Package: {self.name}\nVersion: {self.version}\nArchitecture: all\nMaintainer: Lab <lab@lab.test>\n"
        members = {
            "debian-binary": b"2.0\n",
            "control.tar.gz": tarred({"./control": f"{control}Description: a package of the lab\n".encode()}),
            "data.tar.gz": tarred({f"./usr/share/{self.name}": self.text.encode()}),
        }
        parts = [b"!<arch>\n"]
        for name, body in members.items():
            parts.append(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(body):<10}`\n".encode())
            parts.append(body + b"\n" * (len(body) % 2))
        return b"".join(parts)


@dataclass(frozen=True)
class NodePackage:
    """One version of an npm package with one file."""

    name: str
    version: str = "1.0.0"
    source: str = "module.exports = true;\n"

    @property
    def about(self) -> dict[str, object]:
        """Its package.json."""
        return {"name": self.name, "version": self.version, "main": "index.js"}

    @property
    def tarball(self) -> bytes:
        """The package as npm reads it."""
        about = json.dumps(self.about).encode()
        return tarred({"package/package.json": about, "package/index.js": self.source.encode()})

    @property
    def integrity(self) -> str:
        """The tarball's hash as packuments and lock files write it."""
        return "sha512-" + base64.b64encode(hashlib.sha512(self.tarball).digest()).decode()
