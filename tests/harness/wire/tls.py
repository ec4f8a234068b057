"""Certificates of the tests: a good one, and one for each defect. The root is thrown away."""

from __future__ import annotations

import datetime
import ssl
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import trustme

Issue = Callable[[trustme.CA, str], trustme.LeafCert]


def _dated(begin: int, end: int) -> Issue:
    def issue(root: trustme.CA, name: str) -> trustme.LeafCert:
        now = datetime.datetime.now(datetime.UTC)
        days = [now + datetime.timedelta(days=day) for day in (begin, end)]
        return root.issue_cert(name, not_before=days[0], not_after=days[1])

    return issue


CERTIFICATES: Mapping[str, Issue] = {
    "good": lambda root, name: root.issue_cert(name),
    "expired": _dated(-30, -1),
    "not-yet-valid": _dated(1, 30),
    "wrong-name": lambda root, _: root.issue_cert("other.invalid"),
    "unknown-ca": lambda _, name: trustme.CA().issue_cert(name),
    "old-protocol": lambda root, name: root.issue_cert(name),
    "no-intermediate": lambda root, name: root.create_child_ca().issue_cert(name),
}
"""Certificate kinds by name: functions of the root and the host name."""


@dataclass
class Authority:
    """A throw-away root CA for clients."""

    root: trustme.CA = field(default_factory=trustme.CA)

    def write(self, folder: Path) -> Path:
        """Writes the root certificate to a file (PEM)."""
        file = folder / "root.pem"
        self.root.cert_pem.write_to_path(str(file))
        return file

    def context(self, kind: str = "good", name: str = "127.0.0.1") -> ssl.SSLContext:
        """A server's TLS settings with a certificate of this kind for a name or address."""
        leaf = CERTIFICATES[kind](self.root, name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "old-protocol":
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
            context.set_ciphers("ALL:@SECLEVEL=0")
        chain = leaf.cert_chain_pems[:1] if kind == "no-intermediate" else leaf.cert_chain_pems
        with trustme.Blob(b"".join(pem.bytes() for pem in (leaf.private_key_pem, *chain))).tempfile() as file:
            context.load_cert_chain(file)
        return context
