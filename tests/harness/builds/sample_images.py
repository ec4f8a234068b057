"""The base images of the sample Dockerfiles, from the distribution's archive, with the package sources of a company.

An image has the tools of the one whose name it has, and names these sources in the tools' own configuration:
pip.conf, npmrc, go/env, uv.toml, cargo's config.toml, sources.list.
"""

from __future__ import annotations

import io
import json
import os
import platform
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from harness.builds.bases import base_layout, kit_with_rows
from harness.builds.image_layers import Additions, extend, names_in, read_file
from harness.builds.sample_sites import recording, store
from harness.machine.run import run
from harness.sites.pypi_site import JSON
from harness.sites.site import Request

OWN_ROWS = """\
debian	trixie	apt	-
curl	trixie	busybox ca-certificates curl git gnupg wget	-
golang	trixie	ca-certificates git golang-go	-
python	trixie	ca-certificates python3 python3-pip python3-venv	-
node	trixie	ca-certificates nodejs	-
rust	trixie	ca-certificates cargo gcc libc6-dev	-
"""
"""Bases beside those of the kit, in the format of scripts/lib/host/bases/bases.tsv."""
NPM, YARN, UV = "10.9.4", "1.22.22", "0.9.5"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCHIVE = re.compile(rb"https?://\S+")

Urls = Mapping[str, str]
Recipe = tuple[str, Callable[[Path, Urls], Additions]]


def _apt(base: Path, urls: Urls) -> dict[str, bytes]:
    """The archive of the base, at the site's address."""
    file = "/etc/apt/sources.list"
    return {file: ARCHIVE.sub(urls["apt"].encode(), read_file(base, file))}


def _debian(base: Path, urls: Urls) -> Additions:
    return Additions(_apt(base, urls))


