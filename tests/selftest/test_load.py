"""harness.machine.load: limits in seconds grow with the load of the machine, and never shrink."""

from __future__ import annotations

import pytest
from harness.machine import load


@pytest.mark.parametrize(
    ("starts_s", "runnable", "cores", "wanted"),
    [(0.01, 0.0, 2, 1), (load.IDLE_S * 3, 0.0, 2, 3), (0.01, 8.0, 2, 4), (load.IDLE_S * 5, 8.0, 2, 5)],
    ids=["idle", "slow machine", "busy machine", "the larger of both"],
)
def test_limit_grows_with_the_load(monkeypatch, starts_s, runnable, cores, wanted):
    """A limit of 2 s is 2 s on an idle machine, and as many times longer as the machine is slower."""
    moments = iter([100.0, 100.0 + starts_s])
    monkeypatch.setattr(load.time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(load.os, "getloadavg", lambda: (runnable, 0.0, 0.0))
    monkeypatch.setattr(load.os, "cpu_count", lambda: cores)
    assert load.allowed(2) == pytest.approx(2 * wanted)
