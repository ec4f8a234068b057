"""What can go wrong with one answer, as pure data: each fault is a row that turns a good reply into a bad one.

No sockets here: `wire/reply_writer.py` writes a reply byte for byte. Sizes are bytes, times are seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

Ending = Literal["done", "rst", "fin", "stall"]
"""How a reply ends: complete with the connection kept, a reset, a normal close, or silence with the connection open."""
Headers = tuple[tuple[str, str], ...]
Options = Mapping[str, str]
Answer = TypeVar("Answer")
"""The type that a fault changes: a Reply over HTTP, or a resolver's answer."""

HTML = b"<!doctype html>\n<html><head><title>Sign in</title></head><body><h1>Welcome</h1></body></html>\n"
DEAD_HOST = "http://127.0.0.1:1/"
"""Port 1 (tcpmux) has no listener: a connection to it is refused."""


@dataclass(frozen=True)
class Reply:
    """One answer as it goes over the wire.

    `ending` happens after `at` bytes of the body, or before the status line for -1. `rate` limits the body to that many
    bytes per second, 0 for no limit; `delay` passes before the first byte. `framing` is how the end of the body is
    marked: by its length, by `length` plus or minus `skew`, by closing, or by chunks with broken sizes; after the head
    of a `tunnel`, bytes are forwarded between the client and the host of its CONNECT. An `early` reply is sent before
    the body of the request is read; none of that body is read afterwards.
    """

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    ending: Ending = "done"
    at: int = -1
    rate: float = 0
    delay: float = 0
    framing: Literal["length", "close", "bad-chunks", "tunnel"] = "length"
    skew: int = 0
    head_rate: float = 0
    early: bool = False

    def with_header(self, name: str, value: str) -> Reply:
        """The same reply with this header, which replaces others of its name."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))


@dataclass(frozen=True)
class Fault(Generic[Answer]):
    """One row: its name in a schedule, its effect, its options, and whether `@BYTES` may follow."""

    name: str
    does: str
    apply: Callable[[Answer, int, Options], Answer]
    options: frozenset[str] = field(default_factory=frozenset)
    takes_offset: bool = False


@dataclass(frozen=True)
class Language(Generic[Answer]):
    """The faults that a schedule may name; `status` is the fault that a number means, None where numbers are not
    allowed.
    """

    faults: Mapping[str, Fault[Answer]]
    status: Callable[[int], Fault[Answer]] | None = None


def _status(reply: Reply, code: int, options: Options) -> Reply:
    bodies = {
        "empty": ("text/plain", b""),
        "html": ("text/html", HTML),
        "json": ("application/json", b'{"errors":[{"code":"UNAVAILABLE","message":"a fault of this lab"}]}\n'),
        "twirp": ("application/json", b'{"code":"unavailable","msg":"a fault of this lab"}\n'),
        "azure": ("application/xml", b"<Error><Code>ServerBusy</Code><Message>a fault of this lab</Message></Error>\n"),
    }
    kind, body = bodies[options.get("body", "empty")]
    bad = Reply(code, (("Content-Type", kind),), body)
    if "retry-after" in options:
        bad = bad.with_header("Retry-After", options["retry-after"])
    if options.get("early") == "yes":
        bad = replace(bad, early=True)
    if code == 401:
        bad = bad.with_header("WWW-Authenticate", 'Basic realm="lab"')
    return bad


def _ends(ending: Ending) -> Callable[[Reply, int, Options], Reply]:
    return lambda reply, at, _: replace(reply, ending=ending, at=at)


def _flip(reply: Reply, at: int, _: Options) -> Reply:
    at = min(max(at, 0), len(reply.body) - 1)
    if at < 0:
        return reply
    return replace(reply, body=reply.body[:at] + bytes([reply.body[at] ^ 1]) + reply.body[at + 1 :])


def _redirect(reply: Reply, _: int, options: Options) -> Reply:
    where = {"loop": "", "dead": DEAD_HOST, "http": "http://plain.invalid/"}[options.get("to", "loop")]
    return Reply(302, (("Location", where),), b"")


def _encoding(reply: Reply, _: int, options: Options) -> Reply:
    return reply.with_header("Content-Encoding", options.get("as", "gzip"))


def _etag(reply: Reply, _: int, __: Options) -> Reply:
    changed = bytes(byte ^ 0xFF for byte in reply.body)
    return replace(reply, status=200, body=changed).with_header("ETag", f'"{hashlib.sha256(changed).hexdigest()}"')


def _huge_head(reply: Reply, _: int, options: Options) -> Reply:
    return reply.with_header("X-Padding", "x" * int(options.get("size", "1000000")))


ROWS: tuple[Fault[Reply], ...] = (
    Fault("rst", "resets the connection after BYTES of the body; alone, before the status line", _ends("rst"),
          takes_offset=True),
    Fault("fin", "closes normally after BYTES of the body; alone, before the status line", _ends("fin"),
          takes_offset=True),
    Fault("stall", "goes silent after BYTES of the body with the connection open; alone, before the status line",
          _ends("stall"), takes_offset=True),
    Fault("flip", "flips the lowest bit of one byte of the body, the length stays", _flip, takes_offset=True),
    Fault("rate", "sends the body at bps bytes a second",
          lambda reply, _, options: replace(reply, rate=float(options.get("bps", "1"))), frozenset({"bps"})),
    Fault("delay", "waits s seconds before the first byte",
          lambda reply, _, options: replace(reply, delay=float(options.get("s", "1"))), frozenset({"s"})),
    Fault("html", "200 with a page of HTML",
          lambda _reply, _at, _options: Reply(200, (("Content-Type", "text/html"),), HTML)),
    Fault("length", "tells a Content-Length that is wrong by the number `by`",
          lambda reply, _, options: replace(reply, skew=int(options.get("by", "7"))), frozenset({"by"})),
    Fault("no-length", "tells no length, the end is the close",
          lambda reply, _at, _options: replace(reply, framing="close")),
    Fault("bad-chunks", "frames the body in chunks whose sizes are no numbers",
          lambda reply, _at, _options: replace(reply, framing="bad-chunks")),
    Fault("encoding", "claims a Content-Encoding that the body does not have", _encoding, frozenset({"as"})),
    Fault("redirect", "redirects to itself (loop), to a dead host (dead) or to plain http (http)", _redirect,
          frozenset({"to"})),
    Fault("changed", "serves another object: other bytes under an ETag of their own, all of them", _etag),
    Fault("huge-head", "adds a header of `size` bytes", _huge_head, frozenset({"size"})),
    Fault("slow-head", "sends the head at bps bytes a second",
          lambda reply, _, options: replace(reply, head_rate=float(options.get("bps", "1"))), frozenset({"bps"})),
    Fault("header", "sets the header `name` to `is`",
          lambda reply, _, options: reply.with_header(options.get("name", "X-Lab"), options.get("is", "")),
          frozenset({"name", "is"})),
    Fault("type", "claims the Content-Type `as`",
          lambda reply, _, options: reply.with_header("Content-Type", options.get("as", "application/x-other")),
          frozenset({"as"})),
    Fault("stale", "says that the object lay `age` seconds in a cache",
          lambda reply, _, options: reply.with_header("Age", options.get("age", "86400")), frozenset({"age"})),
)  # fmt: skip
FAULTS = {row.name: row for row in ROWS}


def status(code: int) -> Fault[Reply]:
    """The fault for a number from 300 to 599: that status, with a body of the named kind."""
    options = frozenset({"retry-after", "body", "early"})
    return Fault(str(code), f"status {code}", lambda reply, _, given: _status(reply, code, given), options)


HTTP = Language(FAULTS, status)
CHOICES = {"body": ("empty", "html", "json", "twirp", "azure"), "to": ("loop", "dead", "http"), "early": ("yes", "no")}
NUMBERS = frozenset({"bps", "s", "by", "size", "age"})


def draw(seed: str, fault: str, host: str, path: str, n: int) -> float:
    """A number in [0, 1) that depends on its arguments only, so parallel requests cannot change each other's draw."""
    digest = hashlib.sha256("\0".join((seed, fault, host, path, str(n))).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
