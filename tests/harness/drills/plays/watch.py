"""Runs the command of a contestant, and ends it when its end is certain, its time is over, or the drill is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from harness.drills.machine.machine import DrillMachine
from harness.drills.machine.processes import cpu_seconds
from harness.machine.load import slowness
from harness.wire.journal import Journal

LOOK_S = 0.2
PATIENCE_S = 20
"""A constant fault that hit the same request twice is waited for no longer than this, from its first time."""
HANGS_S = 45
"""A build that makes no further request for so long after a silent one hangs."""
LIMIT_S = 300
"""The time limit of a build that may still succeed."""
GRACE_S = 10
BUSY, SAMPLE_S = 0.05, 3
"""A build that uses more of a CPU than this, measured for so long, computes; an idle engine uses 0.01."""
SLOWEST = 3
"""Limits are at most this many times longer on a busy machine."""
KNOWN_S = 5
"""How long the slowness of this machine is taken as known."""


class StoppedError(RuntimeError):
    """The drill was stopped while a build was played."""


@dataclass
class Watch:
    """Runs commands of one build. Its limits are those of an idle machine: on a busy one they are as much longer as the
    machine is slower, so that no grade depends on what else is running.
    """

    machine: DrillMachine
    journal: Journal
    stop: threading.Event
    hopeless: bool
    may_hang: bool
    limit_s: float = LIMIT_S
    hung: bool = False
    _slow: float = 1
    _known: float = -KNOWN_S
    _used: tuple[float, float] = (-inf, 0)

    def run(self, words: Sequence[str], env: Mapping[str, str]) -> tuple[int, str, str]:
        """The exit code, the output and why it was ended early; raises StoppedError."""
        with tempfile.TemporaryFile(dir=self.machine.inner.folder) as output:
            process = subprocess.Popen(
                [*self.machine.enter, *words], env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
            begun, since, decided = time.monotonic(), self.journal.now(), ""
            try:
                while not decided:
                    try:
                        process.wait(LOOK_S)
                        break
                    except subprocess.TimeoutExpired:
                        decided = self._decide(time.monotonic() - begun, since)
            except StoppedError:
                process.kill()
                raise
            finally:
                _end(process)
            output.seek(0)
            return process.returncode, output.read().decode(errors="replace"), decided

    def _decide(self, elapsed_s: float, since: float) -> str:
        """Why this command is ended now; `since` is the time of the journal at which it began."""
        if self.stop.is_set():
            raise StoppedError
        if self._over(elapsed_s, self.limit_s):
            self.hung = True
            return f"no end within {self.limit_s:.0f} s"
        faulty = [entry for entry in self.journal if entry.fault != "ok" and entry.time >= since]
        if not faulty:
            return ""
        now = self.journal.now()
        _, most = Counter((entry.host, entry.method, entry.path) for entry in faulty).most_common(1)[0]
        if self.hopeless and most > 1 and self._over(now - faulty[0].time, PATIENCE_S):
            return f"the same request had failed {most} times in {PATIENCE_S} s, and this fault stays"
        quiet_s = now - max(entry.time for entry in self.journal)
        if self.may_hang and faulty[-1].ending == "stall" and quiet_s > HANGS_S and not self._computes():
            self.hung = True
            return f"no request within {HANGS_S} s after a silent one"
        return ""

    def _computes(self) -> bool:
        """Whether the machine's processes use a CPU; true as long as that is not known."""
        now, used_s = time.monotonic(), cpu_seconds(self.machine.inner.pid)
        then, before_s = self._used
        if now - then < SAMPLE_S:
            return True
        self._used = (now, used_s)
        return now - then > 2 * SAMPLE_S or used_s - before_s > BUSY * (now - then)

    def _over(self, seconds: float, limit_s: float) -> bool:
        """Whether a limit is over, on this machine as it is now."""
        if seconds <= limit_s:
            return False
        if time.monotonic() - self._known > KNOWN_S:
            self._slow, self._known = min(SLOWEST, slowness()), time.monotonic()
        return seconds > limit_s * self._slow


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a command and its children: TERM, and KILL after a while."""
    if process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            process.wait(GRACE_S)
            return
        except subprocess.TimeoutExpired:
            continue
