"""One connection of an upstream: reads requests, answers them in order, records each in the journal."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

import httptools

from harness.catalogue.faults import Reply
from harness.catalogue.schedule import GOOD, Step, parse
from harness.sites.site import Aim, Request, Upstream
from harness.wire.journal import HEADERS_OF_INTEREST, SECRETS, Entry, Journal
from harness.wire.reply_writer import Flow, end, head_of, is_plain, left, reset, write
from harness.wire.tunnel import Tunnel

LEAVE_LIMIT_S = 30.0
"""How long a client may keep its side open after we closed ours."""
AIMED = re.compile(r"/f/((?:(?P<path_class>[a-z|]+):)?(?P<schedule>[^/~]+)(?:~[^/]*)?)(?P<path>/.*)")
"""/f/SCHEDULE/..., or /f/CLASS:SCHEDULE/... for one path class; a suffix ~WORD has its own counters."""
NOT_HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 48\r\nConnection: close\r\n\r\n" + (
    b"Client sent an HTTPS request to an HTTP server.\n"
)


@dataclass(frozen=True)
class Turn:
    """A request, the upstream that answers it, and its step; or a refusal of its URL. The step is chosen when the
    headers are complete, or the body if the class of the request depends on it.
    """

    upstream: Upstream
    request: Request
    path_class: str
    n: int
    step: Step[Reply]
    refusal: Reply | None


class Connection(asyncio.Protocol):
    """One connection: requests are answered one after another, in order."""

    def __init__(
        self,
        upstream: Upstream,
        journal: Journal,
        tasks: set[asyncio.Task[None]],
        *,
        tls: bool,
        resets_hello: bool,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.upstream, self.journal, self.tls, self.resets_hello = upstream, journal, tls, resets_hello
        self.parser = httptools.HttpRequestParser(self)
        self.waiting: list[Turn] = []
        self.tasks = tasks
        self.task: asyncio.Task[None] | None = None
        self.first = True
        self.requests = 0
        self.on_end = on_end
        self.tunnel: Tunnel | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment] # a stream's
        self.flow = Flow(self.transport)

    def pause_writing(self) -> None:
        self.flow.writable.clear()

    def resume_writing(self) -> None:
        self.flow.writable.set()

    def connection_lost(self, _: Exception | None) -> None:
        self.flow.leave()
        self.on_end()

    def eof_received(self) -> bool:
        self.flow.leave()
        if self.tunnel:
            self.tunnel.client_left()
        # Over TLS the answer has no effect, and asyncio warns about it.
        return self.task is not None and not self.tls

    def data_received(self, data: bytes) -> None:
        # Silence would cost Docker ten seconds per pull; after a bare close BuildKit does not fall back to plain HTTP.
        if self.first and data[0] == 0x16:
            self._refuse_hello()
            return
        self.first = False
        if self.tunnel:
            self.tunnel.send(data)
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # A CONNECT: the bytes after its answer belong to the tunnel.
            self.tunnel = Tunnel(self.transport)
        except httptools.HttpParserError:
            self.transport.write(NOT_HTTP)
            self.transport.close()

    def _refuse_hello(self) -> None:
        ending = "rst" if self.resets_hello else "fin"
        if self.resets_hello:
            reset(self.transport)
        else:
            self.transport.write(NOT_HTTP)
            self.transport.close()
        hello = Turn(self.upstream, Request("TLS", ""), "hello", 1, GOOD, None)
        self._note(hello, self.journal.now(), Reply(400), 0, ending)

    def on_message_begin(self) -> None:
        self.url, self.body = b"", b""
        self.headers: dict[str, str] = {}

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        path, _, query = self.url.decode("latin-1").partition("?")
        scheme = "https" if self.tls else "http"
        method = self.parser.get_method().decode()
        base = f"{scheme}://{self.headers.get('host', '')}"
        request = Request(
            method, unquote(path), self.headers, b"", query, base=base, reused=self.requests > 0,
            target=self.url.decode("latin-1"),
        )  # fmt: skip
        self.requests += 1
        upstream = self.upstream.host_of(request)
        aim, request, refusal = self._aim(upstream, request)
        self.aim = aim
        if upstream.needs_body(request.path):
            self.turn = Turn(upstream, request, "", 0, GOOD, refusal)  # see on_message_complete
        else:
            self.turn = Turn(upstream, request, *upstream.step(request, aim), refusal)
        if self.turn.step.change(Reply()).early:
            self.transport.pause_reading()
            self._take(self.turn)
        elif self.headers.get("expect", "").lower() == "100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        if self.transport.is_reading():
            turn = self.turn
            request = replace(turn.request, body=self.body, last=not self.parser.should_keep_alive())
            if not turn.n:
                turn = Turn(turn.upstream, request, *turn.upstream.step(request, self.aim), turn.refusal)
            self._take(replace(turn, request=request))

    def _take(self, turn: Turn) -> None:
        self.waiting.append(turn)
        if self.task is None:
            self._serve()

    def _serve(self) -> None:
        """Answers waiting requests: plain replies at once, others in a task that continues with the rest."""
        while self.waiting and not self.transport.is_closing():
            turn = self.waiting.pop(0)
            request, reply = turn.request, turn.refusal
            if reply is None:
                reply, step = self._answer(turn)
                turn = replace(turn, step=step)
                if ("Location", "") in reply.headers:  # faults of this request
                    reply = reply.with_header("Location", request.prefix + request.path)
            begun = self.journal.now()
            if is_plain(reply):
                body = reply.body if request.method != "HEAD" else b""
                # Recorded first: the client may end, and the test read the journal, before the next line runs.
                self._note(turn, begun, reply, len(body), "done")
                self.transport.write(head_of(reply) + body)
                if request.last:
                    self.transport.close()
                continue
            self.task = asyncio.get_running_loop().create_task(self._slowly(turn, begun, reply))
            self.tasks.add(self.task)
            self.task.add_done_callback(self.tasks.discard)
            return

    @staticmethod
    def _answer(turn: Turn) -> tuple[Reply, Step[Reply]]:
        """The site's reply after the step's faults; an exception of the site becomes an entry of the journal."""
        try:
            return turn.step.change(turn.upstream.site(turn.request)), turn.step
        except Exception as error:  # any exception: the journal must have the request
            text = f"lab error: {type(error).__name__}: {error}"
            return Reply(500, (("Content-Type", "text/plain"),), f"{text}\n".encode()), Step(text)

    async def _slowly(self, turn: Turn, begun: float, reply: Reply) -> None:
        request, sent, ending = turn.request, 0, "gone"
        try:
            if self.tunnel and reply.framing == "tunnel" and not await self.tunnel.dial(request.path):
                reply = Reply(502)
            sent, ending = await write(self.flow, reply, with_body=request.method != "HEAD")
            if self.tunnel and reply.framing == "tunnel" and ending == "done":
                await self.tunnel.carry()
        finally:
            if self.tunnel:  # recorded also if the lab ends before the client
                sent += self.tunnel.carried
            self._note(turn, begun, reply, sent, ending)
        end(self.transport, ending)
        if reply.early:
            await left(self.transport)
        elif ending == "done" and not request.last and not self.tunnel:
            self.task = None
            self._serve()
            return
        if ending in ("fin", "stall"):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.flow.closed.wait(), LEAVE_LIMIT_S if ending == "fin" else None)
        self.transport.close()

    @staticmethod
    def _aim(upstream: Upstream, request: Request) -> tuple[Aim | None, Request, Reply | None]:
        """The aim of a URL and the request without it; a reply if the aim cannot be parsed."""
        found = AIMED.fullmatch(request.path) if upstream.aimed else None
        if not found:
            return None, request, None
        path_class, bare = found["path_class"] or ".*", replace(request, path=found["path"], prefix=f"/f/{found[1]}")
        try:
            schedule, names = parse(found["schedule"]), upstream.class_names
            if not any(re.fullmatch(path_class, name) for name in names):
                raise ValueError(f"wanted a path class of {' '.join(names)}, saw {path_class!r}")
        except ValueError as error:  # ScheduleError is a ValueError
            return None, request, Reply(400, (("Content-Type", "text/plain"),), f"{error}\n".encode())
        return Aim(schedule, path_class, found[1]), bare, None

    def _note(self, turn: Turn, begun: float, reply: Reply, sent: int, ending: str) -> None:
        request = turn.request
        headers = {
            name: "present" if name in SECRETS else request.headers[name]
            for name in HEADERS_OF_INTEREST
            if name in request.headers
        }
        before = ending in ("rst", "fin", "stall") and reply.at < 0 and reply.ending == ending
        self.journal.add(
            Entry(begun, turn.upstream.name, request.method, request.path, turn.path_class, turn.n, turn.step.text,
                  0 if before else reply.status, sent, ending, headers)
        )  # fmt: skip
