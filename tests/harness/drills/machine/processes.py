"""The CPU time of a machine's processes, and of the whole computer."""

from __future__ import annotations

import os
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process and of all its descendants that live; also those in namespaces of their own."""
    parents, ticks = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        one = int(stat.parent.name)
        parents[one], ticks[one] = int(fields[1]), int(fields[11]) + int(fields[12])

    def descends(one: int) -> bool:
        while one and one != pid:
            one = parents.get(one, 0)
        return one == pid

    return sum(ticks[one] for one in ticks if descends(one)) / TICKS_A_SECOND


class IdleShare:
    """How much of the computer's CPU time nobody used, between two calls."""

    def __init__(self) -> None:
        self._idle, self._all = self._counters()

    @staticmethod
    def _counters() -> tuple[int, int]:
        fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return fields[3] + fields[4], sum(fields)

    def since_last(self) -> float:
        """From 0 to 1."""
        idle, everything = self._counters()
        share = (idle - self._idle) / max(1, everything - self._all)
        self._idle, self._all = idle, everything
        return share
