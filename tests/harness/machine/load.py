"""Limits in seconds that hold on a slow or busy machine."""

from __future__ import annotations

import os
import subprocess
import time

PROCESSES = 100
IDLE_S = 0.11
"""Seconds of PROCESSES process starts on an idle machine with two cores, on which the limits of the tests were set."""
START_PROCESSES = f"i=0; while [ $i -lt {PROCESSES} ]; do env true; i=$((i + 1)); done"


def slowness() -> float:
    """How many times slower than an idle machine with two cores this one is now, at least 1: the larger of what
    process starts cost now and of the runnable processes per core in the last minute.
    """
    begun = time.monotonic()
    subprocess.run(["sh", "-c", START_PROCESSES], check=True)
    seconds = time.monotonic() - begun
    return max(1.0, seconds / IDLE_S, os.getloadavg()[0] / (os.cpu_count() or 1))


def allowed(seconds: float) -> float:
    """`seconds` of an idle machine, on this machine now."""
    return seconds * slowness()
