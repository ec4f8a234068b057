"""HTTP client for a RUN step whose image has Python: a file, or one page of a package index. Python 3.7 or later.

http-client.py rest|whole|probe FILE    a file: its rest, all of it, or one byte that is not kept
http-client.py index NAME               the page of a project

The URL is in CLIENT_URL, since it may hold a login. CLIENT_SCHEMES: what may be asked and redirected to.
CLIENT_TRUSTED: pip's trusted hosts (HOST or HOST:PORT, blanks between), whose certificates are not verified.
CLIENT_CA: a bundle to use instead of the system's. CLIENT_TIMEOUT: seconds of silence.
A login is sent to the scheme, host and port that it was given for and only there, and never to an unverified peer.
Its messages have the words that the classifier knows from other clients.
"""

from __future__ import annotations

import base64
import http.client
import os
import re
import ssl
import sys
import urllib.error
import urllib.request
from urllib.parse import SplitResult, unquote, urlsplit

PORTS = {"http": 80, "https": 443}
PAGE = 65536
"""Bytes of a page that are looked at."""


def main(what: str, name: str) -> str:
    """Does what is asked; gives what went wrong, empty for nothing."""
    url = urlsplit(os.environ["CLIENT_URL"])
    if what == "index":
        url = url._replace(path=url.path.rstrip("/") + "/" + name + "/")
    bare = without_login(url)
    try:
        request = first_request(url, bare, what, name)
        answer = opener().open(request, timeout=float(os.environ.get("CLIENT_TIMEOUT") or 60))
        if what == "index":
            return wrong_page(answer, bare)
        return "" if what == "probe" else write(answer, name, bare)
    except urllib.error.HTTPError as error:
        # pip may have a login from elsewhere, and has better words for it.
        if what == "index" and error.code == 401:
            return ""
        for value in error.headers.get_all("Retry-After") or ():
            print("Retry-After:", value)
        kind = "Client" if error.code < 500 else "Server"
        return f"{error.code} {kind} Error: {error.reason} for url: {bare}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{bare}: {type(error).__name__}: {getattr(error, 'reason', None) or error}"


def without_login(url: SplitResult) -> str:
    return url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port, by which logins are bound."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)


def first_request(url: SplitResult, bare: str, what: str, name: str) -> urllib.request.Request:
    """The request, whose login urllib does not take along to another place."""
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
    """Follows to allowed schemes, never from https to http; a login goes along within its origin only."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        to = urlsplit(newurl)
        if to.scheme not in schemes() or (req.type == "https" and to.scheme != "https"):
            raise urllib.error.URLError("redirected to a scheme that is not allowed")
        new = super().redirect_request(req, fp, code, msg, headers, without_login(to))
        if new is None:
            return None
        # A proxy's login is set anew where the next request goes through it too.
        new.headers.pop("Proxy-authorization", None)
        login = req.unredirected_hdrs.get("Authorization")
        if login and origin(req.full_url) == origin(new.full_url):
            new.add_unredirected_header("Authorization", login)
        return new


class Https(urllib.request.HTTPSHandler):
    """Verifies each peer but those that pip was told to trust, and these get no login."""

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


def write(answer, name: str, bare: str) -> str:  # type: ignore[no-untyped-def]
    """Appends the rest to the file, or writes the whole."""
    with open(name, "ab" if answer.status == 206 else "wb") as part:
        for block in iter(lambda: answer.read(PAGE), b""):
            part.write(block)
            part.flush()
    if answer.length:
        return f"{bare}: IncompleteRead: {answer.length} bytes missing, connection reset by peer"
    return ""


def wrong_page(answer, bare: str) -> str:  # type: ignore[no-untyped-def]
    """A page of a portal is told by what it does not hold."""
    page, kind = answer.read(PAGE), answer.headers.get("Content-Type", "")
    if "json" in kind or re.search(rb"\.(whl|zip|egg|tar\.[a-z0-9]+)|repository-version|Links for", page):
        return ""
    return f"Content-Type {kind}: unexpected content from {bare}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
