"""Compares the kit's Dockerfile parser with BuildKit's."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.machine.go_modules import go
from harness.machine.run import run

PROGRAM = Path(__file__).resolve().parents[3] / "fixtures" / "dockerfiles" / "buildkit"
READ = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call
uname() { printf 'x86_64\\n'; }
cd "$1"
set +f
for case in *.case; do
	set -f
	dockerfile_sources "$case" "$(cat "$case.target")" "$case.arguments" $(cat "$case.platforms")
	printf '@end@\\n'
done
"""

WEAVE = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/weave
cd "$1"; SCRATCH=$1; mkdir weave; WEAVE_PATH_ID=1 WEAVE_NAMES=,
flags=$(weave_copy_flags)
set +f
for case in *.case; do
	set -f
	weave_steps_list "$case" ''
	FLAGS=$flags LC_ALL=C awk -F '\\t' '$NF == "-" { print $2 "\\t" ENVIRON["FLAGS"] }' weave/steps.tsv >weave/flags
	LC_ALL=C awk -f "$LIB/host/weave/weave-insert.awk" weave/flags what=file - <"$case" >"$case.woven"
done
"""


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile, the arguments of its build, and where it comes from."""

    text: bytes
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True)
class Reading:
    """The kit's result: needs in BuildKit's notation, URLs, and what it leaves to the builder.

    `open` are URLs and ids with a variable that only the base image can set.
    """

    needs: frozenset[str]
    urls: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        """Images, frontend and URLs, without secrets."""
        return frozenset(need for need in self.needs | self.urls if not need.startswith("secret\t"))


def escaped(value: str) -> str:
    """A build argument in the format of the kit's argument reader."""
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def identifier(how: str, what: str) -> str:
    """A line of the kit's output in BuildKit's notation."""
    if how not in ("from", "copy", "mount"):
        return f"{how}\t{what}"
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
    """Parses all Dockerfiles in one shell process on an amd64 machine; `path` decides which awk it uses."""
    folder.mkdir()
    for number, case in enumerate(cases):
        file = folder / f"{number:06}.case"
        file.write_bytes(case.text)
        file.with_suffix(".case.target").write_text(case.target)
        file.with_suffix(".case.platforms").write_text(" ".join(case.platforms))
        lines = [f"{escaped(f'{name}={value}')}\n" for name, value in case.arguments.items()]
        file.with_suffix(".case.arguments").write_text("".join(lines))
    env = {"PATH": path, "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    result = run(["sh", "-euc", READ, "read", folder], env=env, timeout=1500)
    assert (result.rc, result.err) == (0, ""), repr(result)
    return [reading(part) for part in result.out.split("@end@\n")[:-1]]


def weave_all(cases: Sequence[Dockerfile], kit: Path, folder: Path) -> list[Dockerfile]:
    """The Dockerfiles with the kit's flags in every RUN step that the last stage needs and that can have them."""
    folder.mkdir()
    for number, case in enumerate(cases):
        (folder / f"{number:06}.case").write_bytes(case.text)
    env = {"PATH": "/usr/bin:/bin", "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    result = run(["sh", "-euc", WEAVE, "weave", folder], env=env, timeout=1500)
    assert (result.rc, result.err) == (0, ""), repr(result)
    return [Dockerfile((folder / f"{number:06}.case.woven").read_bytes()) for number in range(len(cases))]


def reading(said: str) -> Reading:
    """The output of the kit's parser."""
    pairs = [line.partition("\t")[::2] for line in said.splitlines() if not line.startswith("policy\t")]
    known = [(how, what) for how, what in pairs if how != "unread" and "$" not in what]
    return Reading(
        frozenset(identifier(how, what) for how, what in known if how != "add"),
        frozenset(what for how, what in known if how == "add"),
        frozenset(what for how, what in pairs if how != "unread" and "$" in what),
        tuple(what for how, what in pairs if how == "unread"),
    )


def variants(text: bytes, origin: str) -> list[Dockerfile]:
    """The Dockerfile for each of its stages, for the platform of the builder and for two others."""
    names = {name.decode() for name in re.findall(rb"(?im)^\s*from\s+.*\sas\s+([a-z][a-z0-9_.-]*)\s*$", text)}
    return [
        Dockerfile(text, target, {}, platforms, origin)
        for target in ("", *sorted(names))
        for platforms in ((), ("linux/arm64", "linux/arm/v7"))
    ]


class BuildKit:
    """A running program with BuildKit's own parser (fixtures/dockerfiles/buildkit)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def read(self, case: Dockerfile) -> list[str]:
        """The sorted needs of one Dockerfile; "error" and a message if BuildKit refuses it."""
        line = {"text": base64.b64encode(case.text).decode(), "target": case.target, "arguments": dict(case.arguments)}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({**line, "platforms": case.platforms}) + "\n")
        self.process.stdin.flush()
        answer: list[str] = json.loads(self.process.stdout.readline())
        return answer

    def url(self, word: str) -> list[str]:
        """BuildKit's notation of a source of ADD."""
        quoted = json.dumps("".join(f"\\{sign}" if sign in "\\$'\"" else sign for sign in word))
        return self.read(Dockerfile(f'FROM scratch\nADD [{quoted}, "/x/"]\n'.encode()))

    def difference(self, case: Dockerfile, ours: Reading) -> str:
        """What the two disagree on, empty if nothing. Where the kit leaves something open, BuildKit may have more."""
        said = self.read(case)
        if said[:1] == ["error"]:
            return ""
        seen = ours.needs.union(*(self.url(word) for word in ours.urls))
        if seen == set(said) or ((ours.unread or ours.open) and seen < set(said)):
            return ""
        return f"only the kit: {sorted(seen - set(said))}, only BuildKit: {sorted(set(said) - seen)}"


@contextmanager
def buildkit(program: Path, *words: str) -> Iterator[BuildKit]:
    """Runs the program at `program`."""
    with subprocess.Popen([program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield BuildKit(process)
        assert process.stdin
        process.stdin.close()


def compiled(made: Path, *options: str) -> Path:
    """Compiles the program, with the newest BuildKit unless options say otherwise."""
    go("build", *options, "-o", str(made), ".", folder=PROGRAM)
    return made


def snippets(program: Path, folder: str) -> list[Dockerfile]:
    """What may be a Dockerfile in the Go tests under a folder."""
    result = run([program, "snippets", folder])
    assert result.rc == 0, result.err
    texts = {base64.b64decode(json.loads(line)["text"]) for line in result.out.splitlines()}
    return [case for text in sorted(texts) for case in variants(text, "a Go test")]


CODE = (
    ".go",
    ".md",
    ".sh",
    ".py",
    ".json",
    ".yaml",
    ".yml",
    ".js",
    ".ts",
    ".dockerignore",
    ".snap",
    ".golden",
    ".lock",
)


def files(folder: Path) -> list[Dockerfile]:
    """The Dockerfiles in a folder, by their names."""
    found: dict[bytes, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.name.lower()
        if ("dockerfile" in name or "containerfile" in name) and not name.endswith(CODE) and path.is_file():
            found.setdefault(path.read_bytes(), str(path.relative_to(folder.parent)))
    return [case for text, origin in found.items() for case in variants(text, origin)]


def path_with(awk: str, folder: Path) -> str:
    """A PATH with this awk."""
    found = shutil.which(awk)
    assert found
    (folder / "bin").mkdir()
    (folder / "bin" / "awk").symlink_to(found)
    return f"{folder / 'bin'}:/usr/bin:/bin"
