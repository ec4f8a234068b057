"""HTTP client for a RUN step in an image with Python 3.7 or later: downloads a file, or probes a package index.

http-client.py rest|whole|probe FILE    download the rest of FILE, download all of it, or request one byte
http-client.py index NAME               request the page of the project NAME
http-client.py wheels FOLDER            download each wheel in the cache of uv, CLIENT_CACHE, to FOLDER

Environment: CLIENT_URL, not an argument because it may hold a login; CLIENT_SCHEMES, the allowed schemes, also for
redirects (https); CLIENT_TRUSTED, pip's trusted hosts (HOST or HOST:PORT, blank-separated), whose certificates are not
verified; CLIENT_CA, a bundle to use instead of the system's; CLIENT_TIMEOUT, seconds without data (60).
A login is sent only to the scheme, host and port of the URL, and never to a server with an unverified certificate.
Exits 0, or 1 with a message in the words of other clients, which the classifier knows.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

PORTS = {"http": 80, "https": 443}
PAGE = 65536
"""The first bytes of a page, which are searched for links."""


def main(what: str, name: str) -> str:
    """Runs the request; returns an error message, empty on success."""
    url = urlsplit(os.environ["CLIENT_URL"])
    if what == "wheels":
        return wheels(url, Path(os.environ["CLIENT_CACHE"]), Path(name))
    if what == "index":
        url = url._replace(path=url.path.rstrip("/") + "/" + name + "/")
    bare = without_login(url)
    try:
        request = first_request(url, bare, what, name)
        answer = opener().open(request, timeout=float(os.environ.get("CLIENT_TIMEOUT") or 60))
        if what == "index":
            return wrong_page(answer, bare)
        return "" if what == "probe" else write(answer, name, bare, request.get_header("Range", "bytes=0-"))
    except urllib.error.HTTPError as error:
        # pip may have a login in another file, and reports a wrong one itself.
        if what == "index" and error.code == 401:
            return ""
        for value in error.headers.get_all("Retry-After") or ():
            print("Retry-After:", value)
        kind = "Client" if error.code < 500 else "Server"
        return f"{error.code} {kind} Error: {error.reason} for url: {bare}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{bare}: {type(error).__name__}: {getattr(error, 'reason', None) or error}"


def wheels(index: SplitResult, cache: Path, folder: Path) -> str:
    """Downloads the wheels whose URLs the cache of uv holds; a wheel of the origin of the index gets its login."""
    failed = "no wheel in the cache of uv"
    for entry in sorted(cache.glob("wheels-*/**/*.http")):
        found = re.findall(rb"https?://[!-~]+?\.whl", entry.read_bytes())
        if not found:
            continue
        url = urlsplit(found[-1].decode())
        if origin(index.geturl()) == origin(url.geturl()):
            url = url._replace(netloc=index.netloc)
        part = folder / "seawall-part"
        part.unlink(missing_ok=True)
        with opener().open(first_request(url, without_login(url), "whole", str(part)), timeout=60) as answer:
            failed = write(answer, str(part), without_login(url), "bytes=0-")
        if failed:
            return failed
        part.replace(folder / Path(unquote(url.path)).name)
    return failed


def without_login(url: SplitResult) -> str:
    return url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: a login is valid for one origin."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)


def first_request(url: SplitResult, bare: str, what: str, name: str) -> urllib.request.Request:
    """The request with its login as an unredirected header, which urllib does not copy on a redirect."""
    if url.scheme not in schemes():
        raise ValueError("the scheme is not allowed")
    request = urllib.request.Request(bare, headers={"User-Agent": "seawall"})  # noqa: S310 - checked above
    size = os.path.getsize(name) if what == "rest" and os.path.exists(name) else 0
    if size or what == "probe":
        request.add_header("Range", f"bytes={size}-" if size else "bytes=0-0")
    if what == "index":
        request.add_header("Accept", "application/vnd.pypi.simple.v1+json, text/html; q=0.1")
    if url.username:
        login = unquote(url.username) + ":" + unquote(url.password or "")
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    return request


def schemes() -> list[str]:
    return os.environ.get("CLIENT_SCHEMES", "https").split(",")


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to allowed schemes, never from https to http; keeps a login within its origin."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        to = urlsplit(newurl)
        if to.scheme not in schemes() or (req.type == "https" and to.scheme != "https"):
            raise urllib.error.URLError("redirected to a scheme that is not allowed")
        new = super().redirect_request(req, fp, code, msg, headers, without_login(to))
        if new is None:
            return None
        # urllib adds the login of a proxy again if the next request uses that proxy.
        new.headers.pop("Proxy-authorization", None)
        login = req.unredirected_hdrs.get("Authorization")
        if login and origin(req.full_url) == origin(new.full_url):
            new.add_unredirected_header("Authorization", login)
        return new


class Https(urllib.request.HTTPSHandler):
    """Verifies every certificate except those of pip's trusted hosts, which get no login."""

    def __init__(self) -> None:
        self.verified = ssl.create_default_context(cafile=os.environ.get("CLIENT_CA") or None)
        self.trusted = {word.lower() for word in os.environ.get("CLIENT_TRUSTED", "").split()}
        super().__init__(context=self.verified)

    def https_open(self, req):  # type: ignore[no-untyped-def]
        _, host, port = origin(req.full_url)
        host = f"[{host}]" if ":" in host else host
        context = self.verified
        if {host, f"{host}:{port}"} & self.trusted:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            req.unredirected_hdrs.pop("Authorization", None)
        return self.do_open(http.client.HTTPSConnection, req, context=context)


def opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(Redirects, Https())


def write(answer, name: str, bare: str, wanted: str) -> str:  # type: ignore[no-untyped-def]
    """Appends a partial answer (206) to the file if it is the range that was wanted, writes a complete one; returns an
    error message or nothing.
    """
    begin = wanted.replace("=", " ")
    if answer.status == 206 and not answer.headers.get("Content-Range", begin).startswith(begin):
        return f"{bare}: 416 Client Error: other byte ranges than those that were wanted"
    with open(name, "ab" if answer.status == 206 else "wb") as part:
        for block in iter(lambda: answer.read(PAGE), b""):
            part.write(block)
            part.flush()
    if answer.length:
        return f"{bare}: IncompleteRead: {answer.length} bytes missing, connection reset by peer"
    return ""


def wrong_page(answer, bare: str) -> str:  # type: ignore[no-untyped-def]
    """An error message if the page is not that of an index: a login portal answers 200, but without links to files."""
    page, kind = answer.read(PAGE), answer.headers.get("Content-Type", "")
    if len(page) < PAGE and (answer.length or ("json" in kind and not is_json(page))):
        return f"{bare}: IncompleteRead: the page breaks off, connection reset by peer"
    if "json" in kind or re.search(rb"\.(whl|zip|egg|tar\.[a-z0-9]+)|repository-version|Links for", page):
        return ""
    return f"Content-Type {kind}: unexpected content from {bare}"


def is_json(page: bytes) -> bool:
    try:
        json.loads(page)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
