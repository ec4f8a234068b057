"""Plays builds side by side: one more than there are cores, and another one whenever a core is idle, because most of
their time builds wait.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from harness.drills.machine.processes import IdleShare

K = TypeVar("K")
T = TypeVar("T")

MOST = 12
"""Machines at once, however idle this one is and however much room they have."""
MORE = 1
LOOK_S = 1.0
IDLE = 0.3
"""The share of idle CPU time at which another build begins; half a core of two, with what a measurement varies."""


def side_by_side(
    tasks: Sequence[Callable[[], T]], most: int, stop: threading.Event, done: Callable[[int, T], None]
) -> None:
    """Calls each task in a thread, at most `most` at once, in their order; `done` gets number and result of each.

    An exception of a task or of this thread, such as KeyboardInterrupt, sets `stop`, at which the tasks end, and is
    raised once they have.
    """
    idle, rest = IdleShare(), list(enumerate(tasks))
    running: dict[Future[T], int] = {}
    most = max(1, min(most, MOST))
    always = min(most, (os.cpu_count() or 1) + MORE)
    with ThreadPoolExecutor(most) as pool:
        try:
            while rest or running:
                if rest and (len(running) < always or (len(running) < most and idle.since_last() > IDLE)):
                    number, task = rest.pop(0)
                    running[pool.submit(task)] = number
                    idle.since_last()
                if rest and len(running) < always:
                    continue
                ended, _ = wait(running, LOOK_S, FIRST_COMPLETED)
                for future in ended:
                    done(running.pop(future), future.result())
        except BaseException:
            stop.set()
            raise


def all_of(tasks: Mapping[K, Callable[[], T]], most: int, stop: threading.Event) -> dict[K, T]:
    """The results of tasks that are played side by side, by name, in their order."""
    names, found = list(tasks), dict[K, T]()
    side_by_side(list(tasks.values()), most, stop, lambda number, result: found.update({names[number]: result}))
    return {name: found[name] for name in names}
