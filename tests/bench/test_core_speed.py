"""What the core costs when nothing is wrong, how fast it classifies, how well its waits spread; a table at the end."""

from __future__ import annotations

import heapq
import random
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.machine.run import clean_environment, run
from harness.machine.shells import SHELLS

pytestmark = pytest.mark.long

CLIENTS = 100
BASE_MS, CAP_MS = 5, 2000
"""As in the simulator of AWS's article on exponential backoff and jitter."""
ROUNDS = 15
NOISE = "#12 3.4 Get:7 http://archive.example.org/debian trixie/main amd64 libc6 amd64 2.41-12 [2847 kB]\n"
DOWN = 'printf "x.c:1: error: expected expression\\n" >&2; exit 2'


def median_of(words: Sequence[str | Path], env: dict[str, str], rounds: int = ROUNDS) -> float:
    """Seconds of one call."""
    times = []
    for _ in range(rounds):
        begun = time.monotonic()
        run(words, env=env)
        times.append(time.monotonic() - begun)
    return statistics.median(times)


@pytest.mark.parametrize(
    ("what", "script", "most"), [("nothing wrong", "exit 0", 0.05), ("a failure that lasts", DOWN, 0.3)]
)
def test_cost_of_a_step(bench_table, kit, tmp_path, what, script, most):
    env = clean_environment(tmp_path)
    plain = median_of(["sh", "-c", script], env)
    ours = median_of([kit / "stage" / "retry.sh", "--", "sh", "-c", script], env)
    bench_table(f"retry.sh, {what}", f"+{(ours - plain) * 1000:.0f} ms", f"+{most * 1000:.0f} ms")
    assert ours - plain <= most


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell.name)
def test_classifies_a_long_text(bench_table, kit, shell):
    text = NOISE * (200_000 // len(NOISE)) + "#12 9.9 E: Could not get lock /var/lib/dpkg/lock-frontend.\n"
    times = []
    for _ in range(5):
        begun = time.monotonic()
        done = subprocess.run(
            [*shell.argv, kit / "classify.sh", "--tool", "apt"],
            input=text, capture_output=True, text=True, check=True,
        )  # fmt: skip
        times.append(time.monotonic() - begun)
    assert done.stdout.startswith("lock-contention\t")
    most = 1.0 if shell.name == "yash" else 0.3
    bench_table(f"200 kB classified, {shell.name}", f"{statistics.median(times):.2f} s", f"{most} s")
    assert statistics.median(times) <= most


@contextmanager
def shell_draws(kit: Path, seed: int) -> Iterator[Callable[[int], float]]:
    """The kit's own function: retry number to milliseconds."""
    loop = 'while read -r n; do backoff_draw "$3" "$4" "$n"; echo "$BACKOFF"; done'
    script = f'. "$1/lib/ladder/backoff.sh"; backoff_seed "$2"; {loop}'
    words = ["sh", "-c", script, "sh", str(kit), str(seed), str(BASE_MS), str(CAP_MS)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as shell:

        def draw(n: int) -> float:
            assert shell.stdin
            assert shell.stdout
            shell.stdin.write(f"{n}\n")
            return float(shell.stdout.readline())

        yield draw
        assert shell.stdin
        shell.stdin.close()


def contend(wait: Callable[[int], float], seed: int) -> int:
    """Calls until all clients have written one row by optimistic locking: read, write, again if another was first."""
    drawn = random.Random(seed)  # noqa: S311 # a simulation
    delay = lambda: max(0.0, drawn.gauss(10, 2))  # noqa: E731 # the simulator's network, in ms
    version, calls, order = 0, 0, 0
    queue: list[tuple[float, int, str, int, int]] = []
    for _ in range(CLIENTS):
        order += 1
        queue.append((delay(), order, "read", 0, 0))
    heapq.heapify(queue)
    while queue:
        now, _, what, tries, seen = heapq.heappop(queue)
        order += 1
        if what == "read":
            heapq.heappush(queue, (now + 2 * delay(), order, "write", tries, version))
            continue
        calls += 1
        if seen == version:
            version += 1
        else:
            heapq.heappush(queue, (now + delay() + wait(tries + 1) + delay(), order, "read", tries + 1, 0))
    return calls


def test_waits_spread_a_hundred_clients(bench_table, kit):
    plain = statistics.mean(contend(lambda n: min(CAP_MS, BASE_MS * 2**n), seed) for seed in range(10))
    ours = []
    for seed in range(10):
        with shell_draws(kit, seed) as draw:
            ours.append(contend(draw, seed))
    bench_table("calls of 100 clients, full jitter", f"{statistics.mean(ours):.0f}", f"850 (exponential {plain:.0f})")
    assert statistics.mean(ours) <= 850
