"""Compares the kit's Dockerfile parser with BuildKit's."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.machine.run import run

READ = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call
cd "$1"
set +f
for case in *.case; do
	dockerfile_sources "$case" "$(cat "$case.target")" "$case.arguments" linux/amd64
	printf 'end\\n'
done
"""


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile and the arguments of its build."""

    text: bytes
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """The kit's result: sources in BuildKit's notation, and the lines that it leaves to the builder."""

    sources: frozenset[str]
    unread: tuple[str, ...]

    def agrees(self, said: Sequence[str]) -> bool:
        """Whether BuildKit has the same sources; if the kit left lines unread, whether BuildKit has more."""
        if list(said) == ["error"]:
            return True
        return self.sources <= set(said) if self.unread else self.sources == set(said)


def escaped(value: str) -> str:
    """A build argument in the format of the kit's argument reader."""
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def identifier(how: str, what: str) -> str:
    """A line of the kit's output in BuildKit's notation."""
    if how not in ("from", "copy", "mount"):
        return what if how == "add" else f"{how}\t{what}"
    host, slash, rest = what.partition("/")
    if host == "index.docker.io" and slash:
        host = "docker.io"
    elif not slash or not ("." in host or ":" in host or host == "localhost" or host != host.lower()):
        host, rest = "docker.io", what
    if host == "docker.io" and "/" not in rest:
        rest = f"library/{rest}"
    tagged = "@" in rest or ":" in rest.rpartition("/")[2]
    return f"docker-image://{host}/{rest}" if tagged else f"docker-image://{host}/{rest}:latest"


def read_all(cases: Sequence[Dockerfile], kit: Path, folder: Path, path: str = "/usr/bin:/bin") -> list[Reading]:
    """Parses all Dockerfiles in one shell process; `path` decides which awk it uses."""
    folder.mkdir()
    for number, case in enumerate(cases):
        file = folder / f"{number:06}.case"
        file.write_bytes(case.text)
        file.with_suffix(".case.target").write_text(case.target)
        lines = [f"{escaped(f'{name}={value}')}\n" for name, value in case.arguments.items()]
        file.with_suffix(".case.arguments").write_text("".join(lines))
    env = {"PATH": path, "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    result = run(["sh", "-euc", READ, "read", folder], env=env, timeout=600)
    assert (result.rc, result.err) == (0, ""), repr(result)
    return [reading(part) for part in result.out.split("end\n")[:-1]]


def reading(said: str) -> Reading:
    """The output of the kit's parser."""
    pairs = [line.partition("\t") for line in said.splitlines()]
    found = {identifier(how, what) for how, _, what in pairs if how not in ("unread", "secret")}
    return Reading(frozenset(found), tuple(what for how, _, what in pairs if how == "unread"))


class BuildKit:
    """A running program with BuildKit's own parser (fixtures/dockerfiles/buildkit)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def read(self, case: Dockerfile) -> list[str]:
        """The sorted sources of one Dockerfile; ["error"] if BuildKit refuses it."""
        text = base64.b64encode(case.text).decode()
        line = json.dumps({"text": text, "target": case.target, "arguments": dict(case.arguments)})
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer: list[str] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def buildkit(program: Path) -> Iterator[BuildKit]:
    """Runs the program at `program`."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield BuildKit(process)
        assert process.stdin
        process.stdin.close()
