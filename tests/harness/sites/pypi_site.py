"""A Python package index: the simple API in HTML and JSON (PEP 503, 691), metadata (658), hashes, yanked (592)."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Sequence

from harness.catalogue.faults import Reply
from harness.sites.artifacts import Release
from harness.sites.file_site import file_reply, not_found
from harness.sites.site import Request, Site

JSON = "application/vnd.pypi.simple.v1+json"
CLASSES = (("index", "^/simple/"), ("metadata", r"\.metadata$"), ("file", "^/files/"))


def normal(name: str) -> str:
    """The normalized name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pypi(releases: Sequence[Release]) -> Site:
    """An index of these releases at /simple/, with their files at /files/."""
    files = {f"/files/{release.file}": release.wheel for release in releases}
    metadata = {f"/files/{release.file}.metadata": release.metadata for release in releases}
    projects: dict[str, list[Release]] = {}
    for release in releases:
        projects.setdefault(normal(release.name), []).append(release)

    def answer(request: Request) -> Reply:
        if body := files.get(request.path) or metadata.get(request.path):
            return file_reply(request, body)
        found = re.fullmatch(r"/simple/(?:([^/]+)/?)?", request.path)
        if not found or (found[1] and normal(found[1]) not in projects):
            return not_found(request.path)
        as_json = JSON in request.headers.get("accept", "")
        if not found[1]:
            page = _all_json(projects) if as_json else _links((f"/simple/{name}/", name, "") for name in projects)
        else:
            name = normal(found[1])
            where = request.prefix + "/files/"
            page = _json(name, projects[name], where) if as_json else _html(projects[name], where)
        return file_reply(request, page.encode(), JSON if as_json else "text/html")

    return answer


def _links(rows: Iterable[tuple[str, str, str]]) -> str:
    body = "".join(f'<a href="{where}"{more}>{name}</a><br>\n' for where, name, more in rows)
    return f"<!DOCTYPE html>\n<html><body>\n{body}</body></html>\n"


def _html(releases: Sequence[Release], where: str) -> str:
    def row(release: Release) -> tuple[str, str, str]:
        more = f' data-core-metadata="sha256={_sha(release.metadata)}"'
        if release.yanked:
            more += f' data-yanked="{html.escape(release.yanked)}"'
        return f"{where}{release.file}#sha256={release.sha256}", release.file, more

    return _links(row(release) for release in releases)


def _json(name: str, releases: Sequence[Release], where: str) -> str:
    files = [
        {
            "filename": release.file,
            "url": where + release.file,
            "hashes": {"sha256": release.sha256},
            "core-metadata": {"sha256": _sha(release.metadata)},
            "yanked": release.yanked or False,
            "size": len(release.wheel),
        }
        for release in releases
    ]
    versions = [release.version for release in releases]
    return json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": files, "versions": versions})


def _all_json(projects: Iterable[str]) -> str:
    return json.dumps({"meta": {"api-version": "1.1"}, "projects": [{"name": name} for name in projects]})


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
