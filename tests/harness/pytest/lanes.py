"""Lanes: with xdist (`-n`), tests that share an engine share a worker, and tests that measure seconds run last."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from harness.bats.scheduling import RunScheduling

ALONE = "alone"
ANSWERS_WITHIN_S = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the ini values `lanes`, `together` and `alone`."""
    parser.addini("lanes", "paths of tests that share an engine, one lane per line, the longest first", type="linelist")
    parser.addini("together", "files whose tests share what one of them has made", type="args")
    parser.addini("alone", "ids of tests that run when all other tests have ended", type="linelist")


class Lanes:
    """The lanes by path. `shared`: one engine serves all tests, so all lanes are one."""

    def __init__(
        self, lanes: Sequence[str], alone: Sequence[str], together: Sequence[str] = (), *, shared: bool
    ) -> None:
        self.of_path = {
            path: "lane 1" if shared else f"lane {number}"
            for number, lane in enumerate(lanes, 1)
            for path in lane.split()
        }
        self.names = tuple(dict.fromkeys(self.of_path.values()))
        self.alone, self.together = tuple(alone), frozenset(together)

    def of(self, nodeid: str) -> str:
        """The lane of a test, from the longest path that contains it; for a test without a lane its file if that is one
        of `together`, else empty. A test that measures seconds is in ALONE, with the lane behind it.
        """
        file = path = nodeid.partition("::")[0]
        while path and path not in self.of_path:
            path = path.rpartition("/")[0]
        lane = self.of_path.get(path, file if file in self.together else "")
        if any(nodeid == test or nodeid.startswith((f"{test}[", f"{test}::")) for test in self.alone):
            return f"{ALONE} {lane}"
        return lane


class LaneScheduling(RunScheduling):
    """Lanes first, in their order; then the other tests; when these have ended those of ALONE: each of its lanes has a
    worker, and no other worker is left.
    """

    def __init__(self, config: Any, log: Any, lanes: Lanes) -> None:
        super().__init__(config, log)
        self.lanes = lanes
        self.last = 1

    def _split_scope(self, nodeid: str) -> str:
        return self.lanes.of(nodeid) or super()._split_scope(nodeid)

    def schedule(self) -> None:
        """Sorts the workers before the first distribution: the first lane is for gw0, whichever was ready first."""
        if self.collection is None:
            for node in sorted(self.nodes, key=lambda node: str(node.gateway.id)):
                self.assigned_work[node] = self.assigned_work.pop(node)
        super().schedule()

    def _alone(self) -> list[str]:
        return [scope for scope in self.workqueue if scope.startswith(ALONE)]

    def _others_have_ended(self) -> bool:
        """Whether each worker has no more than the last of its other tests, which it keeps until it gets the next."""
        others = (
            {scope: unit for scope, unit in work.items() if not scope.startswith(ALONE)}
            for work in self.assigned_work.values()
        )
        return all(self._pending_of(work) <= 1 for work in others)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """The end of a worker's other tests may be what another worker waits for."""
        super().mark_test_complete(node, item_index, duration)
        self._reschedule_all()

    def _reschedule_all(self) -> None:
        """Offers the tests of ALONE to each worker."""
        if self._alone():
            for other in list(self.nodes):
                self._reschedule(other)

    def _reschedule(self, node: Any) -> None:
        """The worker that replaces a crashed one gets nothing before it has collected the tests."""
        if node in self.registered_collections:
            super()._reschedule(node)

    def _assign_work_unit(self, node: Any) -> None:
        for lane in self.lanes.names:
            if lane in self.workqueue:
                self.workqueue.move_to_end(lane, last=False)
                break
        alone = self._alone()
        self.last = max(self.last, len(alone))
        if len(alone) < len(self.workqueue):
            for scope in alone:
                self.workqueue.move_to_end(scope)
            super()._assign_work_unit(node)
        elif len(self.nodes) <= self.last:
            if self._others_have_ended():
                super()._assign_work_unit(node)
        elif node not in self.nodes[: self.last]:
            node.shutdown()

    def remove_node(self, node: Any) -> str | None:
        """A test that crashed its worker is not repeated, unlike in xdist. The last workers get the tests of ALONE."""
        work = self.assigned_work[node]
        crashed = next((test for unit in work.values() for test, ended in unit.items() if not ended), None)
        # A finished unit that is assigned again would leave its new worker waiting.
        for scope, unit in list(work.items()):
            if crashed in unit:
                unit[crashed] = True
            if all(unit.values()):
                del work[scope]
        super().remove_node(node)
        self._reschedule_all()
        return crashed


def engine_is_shared() -> bool:
    """Whether an engine answers before the tests; if none does, each worker starts a private one."""
    if not shutil.which("docker"):
        return False
    try:
        said = subprocess.run(["docker", "version"], capture_output=True, timeout=ANSWERS_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return said.returncode == 0


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Replaces xdist's default mode, `load`."""
    if config.getvalue("dist") != "load":
        return None
    values = [config.getini(name) for name in ("lanes", "alone", "together")]
    lanes = Lanes(*values, shared=engine_is_shared())
    return LaneScheduling(config, log, lanes)
