"""Plays one build of one contestant: on a machine of its own, against a recorder or a replay."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from harness.drills.machine.image import Image
from harness.drills.machine.interceptor import intercepted
from harness.drills.machine.machine import EPOCH_S, DrillMachine, drill_machine
from harness.drills.plays.arguments import variables_of_secrets, with_stand_ins, with_values
from harness.drills.plays.cell import Cell
from harness.drills.plays.contestants import CONTESTANTS, PRUNE, Contestant
from harness.drills.plays.settings import Settings
from harness.sites.site import Upstream
from harness.wire.journal import Entry, Journal

LOOK_S = 0.2
PATIENCE_S = 20
"""A constant fault that hit the same request twice is waited for no longer than this, from its first time."""
HANGS_S = 45
"""A build that makes no further request for so long after a silent one hangs."""
LIMIT_S = 300
"""The time limit of a build that may still succeed."""
GRACE_S = 10


@dataclass(frozen=True)
class Project:
    """A Dockerfile as its user builds it: its path, the context and the arguments of buildx."""

    dockerfile: Path
    context: str
    words: tuple[str, ...] = ()

    def arguments(self, image: Path, words: Sequence[str]) -> list[str]:
        """The arguments of buildx that write the image as an OCI layout; `words` are those of the user."""
        output = f"type=oci,tar=false,compression=uncompressed,rewrite-timestamp=true,dest={image}"
        fixed = ["--progress=plain", "--provenance=false", "--output", output, "--file", str(self.dockerfile)]
        return [*fixed, *words, self.context]


@dataclass(frozen=True)
class Played:
    """How a build ended: exit code, image, seconds, seconds that blind tries would have waited, last words, journal.

    `decided` is why it was ended before its own end; empty where it was not. `cut`: in the middle of a try, so its last
    words are not known; `hung`: at its time limit.
    """

    code: int
    image: Image | None
    seconds: float
    counted_s: float
    output: str = field(repr=False)
    decided: str
    cut: bool
    hung: bool
    tries: int
    journal: tuple[Entry, ...] = field(repr=False)
    refused: int = 0

    @property
    def last_words(self) -> list[str]:
        """The last lines of its output."""
        return [line.rstrip() for line in self.output.splitlines() if line.strip()][-30:]


@dataclass
class Stage:
    """Where builds are played: the programs of an engine, the kit, a scratch folder, and who builds."""

    tree: Path
    kit: Path
    folder: Path
    project: Project
    contestants: Mapping[str, Contestant] = field(default_factory=lambda: CONTESTANTS)

    def play(
        self,
        contestant: Contestant,
        make: Callable[[str], Upstream],
        settings: Settings,
        *,
        cell: Cell | None = None,
        recording: bool = False,
        limit_s: float = LIMIT_S,
    ) -> Played:
        """One build of a contestant on a new machine; `make` gives the upstream of each host.

        In a cell that is fatal to it, a contestant is ended at the decisive event. With
        `recording`, the build has its real secrets.
        """
        place = Path(tempfile.mkdtemp(prefix="play.", dir=self.folder))
        journal = Journal()
        with ExitStack() as stack:
            # The data of its engine; the image stays.
            stack.callback(shutil.rmtree, place / "machine", ignore_errors=True)
            machine = stack.enter_context(drill_machine(place / "machine", self.tree, settings.daemon, settings.step))
            machine.names.refused = cell.refused if cell else frozenset()
            stack.enter_context(intercepted(machine.cell, make, machine.tls, journal))
            hopeless = cell is not None and cell.fatal(contestant)
            watch = _Watch(machine, journal, hopeless, cell is not None and contestant.may_hang, limit_s)
            own = with_values(self.project.words)
            secrets = variables_of_secrets(own) if recording else {}
            own = own if recording else with_stand_ins(own, place)
            env = {**secrets, **machine.env, "SOURCE_DATE_EPOCH": EPOCH_S, **settings.env}
            words = self.project.arguments(place / "image", own)
            return self._tries(contestant, watch, words, env, place)

    def _tries(
        self, contestant: Contestant, watch: _Watch, words: Sequence[str], env: Mapping[str, str], place: Path
    ) -> Played:
        begun, counted, tries = time.monotonic(), 0.0, 0
        outputs: list[str] = []
        for one in contestant.tries:
            tries += 1
            counted += one.wait_s
            if one.prunes:
                watch.run(PRUNE, env)
            own = [word.format(folder=place) for word in one.words]
            code, output, decided = watch.run([*contestant.program(self.kit), *own, *words], env)
            cut = bool(decided)
            outputs.append(output)
            if code == 0 or cut:
                break
            left = len(contestant.tries) - tries
            if watch.hopeless and tries == 2 and left and _same(*outputs):
                decided = f"the second try failed like the first: {left} more would too"
                break
        image = Image.read(place / "image") if code == 0 else None
        refused = sum(1 for entry in watch.machine.names.journal if entry.fault == "refused")
        return Played(
            code, image, time.monotonic() - begun, counted, outputs[-1], decided, cut, watch.hung, tries,
            tuple(watch.journal), refused,
        )  # fmt: skip


def _same(one: str, other: str) -> bool:
    """Whether two outputs end in the same error, apart from numbers."""
    return _error(one) == _error(other)


def _error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("ERROR")]
    return "".join(letter for letter in (lines[-1] if lines else output[-200:]) if not letter.isdigit())


@dataclass
class _Watch:
    """Runs a command on a machine, and ends it when its end is certain or its time is over."""

    machine: DrillMachine
    journal: Journal
    hopeless: bool
    may_hang: bool
    limit_s: float
    hung: bool = False

    def run(self, words: Sequence[str], env: Mapping[str, str]) -> tuple[int, str, str]:
        """The exit code, the output and why it was ended early."""
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [*self.machine.enter, *words], env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
            begun, decided = time.monotonic(), ""
            try:
                while not decided:
                    try:
                        process.wait(LOOK_S)
                        break
                    except subprocess.TimeoutExpired:
                        decided = self._decide(time.monotonic() - begun)
            finally:
                _end(process)
            output.seek(0)
            return process.returncode, output.read().decode(errors="replace"), decided

    def _decide(self, elapsed_s: float) -> str:
        if elapsed_s > self.limit_s:
            self.hung = True
            return f"no end within {self.limit_s:.0f} s"
        faulty = [entry for entry in self.journal if entry.fault != "ok"]
        if not faulty:
            return ""
        now = self.journal.now()
        _, most = Counter((entry.host, entry.method, entry.path) for entry in faulty).most_common(1)[0]
        if self.hopeless and most > 1 and now - faulty[0].time > PATIENCE_S:
            return f"the same request had failed {most} times in {PATIENCE_S} s, and this fault stays"
        last = max(self.journal, key=lambda entry: entry.time)
        silent = (faulty[-1] if self.hopeless else last).ending == "stall" and now - last.time > HANGS_S
        if self.may_hang and silent:
            self.hung = True
            return f"no request within {HANGS_S} s after a silent one"
        return ""


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