def _python(base: Path, urls: Urls) -> Additions:
    packages = "/usr/lib/python3/dist-packages"
    others = [f"{packages}/{name}" for name in names_in(base, packages) if not name.startswith("pip")]
    host = urls["pypi"].partition("//")[2].partition(":")[0]
    pip = f"[global]\nindex-url = {urls['pypi']}/simple/\ntrusted-host = {host}\n"
    uv = f'[[index]]\nurl = "{urls["pypi"]}/simple/"\ndefault = true\n'
    return Additions(
        _apt(base, urls) | {"/etc/pip.conf": pip.encode(), "/etc/uv/uv.toml": uv.encode()},
        {"/usr/local/bin/python": "/usr/bin/python3"},
        # In the images of Python, pip may install for the whole image, and is the only package.
        ("/usr/lib/python3.13/EXTERNALLY-MANAGED", *others),
        env={"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def _golang(base: Path, urls: Urls) -> Additions:
    env = {"GOPATH": "/go", "PATH": f"/go/bin:/usr/local/go/bin:{SYSTEM_PATH}", "GOTOOLCHAIN": "local"}
    # Go counts its starts in a file of the user, another one every week.
    env |= {"GOTELEMETRY": "off"}
    settings = f"GOPROXY={urls['go-proxy']}\nGONOSUMDB=*\n"
    return Additions(_apt(base, urls) | {"/root/.config/go/env": settings.encode()}, env=env)


def _rust(base: Path, urls: Urls) -> Additions:
    source = f'[source.company]\nregistry = "sparse+{urls["cargo"]}/"\n'
    settings = f'[source.crates-io]\nreplace-with = "company"\n{source}'
    home = "/usr/local/cargo"
    files = _apt(base, urls) | {f"{home}/config.toml": settings.encode()}
    return Additions(files, env={"CARGO_HOME": home, "PATH": f"{home}/bin:{SYSTEM_PATH}"})


@cache
def _from_npm(name: str, version: str) -> bytes:
    """The tarball of a package of the npm registry."""
    return recording("npm")(Request("GET", f"/{name}/-/{name}-{version}.tgz")).body


def _node(base: Path, urls: Urls) -> Additions:
    modules = "/usr/local/lib/node_modules"
    users = {
        "/etc/passwd": read_file(base, "/etc/passwd") + b"node:x:1000:1000::/home/node:/bin/sh\n",
        "/etc/group": read_file(base, "/etc/group") + b"node:x:1000:\n",
    }
    return Additions(
        _apt(base, urls) | users | {"/usr/etc/npmrc": f"registry={urls['npm']}/\nupdate-notifier=false\n".encode()},
        {
            "/usr/local/bin/npm": f"{modules}/npm/bin/npm-cli.js",
            "/usr/local/bin/npx": f"{modules}/npm/bin/npx-cli.js",
            "/usr/local/bin/yarn": f"{modules}/yarn/bin/yarn.js",
            # npm installs next to the distribution's node; in the images of Node that is /usr/local.
            "/usr/local/bin/pnpm": "/usr/bin/pnpm",
        },
        trees={f"{modules}/npm": _from_npm("npm", NPM), f"{modules}/yarn": _from_npm("yarn", YARN)},
        env={"NODE_VERSION": "20"},
    )


@cache
def _uv_wheel() -> bytes:
    """The wheel of uv for this machine."""
    site = recording("pypi")
    page = json.loads(site(Request("GET", "/simple/uv/", {"accept": JSON})).body)
    ends = f"{UV}-py3-none-manylinux_2_17_{platform.machine()}.manylinux2014_{platform.machine()}.whl"
    (url,) = (file["url"] for file in page["files"] if file["filename"] == f"uv-{ends}")
    return site(Request("GET", urlsplit(url).path)).body


def _uv(_: Path, __: Urls) -> Additions:
    with zipfile.ZipFile(io.BytesIO(_uv_wheel())) as wheel:
        return Additions(programs={"/uv": wheel.read(f"uv-{UV}.data/scripts/uv")})


def _nothing(_: Path, __: Urls) -> Additions:
    return Additions()


IMAGES: Mapping[str, Recipe] = {
    "debian:trixie-slim": ("debian", _debian),
    "buildpack-deps:trixie-curl": ("curl", _debian),
    "buildpack-deps:trixie-scm": ("curl", _debian),
    "busybox:1.37": ("curl", _nothing),
    "golang:1.24-trixie": ("go-builder", _golang),
    "golang:1.24": ("golang", _golang),
    "python:3.13-slim": ("python-builder", _python),
    "python:3.13": ("python", _python),
    "rust:1.85-slim": ("rust", _rust),
    "node:20-slim": ("node", _node),
    "gcr.io/distroless/static-debian13:nonroot": ("static", _nothing),
    "ghcr.io/astral-sh/uv:0.9.5": ("static", _uv),
}
"""Images by name, each with the row of its base. `golang:1.24` and `python:3.13` are the full images: with git, with
venv."""


@dataclass(frozen=True)
class Images:
    """Makes images; `folder` is for this run, bases stay in the kit's state folder and in `store()`."""

    kit: Path
    folder: Path

    def make(self, name: str, urls: Urls, target: Path) -> Path:
        """The image of this name with the sources at `urls`, as an OCI layout in `target`."""
        row, recipe = IMAGES[name]
        base = self._base(row)
        return extend(base, target, recipe(base, urls))

    @cache  # noqa: B019 # one object a run
    def _base(self, row: str) -> Path:
        own = row in {line.partition("\t")[0] for line in OWN_ROWS.splitlines()}
        env = os.environ | ({"SEAWALL_STATE": str(store()), "SEAWALL_CONF": "/dev/null"} if own else {})
        command = self._with_own_rows() if own else self.kit / "build-base-image.sh"
        result = run([command, row], env=env, timeout=280)
        assert result.rc == 0, repr(result)
        return base_layout(result.out)

    @cache  # noqa: B019 # one object a run
    def _with_own_rows(self) -> Path:
        return kit_with_rows(self.kit, OWN_ROWS, self.folder / "scripts")
