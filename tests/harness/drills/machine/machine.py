"""The machine of a drill: an inner machine with its own engine, resolver and certificates, and no way out."""

from __future__ import annotations

import json
import os
import shlex
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.cells.cell import Cell
from harness.cells.inner_machine import InnerMachine, inner_machine
from harness.drills.machine import runtime
from harness.drills.machine.interceptor import every_certificate
from harness.drills.machine.names import ADDRESS, REFUSING, EveryName
from harness.drills.machine.warm import Warm
from harness.wire.resolver import resolver_up
from harness.wire.tls import Authority

BUNDLE_IN_STEP = "/dev/drill-ca.pem"
APT_IN_STEP = "/dev/drill-apt.conf"
CA_VARIABLES = (
    "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO", "npm_config_cafile",
)  # fmt: skip
"""Variables by which common tools take a bundle of certificates. apt takes one by APT_CONFIG."""
HOST_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
EPOCH_S = "1700000000"
"""SOURCE_DATE_EPOCH of every build: without it no two cold builds are equal."""
ELSEWHERE = "192.0.2.1"
"""An address of the range for documentation (RFC 5737)."""
START_LIMIT_S = 60
CGROUPS, CGROUP, CGROUP_LIMIT_S = Path("/sys/fs/cgroup"), "seawall-drill", 5
RUN = "/run/drill"
SET_UP = f"""set -eu
ip address add {ADDRESS}/32 dev lo
ip address add {REFUSING}/32 dev lo
mount --bind "$1/resolv.conf" /etc/resolv.conf
[ ! -f {HOST_BUNDLE} ] || mount --bind "$1/ca.pem" {HOST_BUNDLE}
mkdir -p {RUN}
"""
ENGINE = f"""umask 022
setsid containerd --root "$1/data/containerd" --address {RUN}/containerd.sock --state {RUN}/containerd \\
    --log-level error >>"$1/engine.log" 2>&1 </dev/null &
printf '%s\\n' "$!" >{RUN}/containerd.pid
setsid dockerd --config-file "$1/daemon.json" --data-root "$1/data/docker" --exec-root {RUN}/exec \\
    --host unix://{RUN}/docker.sock --containerd {RUN}/containerd.sock --pidfile {RUN}/pid \\
    >>"$1/engine.log" 2>&1 </dev/null &
"""


WRAPPER = """#!/bin/sh
case " $* " in *' --bundle '* | *' -b '* | *' --bundle='*) exec {extended} "$@" ;; esac
exec {real} "$@"
"""
"""The runtime of an engine, which is called about thirty times in a build, twice a step with a bundle."""


class DrillError(RuntimeError):
    """A drill cannot run here: what was wanted and what was seen. `code` is the exit code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class NoRoomError(DrillError):
    """The folder of a drill's machines, or that of a recording, is full."""

    def __init__(self, folder: Path) -> None:
        super().__init__(73, f"wanted room for the builds in {folder}, saw none left: make room or set TMPDIR")


