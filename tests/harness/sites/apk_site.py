"""An Alpine repository: a signed APKINDEX and signed packages of format 2, which are three gzip streams in a row."""

from __future__ import annotations

import base64
import gzip
import hashlib
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.sites.file_site import files
from harness.sites.site import Site

CLASSES = (("index", r"/APKINDEX\.tar\.gz$"), ("package", r"\.apk$"), ("key", r"\.rsa\.pub$"))
ARCH = "x86_64"
BLOCK = 512


@dataclass(frozen=True)
class Key:
    """An RSA key of the tests, with the file name under which clients look for its public half."""

    name: str = "good@lab.test-65920080.rsa.pub"

    @cached_property
    def _secret(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public(self) -> bytes:
        """The public key, as a file of /etc/apk/keys."""
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._secret.public_key().public_bytes(serialization.Encoding.PEM, kind)

    def signature(self, stream: bytes) -> bytes:
        """A stream with the signature of the next stream."""
        # The name .SIGN.RSA. means SHA-1 in format 2.
        made = self._secret.sign(stream, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 # the format's own
        return _stream({f".SIGN.RSA.{self.name}": made})


@dataclass(frozen=True)
class AlpinePackage:
    """One version of an Alpine package with one file."""

    name: str
    version: str = "1.0-r0"
    text: str = "hello\n"

    @property
    def file(self) -> str:
        """The name of the package's file."""
        return f"{self.name}-{self.version}.apk"

    @property
    def place(self) -> str:
        """Where the text is once it is installed."""
        return f"usr/share/{self.name}"

    @cached_property
    def data(self) -> bytes:
        """The stream with the package's files."""
        # Folders first: apk rejects a file whose folder is not in the archive.
        folders = {f"{parent}/": b"" for parent in reversed(PurePosixPath(self.place).parents) if parent.name}
        return _stream(folders | {self.place: self.text.encode()}, whole=True, checksums=True)

    @cached_property
    def control(self) -> bytes:
        """The control stream: metadata, and the checksum of the data stream."""
        rows = {
            "pkgname": self.name, "pkgver": self.version, "pkgdesc": "a package of the lab", "url": "http://lab.test/",
            "builddate": "1704067200", "packager": "Lab <lab@lab.test>", "size": str(len(self.text)), "arch": ARCH,
            "origin": self.name, "license": "Apache-2.0", "datahash": hashlib.sha256(self.data).hexdigest(),
        }  # fmt: skip
        return _stream({".PKGINFO": "".join(f"{name} = {value}\n" for name, value in rows.items()).encode()})

    def entry(self, size: int) -> str:
        """The package's paragraph of the index; `size` is the package's size in bytes."""
        identity = "Q1" + base64.b64encode(hashlib.sha1(self.control).digest()).decode()  # noqa: S324 # the format's own
        rows = {"C": identity, "P": self.name, "V": self.version, "A": ARCH, "S": str(size), "I": str(len(self.text)),
                "T": "a package of the lab", "U": "http://lab.test/", "L": "Apache-2.0", "o": self.name}  # fmt: skip
        return "".join(f"{name}:{value}\n" for name, value in rows.items()) + "\n"


@dataclass(frozen=True)
class Repository:
    """A repository of these packages; `key` signs index and packages, None leaves both unsigned."""

    packages: Sequence[AlpinePackage]
    key: Key | None = None

    def apk(self, package: AlpinePackage) -> bytes:
        """The complete package file."""
        return (self.key.signature(package.control) if self.key else b"") + package.control + package.data

    def site(self) -> Site:
        """The files below /alpine; the public key is beside it."""
        bodies = {package.file: self.apk(package) for package in self.packages}
        listed = "".join(package.entry(len(bodies[package.file])) for package in self.packages)
        index = _stream({"DESCRIPTION": b"lab", "APKINDEX": listed.encode()}, whole=True)
        found = {f"/alpine/{ARCH}/{name}": body for name, body in bodies.items()}
        found[f"/alpine/{ARCH}/APKINDEX.tar.gz"] = (self.key.signature(index) if self.key else b"") + index
        if self.key:
            found[f"/alpine/{self.key.name}"] = self.key.public
        return files(found)


def _stream(members: Mapping[str, bytes], *, whole: bool = False, checksums: bool = False) -> bytes:
    """A gzipped tar; only a `whole` one ends with a tar's end-of-archive blocks, as apk expects of the last stream."""
    parts = []
    for name, body in members.items():
        entry = tarfile.TarInfo(name.rstrip("/"))
        entry.size = len(body)
        if name.endswith("/"):
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        elif checksums:
            entry.pax_headers = {"APK-TOOLS.checksum.SHA1": hashlib.sha1(body).hexdigest()}  # noqa: S324 # the format's own
        parts += [entry.tobuf(tarfile.PAX_FORMAT), body, bytes(-len(body) % BLOCK)]
    return gzip.compress(b"".join(parts) + (bytes(2 * BLOCK) if whole else b""), mtime=0)
