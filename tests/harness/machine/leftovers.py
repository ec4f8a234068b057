"""What a command could leave on a machine: processes, files, mounts, network links, firewall rules."""

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
"""The longest time that a command of another run keeps its scratch folder."""
RUN = re.compile(r"seawall-(?:base-|lab-)?(?:\d{8}t\d{6}-)?(\d+)\b")
"""Objects that a run makes on an engine have its process id in their names."""
ENGINE = re.compile(r"(?:/run/seawall-|\bsw|--comment seawall-)([0-9a-f]{5})\b")
"""Objects of a private engine have the engine's id in their names."""


def traces() -> frozenset[str]:
    """The kit's files and mounts and the network settings of this machine, without those of other runs and engines.

    Names of veths and bridges do not show their owner; Engine.inventory lists networks instead.
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
    """What is new since `before` and stays, and what is missing; empty if nothing changed.

    Other runs of the kit may start and end meanwhile, so new entries have OTHERS_TAKE_S to disappear.
    """
    deadline = time.monotonic() + OTHERS_TAKE_S
    found = look()
    new, gone = found - before, before - found
    while new and time.monotonic() < deadline:
        time.sleep(0.05)
        new &= look()
    # Other runs remove their objects, lab images too. IP forwarding is not compared while an engine runs.
    lost = {line for line in gone if not re.search(r"seawall|^forwarding|^link sw|^image \S+ 127\.0\.0\.1:", line)}
    return sorted([*(f"new: {line}" for line in new), *(f"gone: {line}" for line in lost)])


def of_another(line: str) -> bool:
    """Whether a line names a running process or a running private engine."""
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
    """A variable that every process of a run inherits, so that its processes can be found."""

    word: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def env(self) -> dict[str, str]:
        """The variable to add to the run's environment."""
        return {"SEAWALLTEST_MARK": self.word}

    def processes(self, patience: float = 5.0) -> list[str]:
        """The command lines of processes with the mark; ending processes have `patience` seconds."""
        ends = {}
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended in the meantime
                if self.word.encode() in (process / "environ").read_bytes():
                    command = (process / "cmdline").read_text().replace("\0", " ")
                    ends[os.pidfd_open(int(process.name))] = command
        left = []
        for end, command in ends.items():
            if not select.select([end], [], [], patience)[0]:
                left.append(command)
            os.close(end)
        return left
