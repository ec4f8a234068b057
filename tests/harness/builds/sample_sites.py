"""The upstreams of the sample Dockerfiles: recordings of the real package sources, and sites of an imaginary company.

A recording is filled from the source in the tool's own configuration while a build asks for something new, and kept in
`store()`; everything that was asked for once comes from there, without the network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex

from harness.catalogue.schedule import parse
from harness.lab.real_sources import source_url
from harness.sites import apt_site, git_site, go_site, npm_site
from harness.sites.apt_site import Archive
from harness.sites.artifacts import Package, noise, tarred
from harness.sites.file_site import files
from harness.sites.git_site import Git
from harness.sites.recording import Recording
from harness.sites.registry_site import CLASSES as REGISTRY_CLASSES
from harness.sites.registry_site import Registry
from harness.sites.samples import signer
from harness.sites.site import Rule, Site, Upstream
from harness.wire.server import Running, serve

REFUSED = "refused"
INSTALLER = b"""#!/bin/sh
set -eu
curl -fsSL "$DOWNLOADS/tool-1.0.tar.gz" -o /tmp/tool.tar.gz
tar -xzf /tmp/tool.tar.gz -C "$2" --strip-components=1
rm /tmp/tool.tar.gz
"""
"""What `curl | sh` runs; its last line is a command of its own, as in real installers."""
PRIVATE = {
    "go.mod": "module git.example.com/team/hello.git\n\ngo 1.23\n",
    "hello.go": 'package hello\n\nfunc Name() string { return "hello" }\n',
}
"""The private module of go-private-module, in the repository that git-clone clones."""
CRATE = '[package]\nname = "any"\n[dependencies]\nitoa = "=1.0.15"\n'
CARGO = (("config", "^/config.json$"), ("crate", "/download$"), ("index", "."))
PYPI = (("index", "^/simple/"), ("metadata", r"\.metadata$"), ("file", r"\.(whl|tar\.gz)$"))


@dataclass(frozen=True)
class Downloads:
    """The files of the download site.

    Another mark makes other bytes: BuildKit downloads no file whose checksum it has seen.
    """

    mark: str

    @property
    def program(self) -> bytes:
        """A program of one file."""
        return (f"#!/bin/sh\necho hello {self.mark}\n" + "# a longer file\n" * 100).encode()

    @property
    def release(self) -> bytes:
        """The program in an archive."""
        return tarred({"tool-1.0/bin/tool": self.program, "tool-1.0/share/noise": noise(300_000, self.mark)})

    @property
    def sums(self) -> dict[str, str]:
        """The checksums by the build arguments of the samples."""
        bodies = {"TOOL_SHA256": self.release, "PROGRAM_SHA256": self.program}
        return {name: hashlib.sha256(body).hexdigest() for name, body in bodies.items()}

    def site(self) -> Site:
        """The site."""
        return files(
            {
                "/tool": self.program,
                "/tool-1.0.tar.gz": self.release,
                "/install.sh": INSTALLER,
                "/motd.txt": f"hello {self.mark}\n".encode() * 5_000,
            }
        )


def store() -> Path:
    """The folder of recordings and bases, which stays between runs."""
    place = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(place) / "seawall-samples"


def recording(kind: str) -> Recording:
    """The recording of a kind; raises ValueError with one line where the tool has no source for it."""
    return Recording(store() / kind, crates_url() if kind == "cargo" else source_url(kind, "default"))


def lock_crates(project: Path) -> str:
    """Writes Cargo.lock in a project; returns the URL of cargo's default registry.

    cargo names its registry in no setting: the folder of the registry's index has its name.
    """
    with tempfile.TemporaryDirectory() as home:
        command = ["cargo", "generate-lockfile", "--manifest-path", str(project / "Cargo.toml")]
        subprocess.run(command, env=os.environ | {"CARGO_HOME": home}, check=True, capture_output=True)
        (index,) = Path(home, "registry/index").iterdir()
        return f"https://{index.name.rpartition('-')[0]}"


def crates_url() -> str:
    """The URL of cargo's default registry, that of the recording where there is one; ValueError without a cargo."""
    if not shutil.which("cargo"):
        raise ValueError("wanted cargo on this machine, to ask for its registry: it has none")
    known = store() / "cargo/origin"
    if known.is_file():
        return known.read_text()
    with tempfile.TemporaryDirectory() as project:
        Path(project, "Cargo.toml").write_text(CRATE)
        Path(project, "src").mkdir()
        Path(project, "src/lib.rs").touch()
        return lock_crates(Path(project))


