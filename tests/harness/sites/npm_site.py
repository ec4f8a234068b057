"""An npm registry: packuments with integrity, tarballs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from harness.catalogue.faults import Reply
from harness.sites.artifacts import NodePackage
from harness.sites.file_site import file_reply, not_found
from harness.sites.site import Request, Site

CLASSES = (("tarball", r"\.tgz$"), ("packument", "."))


def npm(packages: Sequence[NodePackage]) -> Site:
    """A registry of these packages; the last version of each is its latest."""
    tarballs = {_place(package): package.tarball for package in packages}
    versions: dict[str, list[NodePackage]] = {}
    for package in packages:
        versions.setdefault(package.name, []).append(package)

    def answer(request: Request) -> Reply:
        if body := tarballs.get(request.path):
            return file_reply(request, body)
        found = versions.get(request.path.removeprefix("/"))
        if not found:
            return not_found(request.path)
        page = _packument(found, request.base + request.prefix)
        return file_reply(request, page.encode(), "application/json")

    return answer


def _place(package: NodePackage) -> str:
    return f"/{package.name}/-/{quote(package.name.rpartition('/')[2])}-{package.version}.tgz"


def _packument(packages: Sequence[NodePackage], base: str) -> str:
    def version(package: NodePackage) -> dict[str, object]:
        dist = {"tarball": base + _place(package), "integrity": package.integrity}
        return package.about | {"dist": dist}

    name, latest = packages[-1].name, packages[-1].version
    versions = {package.version: version(package) for package in packages}
    return json.dumps({"name": name, "dist-tags": {"latest": latest}, "versions": versions})
