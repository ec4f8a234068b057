"""A Go checksum database with its own key: signed notes and tiles (Go modules reference, "Checksum database").

A module proxy serves it below /sumdb/NAME/, where `go` looks first. The log is small: one tile has all its hashes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.catalogue.faults import Reply
from harness.sites.artifacts import Module
from harness.sites.file_site import file_reply, not_found
from harness.sites.site import Request

NAME = "sum.lab.test"
PREFIX = f"/sumdb/{NAME}"
ED25519 = b"\x01"
"""The algorithm byte of a note's key (golang.org/x/mod/sumdb/note)."""


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode()


def _hash1(files: dict[str, bytes]) -> str:
    """The h1: hash of some files (golang.org/x/mod/sumdb/dirhash)."""
    rows = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "h1:" + _base64(hashlib.sha256(rows.encode()).digest())


def sums_of(module: Module) -> str:
    """The two lines of go.sum for a module."""
    with zipfile.ZipFile(io.BytesIO(module.zip)) as archive:
        whole = _hash1({name: archive.read(name) for name in archive.namelist()})
    mod = _hash1({"go.mod": module.mod.encode()})
    return f"{module.path} {module.version} {whole}\n{module.path} {module.version}/go.mod {mod}\n"


def _root(hashes: Sequence[bytes]) -> bytes:
    """The root of a Merkle tree over leaf hashes (RFC 6962, 2.1)."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()


@dataclass
class Sums:
    """The checksums of at most 256 modules."""

    modules: Sequence[Module]
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def _public(self) -> bytes:
        return ED25519 + self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def _key_hash(self) -> bytes:
        return hashlib.sha256(f"{NAME}\n".encode() + self._public).digest()[:4]

    @property
    def verifier(self) -> str:
        """The value of GOSUMDB: name and public key."""
        return f"{NAME}+{self._key_hash.hex()}+{_base64(self._public)}"

    @cached_property
    def _records(self) -> list[bytes]:
        return [sums_of(module).encode() for module in self.modules]

    @cached_property
    def _leaves(self) -> list[bytes]:
        return [hashlib.sha256(b"\x00" + record).digest() for record in self._records]

    @cached_property
    def _signed_tree(self) -> bytes:
        text = f"go.sum database tree\n{len(self._leaves)}\n{_base64(_root(self._leaves))}\n".encode()
        signature = _base64(self._key_hash + self.key.sign(text))
        return text + f"\n\u2014 {NAME} {signature}\n".encode()

    def __call__(self, request: Request) -> Reply:
        what = request.path.removeprefix(PREFIX)
        if what == "/supported":
            return Reply(200, (("Content-Type", "text/plain"),), b"")
        if what == "/latest":
            return file_reply(request, self._signed_tree, "text/plain")
        for number, module in enumerate(self.modules):
            if what == f"/lookup/{module.path}@{module.version}":
                found = f"{number}\n".encode() + self._records[number] + b"\n" + self._signed_tree
                return file_reply(request, found, "text/plain")
        # A tile's name has its number of hashes; clients may ask for an earlier size of the log.
        begin, _, width = what.partition(".p/")
        if begin == "/tile/8/0/000" and width.isdigit() and 0 < int(width) <= len(self._leaves):
            return file_reply(request, b"".join(self._leaves[: int(width)]))
        return not_found(request.path)
