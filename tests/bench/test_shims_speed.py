"""What the shims of a woven step add to a tool that has nothing to do with them; a table at the end."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from harness.builds.woven_step import Step
from harness.machine.shells import SHELLS

pytestmark = pytest.mark.long

ROUNDS = 40
CALLS = {"python3 script.py": 3, "pip --version": 10, "go version": 10}
"""The calls, and the milliseconds that they may cost in each of the five shells."""


def median_ms(words: list[str], env: Mapping[str, str]) -> float:
    """The median of the milliseconds of a call."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell.name)
def test_fast_path_costs_milliseconds(bench_table, kit: Path, tmp_path: Path, shell):
    """A trampoline and the head of the kit start the real tool in 3 ms for python, and in 10 ms for the others."""
    step = Step(kit, tmp_path / "step")
    env = step.environment(shell)
    for call, most in CALLS.items():
        name, *words = call.split()
        (step.bin / name).symlink_to("/bin/true")
        plain = median_ms([str(step.bin / name), "x"], env)
        woven = median_ms([*shell.argv, f"{step.place}/{name}", *words], env)
        bench_table(f"{call} in a woven step, {shell.name}", f"+{woven - plain:.1f} ms", f"+{most} ms")
        assert woven - plain <= most
