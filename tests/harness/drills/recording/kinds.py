"""Kinds of sources: how their requests are recognised, and what a user would set to have a second source of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.sites import apk_site, apt_site, git_site, go_site, npm_site, registry_site

SECOND = ".second.drill.test"
"""HOST.second.drill.test is a second source with the content of HOST."""


@dataclass(frozen=True)
class Kind:
    """A kind of source: a pattern of paths that only it has, its path classes, and the classes of its packages."""

    name: str
    mark: str
    classes: Sequence[tuple[str, str]]
    payload: str


LS_REFS = ("refs", r"/git-upload-pack#....command=ls-refs")
"""Git asks for names and for packs at one path (protocol v2). A changed bit of a name would let it ask for a commit
that no recording has."""
KINDS = (
    Kind("registry", r"^/v2/", registry_site.CLASSES, "blob"),
    Kind("go-proxy", r"/@v/|/@latest$", go_site.CLASSES, "zip"),
    Kind("git", r"/info/refs$|/git-upload-pack$", (LS_REFS, *git_site.CLASSES), "pack"),
    Kind("apt", r"/dists/", apt_site.CLASSES, "deb"),
    Kind("apk", r"APKINDEX", apk_site.CLASSES, "package"),
    Kind("pypi", r"/simple/", (("index", "/simple/"), ("metadata", r"\.metadata$"), ("file", ".")), "file"),
    Kind("npm", r"/-/.*\.tgz$", npm_site.CLASSES, "tarball"),
    Kind("url", r".", (("metadata", r"\.metadata$"), ("file", ".")), "file"),
)
"""In the order in which they are tried; the last one fits every source."""


def kind_of(paths: Iterable[str]) -> Kind:
    """The kind of a source by the paths that a healthy build requested from it."""
    paths = list(paths)
    return next(kind for kind in KINDS if any(re.search(kind.mark, path) for path in paths))


def class_of(kind: Kind, path: str) -> str:
    """The class of a path."""
    return next((name for name, pattern in kind.classes if re.search(pattern, path)), "other")


def second_of(host: str) -> str:
    """The name of the second source of a host."""
    return host + SECOND


def first_of(host: str) -> str:
    """The host whose content a second source has; the host itself if it is none."""
    return host.removesuffix(SECOND)
