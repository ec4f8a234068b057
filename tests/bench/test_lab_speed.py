"""How fast the lab is, journal on, sharing the cores with the client; a table at the end (`./tests/run bench`)."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest
from harness.catalogue.schedule import parse
from harness.cells.cell import cell_up
from harness.machine.run import run
from harness.pytest.lab_containers import containers_up
from harness.sites.file_site import files
from harness.sites.site import Rule, Upstream
from harness.wire.resolver import Resolver, resolver_up
from harness.wire.server import serve

pytestmark = pytest.mark.long
QUESTION = b"GET /small HTTP/1.1\r\nHost: lab\r\n\r\n"
CONTENT = {"/small": b"hello\n", "/big": bytes(1 << 30)}
WORKERS = 32


def up(schedule: str):
    return serve(Upstream("files", files(CONTENT), rules=(Rule(parse(schedule)),)))


class Asker(asyncio.Protocol):
    """Asks again as soon as an answer came, until the shared number of questions is used up."""

    def __init__(self, left: list[int], done: asyncio.Future[None]) -> None:
        self.left, self.done = left, done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.left[0] -= 1
        if self.left[0] >= 0:
            self.transport.write(QUESTION)  # type: ignore[attr-defined] # a stream's
        else:
            self.transport.close()

    def data_received(self, _: bytes) -> None:
        self.ask()

    def connection_lost(self, _: Exception | None) -> None:
        self.done.set_result(None)


async def keep_alive(port: int, count: int) -> None:
    """Asks `count` times over connections that stay."""
    loop, left, ends = asyncio.get_running_loop(), [count], []
    for _ in range(WORKERS):
        ends.append(loop.create_future())
        await loop.create_connection(lambda: Asker(left, ends[-1]), "127.0.0.1", port)
    await asyncio.gather(*ends)


async def one_each(port: int, count: int) -> None:
    """Asks `count` times, each over a connection of its own."""

    async def worker() -> None:
        for _ in range(count // WORKERS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(QUESTION)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()

    await asyncio.gather(*(worker() for _ in range(WORKERS)))


@pytest.mark.parametrize(
    ("what", "schedule", "ask", "count", "wanted"),
    [
        ("keep-alive 503", "503x*", keep_alive, 40_000, 5000),
        ("reset in the body", "rst@3x*", one_each, 6400, 1000),
        ("close in the body", "fin@3x*", one_each, 6400, 1000),
    ],
    ids=["keep-alive", "rst", "fin"],
)
def test_faults_a_second(bench_table, what, schedule, ask, count, wanted):
    with up(schedule) as lab:
        begun = time.monotonic()
        asyncio.run(ask(lab.port, count))
        rate = len(lab.journal) / (time.monotonic() - begun)
    bench_table(what, f"{rate:,.0f}/s", f"{wanted:,}/s")
    assert rate >= wanted


def test_stream_of_a_gigabyte(bench_table):
    with up("ok") as lab:
        run(["curl", "-sS", "-o", "/dev/null", f"{lab.url}/big"])
        seconds = float(run(["curl", "-sS", "-o", "/dev/null", "-w", "%{time_total}", f"{lab.url}/big"]).out)
    rate = len(CONTENT["/big"]) / 1e9 / seconds
    bench_table("stream to curl, plain HTTP", f"{rate:.2f} GB/s", "1 GB/s")
    assert rate >= 1


def test_cell_with_its_resolver(bench_table, tmp_path):
    times = []
    for _ in range(20):
        begun = time.monotonic()
        with cell_up(tmp_path) as cell, resolver_up(cell, Resolver({})):
            times.append(time.monotonic() - begun)
    median = sorted(times)[len(times) // 2]
    bench_table("cell with a resolver, median", f"{median * 1000:.1f} ms", "50 ms")
    assert median <= 0.05


def test_lab_in_containers(bench_table, engine, repo, lab_image):
    begun = time.monotonic()
    with containers_up(engine, repo, lab_image, "seawall-bench"):
        seconds = time.monotonic() - begun
    bench_table("lab in containers, up", f"{seconds:.1f} s", "5 s")
    assert seconds <= 5