@dataclass(frozen=True)
class DrillMachine:
    """An inner machine whose names all lead to `names`; `tls` has a certificate of the drill for every host."""

    inner: InnerMachine
    cell: Cell
    names: EveryName
    tls: ssl.SSLContext = field(repr=False)

    @property
    def env(self) -> dict[str, str]:
        """The environment of commands on it: the engine's socket, a client without logins, the drill's certificates."""
        folder = self.inner.folder
        engine = {"DOCKER_HOST": f"unix://{RUN}/docker.sock", "DOCKER_CONFIG": str(folder / "config")}
        return self.inner.env | engine | _trust(str(folder / "ca.pem"))

    @property
    def enter(self) -> tuple[str, ...]:
        """The prefix of a command that runs on it."""
        return ("nsenter", f"--target={self.inner.pid}", "--net", "--mount", "--pid", "--")

    def ways_out(self) -> list[str]:
        """What leads out of the machine: links that are no bridges, default routes, an address that can be reached."""
        found = []
        for link in json.loads(self.inner.check("ip", "-json", "-details", "link")):
            kind = link.get("linkinfo", {}).get("info_kind", "")
            if link["ifname"] != "lo" and kind not in ("bridge", "veth"):
                found.append(f"link {link['ifname']}")
        for family in ("-4", "-6"):
            routes = json.loads(
                self.inner.check("ip", "-json", family, "route", "show", "table", "all", "default") or "[]"
            )
            found += [f"route {row}" for row in routes if row.get("dev") != "lo"]
        return found + self.cell.make(_reaches)

    def engine_log(self) -> str:
        """The last line of the engine's log."""
        lines = (self.inner.folder / "engine.log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "nothing"


def _reaches() -> list[str]:
    """Whether this network has a route to a foreign address; connecting a datagram socket sends nothing."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as canary:
        try:
            canary.connect((ELSEWHERE, 9))
        except OSError:
            return []
    return [f"a route to {ELSEWHERE}"]


def _trust(bundle: str) -> dict[str, str]:
    return dict.fromkeys(CA_VARIABLES, bundle)


def _write_client(folder: Path, tree: Path) -> None:
    """The configuration of the docker client: its plugins, and nothing of the user's."""
    (folder / "config").mkdir()
    plugins = tree / "usr/libexec/docker/cli-plugins"
    if plugins.is_dir():
        (folder / "config/cli-plugins").symlink_to(plugins)


def _write_runtime(folder: Path, tree: Path, more: Mapping[str, str]) -> None:
    """The wrapped runtime, under the name by which BuildKit and containerd find theirs."""
    real = next(path for name in ("usr/sbin/runc", "usr/bin/runc") if (path := tree / name).exists())
    step = folder / "step.json"
    (folder / "apt.conf").write_text(f'Acquire::https::CAInfo "{BUNDLE_IN_STEP}";\n')
    (folder / "apt.conf").chmod(0o644)
    files = {BUNDLE_IN_STEP: str(folder / "ca.pem"), APT_IN_STEP: str(folder / "apt.conf")}
    env = _trust(BUNDLE_IN_STEP) | {"APT_CONFIG": APT_IN_STEP, "SOURCE_DATE_EPOCH": EPOCH_S} | dict(more)
    step.write_text(json.dumps({"files": files, "env": env}))
    wrapper = folder / "bin/runc"
    wrapper.parent.mkdir()
    words = [sys.executable, "-IS", runtime.__file__, str(real), str(step)]
    wrapper.write_text(WRAPPER.format(extended=shlex.join(words), real=shlex.quote(str(real))))
    wrapper.chmod(0o755)


def _cgroup(folder: Path) -> str:
    """The name of the control group of its RUN steps, which outlives the machine."""
    return f"{CGROUP}-{os.getpid()}-{folder.parent.name}"


def _remove_cgroups(name: str) -> None:
    """Removes control groups of a machine that has ended, in every hierarchy; the kernel may need a moment."""
    end = time.monotonic() + CGROUP_LIMIT_S
    while found := [path for pattern in (name, f"*/{name}") for path in CGROUPS.glob(pattern)]:
        for top in found:
            for path in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
                with suppress(OSError):
                    path.rmdir()
            with suppress(OSError):
                top.rmdir()
        if time.monotonic() > end:
            return
        time.sleep(0.05)


def _start_engine(machine: DrillMachine, daemon: Mapping[str, object]) -> None:
    folder = machine.inner.folder
    settings = {
        "features": {"containerd-snapshotter": True}, "dns": [ADDRESS], "cgroup-parent": f"/{_cgroup(folder)}",
        # Steps ask addresses of the machine itself: nothing is forwarded, so the engine needs no rules for it.
        "iptables": False, "ip6tables": False, **daemon,
    }  # fmt: skip
    (folder / "daemon.json").write_text(json.dumps(settings))
    env = machine.env | {"PATH": f"{folder / 'bin'}:{machine.env['PATH']}"}
    machine.inner.check("sh", "-c", ENGINE, "engine", folder, env=env)
    end = time.monotonic() + START_LIMIT_S
    while not _answers(Path(f"/proc/{machine.inner.pid}/root{RUN}/docker.sock")):
        if time.monotonic() > end:
            raise DrillError(71, f"wanted the drill's engine to answer, it did not: {machine.engine_log()}")
        time.sleep(0.05)


def _answers(engine: Path) -> bool:
    """Whether an engine answers at its socket. The client takes a hundred times the CPU time to ask."""
    with closing(socket.socket(socket.AF_UNIX)) as asked, suppress(OSError):
        asked.settimeout(START_LIMIT_S)
        asked.connect(str(engine))
        asked.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        return b" 200 " in asked.recv(64)
    return False


@contextmanager
def drill_machine(
    folder: Path,
    tree: Path,
    daemon: Mapping[str, object] | None = None,
    step: Mapping[str, str] | None = None,
    warm: Warm | None = None,
) -> Iterator[DrillMachine]:
    """A machine for the duration of the block.

    `tree` holds the programs of an engine, `daemon` is for daemon.json, `step` are variables of every RUN step,
    `warm` is what its engine has already. The key of its certificates stays in memory, except while a TLS library reads
    it from a file of mode 0600.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority()
    (folder / "ca.pem").write_bytes(authority.root.cert_pem.bytes())
    # RUN steps of any user read it.
    (folder / "ca.pem").chmod(0o644)
    (folder / "resolv.conf").write_text(f"nameserver {ADDRESS}\n")
    with ExitStack() as stack:
        stack.callback(_remove_cgroups, _cgroup(folder))
        inner = stack.enter_context(inner_machine(folder, tree))
        inner.check("sh", "-c", SET_UP, "drill", folder)
        descriptor = os.open(f"/proc/{inner.pid}/ns/net", os.O_RDONLY)
        cell = Cell(descriptor, folder / "resolv.conf")
        stack.callback(cell.close)
        names = EveryName()
        stack.enter_context(resolver_up(cell, names, ADDRESS))
        machine = DrillMachine(inner, cell, names, every_certificate(authority))
        _write_client(folder, tree)
        _write_runtime(folder, tree, step or {})
        if warm:
            warm.attach(inner)
        _start_engine(machine, daemon or {})
        if found := machine.ways_out():
            raise DrillError(71, f"wanted a machine without a way out, saw {', '.join(found)}")
        yield machine
