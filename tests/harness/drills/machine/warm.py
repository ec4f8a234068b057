"""The data of an engine that has images already: machines begin with it, as builders do that have built before.

Machines share the layers of the images and cannot change them; all else is copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.cells.inner_machine import InnerMachine

LAYERS = "io.containerd.snapshotter.v1.overlayfs/snapshots"
STOP = """set -eu
for name in pid containerd.pid; do
    pid=$(cat "$1/$name")
    kill "$pid"
    while grep -q -s '^State:.[^Z]' "/proc/$pid/status"; do sleep 0.05; done
done
"""
ATTACH = f"""set -eu
from=$1/data to=$2/data layers={LAYERS} content=io.containerd.content.v1.content shared=$3
mkdir -p "$to/containerd/$layers"
cp -a "$from/docker" "$to/"
for file in "$from"/containerd/*; do
    case ${{file##*/}} in
        "${{layers%/*}}") cp -a "$file/metadata.db" "$to/containerd/${{layers%/*}}/" ;;
        # Another name of each file: the store replaces files, and never writes to one.
        "$content") cp -al "$file" "$to/containerd/" ;;
        *) cp -a "$file" "$to/containerd/" ;;
    esac
done
for file in "$from/containerd/$layers"/*; do
    new=$to/containerd/$layers/${{file##*/}}
    case " $shared " in
        *" ${{file##*/}} "*)
            mkdir "$new"
            mount --bind "$file" "$new"
            mount -o remount,bind,ro "$new"
            ;;
        *) cp -a "$file" "$new" ;;
    esac
done
"""


@dataclass(frozen=True)
class Warm:
    """The folder of a machine whose engine was stopped, and the names of the layers that machines share."""

    folder: Path
    shared: tuple[str, ...]

    def attach(self, machine: InnerMachine) -> None:
        """Gives its data to a machine that has no engine yet."""
        machine.check("sh", "-c", ATTACH, "attach", self.folder, machine.folder, " ".join(self.shared))


def layers_of(folder: Path) -> tuple[str, ...]:
    """The names of the layers that the engine of a machine has unpacked."""
    return tuple(sorted(path.name for path in (folder / "data/containerd" / LAYERS).glob("*")))


def stop_engine(machine: InnerMachine, run: str) -> None:
    """Ends the engine of a machine, so that its data is complete; `run` is the folder of its process ids."""
    machine.check("sh", "-c", STOP, "stop", run)
