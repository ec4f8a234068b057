"""How many processes and programs a healthy step of each stage command starts more than the plain tool.

Each start takes about 0.5 ms, a program 1 ms; a step may take 50 ms more than the plain tool. A figure here that grows
is a slower step. The figures are those of dash.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from harness.builds.fetchers import Call, environment, fetchers
from harness.machine.run import run
from harness.wire.server import serve

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may"),
    pytest.mark.skipif(not shutil.which("strace"), reason="counts with strace"),
]

STARTED = re.compile(r"\b(?:clone3?|v?fork)\((?!.*CLONE_THREAD).*(?:= \d+|<unfinished \.\.\.>)$", re.MULTILINE)
PROGRAM = re.compile(r"\bexecve(?:\(| resumed>).*= 0$", re.MULTILINE)
SLEEP = re.compile(r'^(\d+) +execve\("[^"]*/sleep"', re.MULTILINE)
"""The processes that wait; there are more of them on a slow machine."""
MOST = {"pip": (94, 39), "go": (90, 39), "curl": (83, 35), "apt": (118, 66), "retry": (45, 18)}
"""Processes and programs of the kit beyond those of the plain tool, with two healthy sources."""


def starts(call: Call, trace: Path) -> tuple[int, int]:
    """The processes and programs that a call starts."""
    words = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=clone,clone3,fork,vfork,execve", "-o", trace]
    result = run([*words, *call.words], env=call.env, cwd=call.cwd)
    assert result.rc == 0, repr(result)
    text = trace.read_text()
    waits = len(set(SLEEP.findall(text)))
    return len(STARTED.findall(text)) - waits, len(PROGRAM.findall(text)) - waits


@pytest.fixture(scope="module")
def all_fetchers(kit: Path, tmp_path_factory: pytest.TempPathFactory):
    """The fetchers of apt, pip, go and curl."""
    return fetchers(kit, tmp_path_factory.mktemp("starts"))


@pytest.mark.parametrize("name", MOST)
def test_healthy_step_starts_few_processes(all_fetchers, kit: Path, tmp_path: Path, name: str) -> None:
    """A healthy step starts no more processes and programs beyond the plain tool than the table says."""
    if name == "retry":
        plain, ours = (Call([*words, "true"], environment(tmp_path / "home"), tmp_path)
                       for words in (["env"], [kit / "stage" / "retry.sh", "--"]))  # fmt: skip
        counts = [starts(call, tmp_path / "trace") for call in (plain, ours)]
    else:
        fetcher = all_fetchers[name]
        with serve(fetcher.upstream(())) as first, serve(fetcher.upstream(())) as second:
            counts = [starts(make(first.url, second.url), tmp_path / "trace") for make in (fetcher.plain, fetcher.ours)]
    more = tuple(mine - plain for plain, mine in zip(*counts, strict=True))
    assert all(seen <= most for seen, most in zip(more, MOST[name], strict=True)), f"{name}: {more}"
