"""What a command could leave on a machine: processes, files, mounts, links, rules."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SCRATCH_PLACES = ("/dev/shm", "/tmp", "/run")  # noqa: S108 # where the kit's scratch and run folders would be
OTHERS_TAKE_S = 60
"""The longest that a command of another run keeps its scratch folder."""
RUN = re.compile(r"seawall-(?:base-|lab-)?(?:\d{8}t\d{6}-)?(\d+)\b")
"""What a run makes on an engine is named by the id of its process."""
ENGINE = re.compile(r"(?:/run/seawall-|\bsw|--comment seawall-)([0-9a-f]{5})\b")
"""What a private engine makes is named by its own id."""


def traces() -> frozenset[str]:
    """What of ours, and what of the network, is on this machine now, without what another run or engine of the kit has.

    The veths and bridges of networks have no name that tells whose they are: the engine's inventory has those.
    """
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    files = [str(path) for place in SCRATCH_PLACES for path in Path(place).glob("seawall*")]
    links = [name for name in os.listdir("/sys/class/net") if not name.startswith(("veth", "br-"))]
    found = [f"file {path}" for path in files] + [f"mount {path}" for path in mounts if "seawall" in path]
    found += [f"link {name}" for name in links] + _rules("filter") + _rules("nat")
    if not any(_engine_runs(path.name[-5:]) for path in Path("/run").glob("seawall-*")):
        found.append(f"forwarding {Path('/proc/sys/net/ipv4/ip_forward').read_text().strip()}")
    return frozenset(line for line in found if not of_another(line))


def left_since(before: frozenset[str], look: Callable[[], frozenset[str]] = traces) -> list[str]:
    """What is there since `before` and stays, and what is gone; empty where everything is as it was.

    Another run of the kit may come and go in the meantime, so what is new has a while to go.
    """
    deadline = time.monotonic() + OTHERS_TAKE_S
    found = look()
    new, gone = found - before, before - found
    while new and time.monotonic() < deadline:
        time.sleep(0.05)
        new &= look()
    # Another run removes what it made, images of its lab too. While an engine runs, forwarding is not compared.
    lost = {line for line in gone if not re.search(r"seawall|^forwarding|^link sw|^image \S+ 127\.0\.0\.1:", line)}
    return sorted([*(f"new: {line}" for line in new), *(f"gone: {line}" for line in lost)])


def of_another(line: str) -> bool:
    """Whether this is named by a process, or by a private engine, that is running."""
    runs = any(Path(f"/proc/{pid}").exists() for pid in RUN.findall(line))
    return runs or any(_engine_runs(number) for number in ENGINE.findall(line))


def _engine_runs(number: str) -> bool:
    try:
        pid = Path(f"/run/seawall-{number}/pid").read_text().strip()
        return Path(f"/proc/{pid}/comm").read_text() == "dockerd\n"
    except OSError:
        return False


def _rules(table: str) -> list[str]:
    if not shutil.which("iptables"):
        return []
    shown = subprocess.run(["iptables", "-w", "-t", table, "-S"], capture_output=True, text=True, check=False)
    return [f"{table} {line}" for line in shown.stdout.splitlines()]


@dataclass(frozen=True)
class Mark:
    """A word in the environment that every process inherits, so that those of one run can be found."""

    word: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def env(self) -> dict[str, str]:
        """What to add to the run's environment."""
        return {"SEAWALLTEST_MARK": self.word}

    def processes(self, patience: float = 5.0) -> list[str]:
        """The command lines of the processes that carry the mark, after `patience` seconds for the ending ones."""
        ends = {}
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended while we looked
                if self.word.encode() in (process / "environ").read_bytes():
                    command = (process / "cmdline").read_text().replace("\0", " ")
                    ends[os.pidfd_open(int(process.name))] = command
        left = []
        for end, command in ends.items():
            if not select.select([end], [], [], patience)[0]:
                left.append(command)
            os.close(end)
        return left
