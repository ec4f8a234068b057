"""A machine inside the machine: network, mount and process namespaces, with a Docker engine that is not ours.

No cleanup is needed: closing a pipe ends the first process, and the kernel ends all others with it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.machine.programs import root_with_busybox
from harness.machine.run import Result, run

SET_UP = """set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -l /run/cgroup
rmdir /run/cgroup
ip link set lo up
# A link gets its own address of IPv6 at some time after it is up.
printf '1\\n' >/proc/sys/net/ipv6/conf/default/addr_gen_mode
printf '0\\n' >/proc/sys/net/ipv4/ip_forward
# The first rule makes its table, which stays when the rule goes.
for chain in 'filter FORWARD' 'nat POSTROUTING'; do
    iptables -t "${chain% *}" -A "${chain#* }" -j ACCEPT
    iptables -t "${chain% *}" -D "${chain#* }" -j ACCEPT
done
cp /etc/group "$1"
printf 'docker:x:1:\\n' >>"$1"
mount --bind "$1" /etc/group
printf 'ready\\n'
exec cat
"""
"""Set-up of the machine: IP forwarding is off, and there is a group `docker`."""
SEEN = """
for what in link address 'route show table all' rule '-6 route show table all'; do ip -json $what; printf '\\n'; done
for flavour in nft legacy; do for family in iptables ip6tables; do
    "xtables-$flavour-multi" "$family-save" 2>/dev/null | sed 's/ \\[.*//; /^#/d'
done; done
grep -r -s . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/bridge
ls /run | grep seawall || :
"""
STRANGER = """set -eu
mkdir -p /run/stranger "$1"
setsid containerd --root "$1/containerd" --log-level error >"$1/containerd.log" 2>&1 &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done
setsid dockerd --data-root "$1/data" --exec-root /run/stranger/exec --host unix:///run/stranger/docker.sock \\
    --pidfile /run/stranger/pid >"$1/log" 2>&1 &
until docker version >/dev/null 2>&1; do sleep 0.1; done
tar -C "$2" -c . | docker import - stranger/image:1
docker volume create stranger
docker network create stranger
for network in bridge stranger; do
    docker run --detach --name "on-$network" --network "$network" --publish 80 stranger/image:1 /bin/busybox sleep 3600
done
docker context create stranger --docker host=unix:///run/stranger/docker.sock
"""
THINGS = """
docker ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.State}} {{.Ports}}'
docker image ls --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}'
docker network ls --no-trunc --format '{{.ID}} {{.Name}}'
docker volume ls --format '{{.Name}}'
docker plugin ls
docker context ls --format '{{.Name}} {{.DockerEndpoint}}'
for what in containers images tasks; do ctr --namespace moby "$what" ls --quiet | sort; done
for network in bridge stranger; do
    gateway=$(docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "$network")
    docker exec "on-$network" /bin/busybox ping -q -c 1 -W 10 "$gateway" | grep received
done
"""


@dataclass(frozen=True)
class InnerMachine:
    """Runs commands with the programs of an engine and with a home folder of their own."""

    pid: int
    folder: Path
    tree: Path
    env: dict[str, str] = field(repr=False)

    def run(self, *words: str | Path, env: Mapping[str, str] | None = None, timeout: float = 120) -> Result:
        """Runs a command on the inner machine."""
        enter = ("nsenter", f"--target={self.pid}", "--net", "--mount", "--pid", "--")
        return run([*enter, *words], env=self.env | dict(env or {}), timeout=timeout)

    def check(self, *words: str | Path, env: Mapping[str, str] | None = None) -> str:
        """Runs a command that must succeed; returns its stdout."""
        result = self.run(*words, env=env)
        assert result.rc == 0, repr(result)
        return result.out

    def seen(self) -> list[str]:
        """Links, addresses, routes, firewall rules, kernel settings, and the kit's folders in /run."""
        return self.check("sh", "-c", SEEN).splitlines()

    def state(self, name: str) -> dict[str, str]:
        """The environment of a kit with its own state, whose private engine uses the same programs."""
        tree = self.folder / name / "engine" / "tree"
        (tree / "usr" / "config").mkdir(parents=True)
        (tree / "usr" / "config" / "cli-plugins").symlink_to("../libexec/docker/cli-plugins")
        for path in (*self.tree.iterdir(), *self.tree.glob("usr/*")):
            if not (own := tree / path.relative_to(self.tree)).exists():
                own.symlink_to(path)
        return {"SEAWALL_STATE": str(self.folder / name), "SEAWALL_CONF": "/dev/null"}


@dataclass(frozen=True)
class Stranger:
    """A foreign engine on an inner machine: a system containerd, docker0, a network, running containers."""

    machine: InnerMachine
    env: dict[str, str] = field(repr=False)

    def things(self) -> list[str]:
        """The engine's objects and files, and whether its containers reach their gateways."""
        home = Path(self.env["HOME"]) / ".docker"
        files = [f"{path} {path.read_bytes()!r}" for path in sorted(home.rglob("*")) if path.is_file()]
        return [*self.machine.check("sh", "-euc", THINGS, env=self.env).splitlines(), *files, *self.machine.seen()]


def _environment(folder: Path, tree: Path) -> dict[str, str]:
    libraries = [str(path) for path in (*tree.glob("usr/lib/*-linux-gnu"), *tree.glob("lib/*-linux-gnu"))]
    tables = next(path for path in tree.glob("usr/lib/*-linux-gnu/xtables"))
    return {
        "HOME": str(folder / "home"),
        "PATH": f"{tree}/usr/bin:{tree}/usr/sbin:{os.environ['PATH']}",
        "LD_LIBRARY_PATH": ":".join(libraries),
        "XTABLES_LIBDIR": str(tables),
    }


@contextmanager
def inner_machine(folder: Path, tree: Path) -> Iterator[InnerMachine]:
    """A machine for the duration of the block; `tree` holds the programs of an engine (toolbox.sh)."""
    env = _environment(folder, tree)
    Path(env["HOME"]).mkdir(parents=True)
    words = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    with subprocess.Popen(
        [*words, "sh", "-c", SET_UP, "inner-machine", str(folder / "group")],
        env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as holder:  # fmt: skip
        assert holder.stdin, "it was asked for"
        assert holder.stdout, "it was asked for"
        ready = holder.stdout.readline() == "ready\n"
        assert ready, "wanted namespaces of network, mounts and processes: it takes root"
        (pid,) = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
        try:
            yield InnerMachine(int(pid), folder, tree, env)
        finally:
            holder.stdin.close()
            holder.wait(60)


def move_in(machine: InnerMachine) -> Stranger:
    """Starts a foreign engine on the inner machine."""
    env = {"HOME": str(machine.folder / "stranger" / "home"), "DOCKER_HOST": "unix:///run/stranger/docker.sock"}
    config = Path(env["HOME"]) / ".docker"
    (config / "cli-plugins").mkdir(parents=True)
    (config / "config.json").write_text(json.dumps({"auths": {"registry.example": {"auth": "c29tZTpib2R5"}}}))
    (config / "cli-plugins" / "docker-stranger").write_text("#!/bin/sh\n")
    root_with_busybox(root := machine.folder / "root")
    if not (root / "bin/busybox").exists():
        (root / "bin").mkdir(exist_ok=True)
        (root / "bin/busybox").hardlink_to(next(root.rglob("busybox")))
    machine.check("sh", "-c", STRANGER, "stranger", machine.folder / "stranger", root, env=env)
    return Stranger(machine, env)
