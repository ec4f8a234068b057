"""A Debian archive: signed InRelease, Packages with by-hash paths, and a pool of small real packages."""

from __future__ import annotations

import datetime
import gzip
import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.sites.artifacts import Package
from harness.sites.file_site import files
from harness.sites.site import Site

CLASSES = (("release", r"/(In)?Release(\.gpg)?$"), ("packages", r"/Packages|/by-hash/"), ("deb", r"\.deb$"))
SUITE = "stable"
DATE = "%a, %d %b %Y %H:%M:%S UTC"


@dataclass(frozen=True)
class Signer:
    """An OpenPGP key of the tests; `born` is its creation date, `life` its validity in days (0: unlimited)."""

    born: str = "20240101T000000"
    life: int = 0

    @contextmanager
    def _gpg(self, secret: bytes = b"") -> Iterator[Callable[..., bytes]]:
        """A function that runs gpg with this secret key, given arguments and stdin; its home is removed after the
        block.
        """
        # gpg-agent's socket is in this folder; a socket path has at most 108 bytes (unix(7)), and TMPDIR may be long.
        # The `!` stops gpg's clock: a key that took a second to make would be refused as from the future.
        with tempfile.TemporaryDirectory(prefix="seawall-gpg-", dir="/tmp") as home:
            begin = ["gpg", "--batch", "--quiet", "--homedir", home, "--faked-system-time", f"{self.born}!"]

            def call(*words: str, stdin: bytes = b"") -> bytes:
                return subprocess.run([*begin, *words], input=stdin, capture_output=True, check=True).stdout

            try:
                if secret:
                    call("--import", stdin=secret)
                yield call
            finally:
                subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=True)

    @cached_property
    def _keys(self) -> tuple[bytes, bytes]:
        """The secret key and the public key."""
        life = f"{self.life}d" if self.life else "never"
        with self._gpg() as gpg:
            gpg("--passphrase", "", "--quick-generate-key", "archive@lab.test", "ed25519", "sign", life)
            return gpg("--export-secret-keys"), gpg("--armor", "--export")

    @property
    def public(self) -> bytes:
        """The public key, in ASCII."""
        return self._keys[1]

    def signed(self, text: bytes) -> bytes:
        """The text in a clearsigned message."""
        with self._gpg(self._keys[0]) as gpg:
            return gpg("--clear-sign", stdin=text)


def _stanza(package: Package) -> str:
    return (
        f"Package: {package.name}\nVersion: {package.version}\nArchitecture: all\nMaintainer: Lab <lab@lab.test>\n"
        f"Filename: {_place(package)}\nSize: {len(package.deb)}\nSHA256: {hashlib.sha256(package.deb).hexdigest()}\n"
        f"Description: a package of the lab\n"
    )


def _place(package: Package) -> str:
    return f"pool/main/{package.file}"


@dataclass(frozen=True)
class Archive:
    """An archive of these packages with one suite below `folder`; `made` and `good_for` are days from now, for Date and
    Valid-Until.
    """

    packages: Sequence[Package]
    signer: Signer | None = None
    made: float = -1
    good_for: float = 7
    suite: str = SUITE
    folder: str = "/debian"

    def site(self) -> Site:
        """The files below the folder."""
        return files(self.files())

    def files(self) -> Mapping[str, bytes]:
        """The files by their paths; archives with the same folder may share it."""
        listed = "\n".join(map(_stanza, self.packages)).encode()
        indexes = {"Packages": listed, "Packages.gz": gzip.compress(listed, mtime=0)}
        folder = "main/binary-all"
        rows = [f" {hashlib.sha256(body).hexdigest()} {len(body)} {folder}/{name}" for name, body in indexes.items()]
        now = datetime.datetime.now(datetime.UTC)
        dates = [(now + datetime.timedelta(days=days)).strftime(DATE) for days in (self.made, self.good_for)]
        head = [
            "Origin: Lab", f"Suite: {self.suite}", f"Codename: {self.suite}", f"Date: {dates[0]}",
            f"Valid-Until: {dates[1]}",
            "Architectures: all", "Components: main", "Acquire-By-Hash: yes", "SHA256:",
        ]  # fmt: skip
        release = "\n".join([*head, *rows, ""]).encode()
        begin = f"{self.folder}/dists/{self.suite}"
        found = {f"{self.folder}/{_place(package)}": package.deb for package in self.packages}
        for name, body in indexes.items():
            found[f"{begin}/{folder}/{name}"] = body
            found[f"{begin}/{folder}/by-hash/SHA256/{hashlib.sha256(body).hexdigest()}"] = body
        if self.signer:
            found[f"{self.folder}/archive.asc"] = self.signer.public
            found[f"{begin}/InRelease"] = self.signer.signed(release)
        found[f"{begin}/Release"] = release
        return found


def settings(home: Path, source: str) -> dict[str, str]:
    """The environment of an apt-get that uses only this source and keeps all its files in `home`."""
    for folder in ("lists/partial", "archives/partial", "etc/apt.conf.d", "etc/preferences.d", "log"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "status").touch()
    (home / "sources.list").write_text(f"{source}\n")
    places = {
        "Dir::State::lists": "lists", "Dir::State::status": "status", "Dir::Cache": "", "Dir::Etc": "etc",
        "Dir::Etc::sourcelist": "sources.list", "Dir::Log": "log",
    }  # fmt: skip
    plain = {"Dir::Etc::sourceparts": "-", "Dir::Etc::trustedparts": "-", "APT::Architecture": "amd64",
             "APT::Sandbox::User": "root", "Acquire::Languages": "none"}  # fmt: skip
    rows = plain | {name: str(home / value) for name, value in places.items()}
    file = home / "apt.conf"
    file.write_text("".join(f'{name} "{value}";\n' for name, value in rows.items()))
    return {"APT_CONFIG": str(file)}
