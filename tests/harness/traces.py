"""What a command could leave on a machine: processes, files, mounts, links, rules."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path

SCRATCH_PLACES = ("/dev/shm", "/tmp", "/run")  # noqa: S108 # where the kit's scratch and run folders would be


@dataclass(frozen=True)
class Traces:
    """A snapshot; two of them are equal when nothing was left or taken away."""

    files: frozenset[str]
    mounts: frozenset[str]
    links: frozenset[str]
    rules: frozenset[str]
    forwarding: str


def traces() -> Traces:
    """What of ours, and what of the network, is on this machine now."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return Traces(
        files=frozenset(str(path) for place in SCRATCH_PLACES for path in Path(place).glob("seawall*")),
        mounts=frozenset(mount for mount in mounts if "seawall" in mount),
        links=frozenset(os.listdir("/sys/class/net")),
        rules=frozenset(_rules("filter") + _rules("nat")),
        forwarding=Path("/proc/sys/net/ipv4/ip_forward").read_text().strip(),
    )


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