@dataclass(frozen=True)
class Kind:
    """A kind of upstream: its site, its path classes, and the class of what a build wants from it."""

    site: Callable[[], Site]
    classes: tuple[tuple[str, str], ...]
    payload: str


REGISTRY = Registry()
"""Holds the images that a test puts there."""
KINDS: Mapping[str, Kind] = {
    "pypi": Kind(lambda: recording("pypi"), PYPI, "file"),
    "go-proxy": Kind(lambda: recording("go"), go_site.CLASSES, "zip"),
    "npm": Kind(lambda: recording("npm"), npm_site.CLASSES, "tarball"),
    "cargo": Kind(lambda: recording("cargo"), CARGO, "crate"),
    "apt": Kind(lambda: recording("apt"), apt_site.CLASSES, "deb"),
    "url": Kind(lambda: Downloads("").site(), (("file", "."),), "file"),
    "repository": Kind(
        lambda: Archive([Package("vendor-tool", text="vendor\n" * 100)], signer("good")).site(), apt_site.CLASSES, "deb"
    ),
    "git": Kind(lambda: Git(more=PRIVATE), git_site.CLASSES, "pack"),
    "registry": Kind(lambda: REGISTRY, REGISTRY_CLASSES, "blob"),
}
"""`repository` is the third-party archive of Debian packages."""


@cache
def site_of(kind: str) -> Site:
    """The site of a kind, made once: parallel servers share a recording."""
    return KINDS[kind].site()


@dataclass(frozen=True)
class Sites:
    """The URL of each kind, the servers that listen, and the files to download.

    `absent` are kinds without a source on this machine, with the reason.
    """

    urls: Mapping[str, str]
    running: Mapping[str, Running]
    downloads: Downloads
    absent: Mapping[str, str]


@contextmanager
def sites_up(
    address: str, faults: Mapping[str, tuple[str, str]] | None = None, downloads: Downloads | None = None
) -> Iterator[Sites]:
    """Serves every kind on an address of this machine for the duration of the block.

    `faults` has a pattern of path classes and a schedule by kind; the schedule REFUSED is an address that nobody
    listens at. Only loopback registries are asked over http, so the registry listens there.
    """
    faults, downloads = faults or {}, downloads or Downloads(token_hex(8))
    with ExitStack() as stack:
        urls, running, absent = dict[str, str](), dict[str, Running](), dict[str, str]()
        for kind, about in KINDS.items():
            path_class, schedule = faults.get(kind, (".*", "ok"))
            where = "127.0.0.1" if kind == "registry" else address
            if schedule == REFUSED:
                held = stack.enter_context(socket.socket())
                held.bind((where, 0))
                urls[kind] = f"http://{where}:{held.getsockname()[1]}"
                continue
            try:
                site = downloads.site() if kind == "url" else site_of(kind)
            except ValueError as error:
                urls[kind], absent[kind] = f"http://{where}", str(error)
                continue
            upstream = Upstream(kind, site, about.classes, (Rule(parse(schedule), path_class=path_class),))
            running[kind] = stack.enter_context(serve(upstream, address=where, allowed=[f"{where}/32"]))
            urls[kind] = running[kind].url
        yield Sites(urls, running, downloads, absent)
