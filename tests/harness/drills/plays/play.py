"""Plays one build of one contestant: on a machine of its own, against a recorder or a replay."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.drills.machine.image import Image
from harness.drills.machine.interceptor import intercepted
from harness.drills.machine.machine import EPOCH_S, DrillMachine, NoRoomError, drill_machine
from harness.drills.machine.scratch import size_mb
from harness.drills.machine.warm import Warm
from harness.drills.plays.arguments import variables_of_secrets, with_stand_ins, with_values
from harness.drills.plays.cell import Cell
from harness.drills.plays.contestants import CONTESTANTS, PRUNE, Contestant
from harness.drills.plays.settings import Settings
from harness.drills.plays.watch import LIMIT_S, Watch
from harness.sites.site import Upstream
from harness.wire.journal import Entry, Journal

NO_ROOM = "no space left on device"


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
    words are not known; `hung`: at its time limit. `size_mb` is what machine and image took, if it was measured.
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
    size_mb: int = 0

    @property
    def last_words(self) -> list[str]:
        """The last lines of its output."""
        return [line.rstrip() for line in self.output.splitlines() if line.strip()][-30:]


@dataclass
class Stage:
    """Where builds are played: the programs of an engine, the kit, a scratch folder, who builds. `stop` ends all."""

    tree: Path
    kit: Path
    folder: Path
    project: Project
    contestants: Mapping[str, Contestant] = field(default_factory=lambda: CONTESTANTS)
    stop: threading.Event = field(default_factory=threading.Event)

    def play(
        self,
        contestant: Contestant,
        make: Callable[[str], Upstream],
        settings: Settings,
        *,
        cell: Cell | None = None,
        warm: Warm | None = None,
        recording: bool = False,
        after: Callable[[DrillMachine], None] = lambda _: None,
        limit_s: float = LIMIT_S,
    ) -> Played:
        """One build of a contestant on a new machine; `make` gives the upstream of each host.

        In a cell that is fatal to it, a contestant is ended at the decisive event. `warm` is what its engine has
        already. With `recording`, the build has its real secrets. `after` gets the machine of a build
        that has succeeded.
        """
        place = Path(tempfile.mkdtemp(prefix="play.", dir=self.folder))
        journal = Journal()
        with ExitStack() as stack:
            # The data of its engine; the image stays.
            stack.callback(shutil.rmtree, place / "machine", ignore_errors=True)
            machine = stack.enter_context(
                drill_machine(place / "machine", self.tree, settings.daemon, settings.step, warm)
            )
            machine.names.refused = cell.refused if cell else frozenset()
            stack.enter_context(intercepted(machine.cell, make, machine.tls, journal))
            hopeless, may_hang = cell is not None and cell.fatal(contestant), cell is not None and contestant.may_hang
            watch = Watch(machine, journal, self.stop, hopeless, may_hang, limit_s)
            own = with_values(self.project.words)
            secrets = variables_of_secrets(own) if recording else {}
            own = own if recording else with_stand_ins(own, place)
            env = {**secrets, **machine.env, "SOURCE_DATE_EPOCH": EPOCH_S, **settings.env}
            words = self.project.arguments(place / "image", own)
            played = self._tries(contestant, watch, words, env, place)
            if played.code != 0 and NO_ROOM in played.output:
                raise NoRoomError(self.folder)
            if played.code == 0:
                after(machine)
            return replace(played, size_mb=0 if cell else size_mb(place))

    def _tries(
        self, contestant: Contestant, watch: Watch, words: Sequence[str], env: Mapping[str, str], place: Path
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
