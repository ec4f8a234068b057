"""A Go module proxy (the GOPROXY protocol of the Go modules reference): list, latest, info, mod, zip."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from harness.catalogue.faults import Reply
from harness.sites.artifacts import Module
from harness.sites.file_site import file_reply, not_found
from harness.sites.site import Request, Site
from harness.sites.sumdb_site import PREFIX, Sums

CLASSES = (
    ("sum", "^/sumdb/"),
    ("list", r"/@(latest|v/list)$"),
    ("info", r"\.info$"),
    ("mod", r"\.mod$"),
    ("zip", r"\.zip$"),
)


def escaped(path: str) -> str:
    """A module path as URLs escape it: `!` and the lower-case letter for each upper-case letter."""
    return re.sub(r"[A-Z]", lambda found: "!" + found[0].lower(), path)


def goproxy(modules: Sequence[Module], sums: Sums | None = None) -> Site:
    """A proxy with these modules; the last version of each is its latest. Requests for checksums go to `sums`."""
    files: dict[str, tuple[bytes, str]] = {}
    lists: dict[str, str] = {}
    for module in modules:
        begin = f"/{escaped(module.path)}"
        info = json.dumps(module.info).encode()
        version = f"{begin}/@v/{escaped(module.version)}"
        files[f"{version}.info"] = info, "application/json"
        files[f"{version}.mod"] = module.mod.encode(), "text/plain"
        files[f"{version}.zip"] = module.zip, "application/zip"
        files[f"{begin}/@latest"] = info, "application/json"
        lists[begin] = lists.get(begin, "") + f"{module.version}\n"
    files |= {f"{begin}/@v/list": (text.encode(), "text/plain") for begin, text in lists.items()}

    def answer(request: Request) -> Reply:
        if sums and request.path.startswith(PREFIX):
            return sums(request)
        found = files.get(request.path)
        return file_reply(request, *found) if found else not_found(request.path)

    return answer
