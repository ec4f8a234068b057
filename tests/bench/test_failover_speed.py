"""The time of each fetcher with a failing first source, and that of the plain tool, in one run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.builds.fetchers import Call, Fetcher, fetchers
from harness.catalogue.schedule import parse
from harness.machine.run import run
from harness.sites.site import Rule
from harness.wire.loopback import refusing
from harness.wire.server import Running, serve

pytestmark = pytest.mark.long

PATIENCE_S = 20
"""The time limit of the plain tool; a longer run counts as `never`."""
TOOLS = ["pip", "go", "curl", "apt"]


@dataclass(frozen=True)
class Case:
    """A fault of the sources, the seconds that it may add to a healthy run, and the exit code."""

    name: str
    schedule: str
    most_s: float
    bulk: bool = False
    """Whether the fault affects the large files only."""
    everywhere: bool = False
    """Whether the second source has the same fault."""
    code: int = 0


CASES = [
    Case("nothing", "ok", 0.5),
    Case("refused", "", 1),
    *(Case(name, f"{name.lower()}x*", 1) for name in ("503", "429", "403", "HTML")),
    Case("reset", "rstx*", 1),
    Case("silent", "stall x*", 1),
    Case("answers after 2 s", "delay(s=2)x*", 1),
    Case("stalls half-way", "stall@100000x*", 10, bulk=True),
    Case("1 byte/s half-way", "rate(bps=1)x*", 10, bulk=True),
    Case("20 kB/s", "rate(bps=20000)x*", PATIENCE_S, bulk=True),
    Case("tampered", "flip@120000x*", 2, bulk=True),
    Case("tampered, both", "flip@120000x*", 2, bulk=True, everywhere=True, code=65),
    Case("503, both", "503x*", PATIENCE_S, everywhere=True, code=75),
]


@dataclass(frozen=True)
class Seen:
    """The end of one call, the requests to each source, and the most requests for one path."""

    rc: int
    seconds: float
    first: int
    second: int
    one_thing: int

    def __str__(self) -> str:
        how = {0: "ok", 124: "never"}.get(self.rc, f"code {self.rc}")
        return f"{self.seconds:5.1f} s {how:8}{self.first:3} /{self.second:2}"


@contextmanager
def pair(fetcher: Fetcher, case: Case) -> Iterator[tuple[str, str, list[Running]]]:
    """The URLs of the two sources, and the running ones."""
    rules = (Rule(parse(case.schedule), path_class=fetcher.bulk if case.bulk else ".*"),) if case.schedule else ()
    with ExitStack() as stack:
        second = stack.enter_context(serve(fetcher.upstream(rules if case.everywhere else ())))
        if case.schedule:
            first = stack.enter_context(serve(fetcher.upstream(rules)))
            yield first.url, second.url, [first, second]
        else:
            yield stack.enter_context(refusing()), second.url, [second]


def timed(call: Call, sources: list[Running], patience_s: float) -> Seen:
    """Runs a call with a time limit."""
    begun = time.monotonic()
    result = run(["timeout", str(patience_s), *call.words], env=call.env, cwd=call.cwd)
    counts = [0, *(len(source.journal) for source in sources)][-2:]
    one_thing = [count for source in sources for count in Counter(source.paths).values()]
    return Seen(result.rc, time.monotonic() - begun, *counts, max(one_thing, default=0))


@pytest.fixture(scope="module")
def known(kit: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fetcher]:
    """The fetchers by name."""
    return fetchers(kit, tmp_path_factory.mktemp("fetchers"))


@pytest.fixture(scope="module")
def healthy(known: dict[str, Fetcher]) -> dict[str, float]:
    """Seconds of each fetcher with healthy sources; the first call of each warms this machine's caches."""
    seconds = {}
    for name, fetcher in known.items():
        for _ in range(2):
            with pair(fetcher, CASES[0]) as (first, second, sources):
                seconds[name] = timed(fetcher.ours(first, second), sources, PATIENCE_S).seconds
    return seconds


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace("/", " a "))
def test_failing_source_costs_seconds(bench_table, known, healthy, tool, case):
    """With a failing first source, each tool of the kit ends within the limit of its case, with the right code."""
    fetcher = known[tool]
    with pair(fetcher, case) as (first, second, sources):
        plain = timed(fetcher.plain(first, second), sources, PATIENCE_S)
    with pair(fetcher, case) as (first, second, sources):
        ours = timed(fetcher.ours(first, second), sources, 3 * PATIENCE_S)
    bench_table(f"{tool}: {case.name}", f"{ours}", f"+{case.most_s} s     plain {plain}")
    assert ours.rc == case.code
    assert ours.seconds - healthy[tool] <= case.most_s
    if case.everywhere:
        assert ours.one_thing <= 3
    if case.name == "20 kB/s":
        assert ours.second == 0
