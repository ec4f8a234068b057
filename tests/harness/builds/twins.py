"""Two runs of the same call, by the plain tool and through the kit, and what is compared of them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.machine.run import Result, run

MOVING = (
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),
    (re.compile(r"\b\d+(\.\d+)?s\b"), "0s"),
    (re.compile(r"^\d+\.\d+ ", re.M), ""),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*( ?(Z|[+-]\d\d:?\d\d|UTC))?"), "MOMENT"),
    (re.compile(r"/build/[a-z0-9/-]+|\b[a-z0-9]{25}\b"), "REF"),
    (re.compile(r"^Looking in indexes: .*\n", re.M), ""),
    (re.compile(r"/(plain|kit)/modules/"), "/modules/"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d{4,5}\b"), "ADDRESS"),
)
"""What differs between two plain runs: colours, durations, moments, build records, ports, places. The kit names the one
index twice, because pip then ignores the extra indexes of its files."""

PROGRESS = re.compile(r"#(?P<number>\d+) (?P<text>.*)")
DETAIL = re.compile(
    r"(DONE|CACHED|CANCELED|\d+\.\d+ |\.\.\.$|sha256:|extracting |transferring |exporting |naming |unpacking |writing"
    r"|resolve |sending |building with |preparing |pushing |copying |inferred|importing|loading layer"
    r"|resolving provenance)"
)
"""Lines below the heading of a step: they depend on the speed and on what the cache holds."""


@dataclass(frozen=True)
class Outcome:
    """What one run left: exit code, stdout, the steps and messages on stderr, files (path to digest), images."""

    code: int
    out: str
    steps: frozenset[str]
    messages: tuple[str, ...]
    files: Mapping[str, str]
    images: Mapping[str, str]
    raw: Result = field(compare=False, repr=False)


def still(text: str) -> str:
    """The text without what differs between two plain runs."""
    for pattern, word in MOVING:
        text = pattern.sub(word, text)
    return text


def read_progress(text: str, own: re.Pattern[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Headings of the steps, in no order, and all other lines in order, without those that match `own`."""
    steps, messages = set(), []
    for line in still(text).splitlines():
        found = PROGRESS.match(line)
        if found is None:
            messages += [line.rstrip()] if line.strip() and not own.match(line) else []
        elif not DETAIL.match(found["text"]):
            steps.add(found["text"])
    # buildx repeats the heading of a step, which may have several lines.
    return frozenset(steps), tuple(dict.fromkeys(messages))


def uncached(text: str) -> set[str]:
    """The steps that ran without the cache. A step with the same name as an `ADD` requests the URL of it."""
    headings: dict[str, str] = {}
    served = set()
    for line in text.splitlines():
        if found := PROGRESS.match(line):
            if re.match(r"\[.*\d+/\d+\] (RUN|COPY|ADD|WORKDIR)", found["text"]):
                headings.setdefault(found["number"], found["text"])
            if found["text"].startswith("CACHED"):
                served.add(found["number"])
    return set(headings.values()) - {headings[number] for number in served & headings.keys()}


def _members(file: Path) -> list[tuple[str, int, str]]:
    """The files of an archive; the index of an OCI archive has the moment of the export."""
    with tarfile.open(file) as archive:
        members = [member for member in archive if member.isfile()]
        bodies = {member.name: archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]
    if "index.json" in bodies:
        bodies["index.json"] = still(bodies["index.json"].decode()).encode()
    return sorted((name, len(body), hashlib.sha256(body).hexdigest()[:16]) for name, body in bodies.items())


def _content(file: Path) -> str:
    if file.is_symlink():
        return f"link to {file.readlink()}"
    if not file.is_file():
        return "folder" if file.is_dir() else "special file"
    if file.suffix == ".tar":
        return str(_members(file))
    if file.suffix == ".json":
        read = json.loads(file.read_text())
        for name in ("buildx.build.ref", "buildx.build.provenance"):
            read.pop(name, None)
        return still(json.dumps(read, sort_keys=True))
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def files_below(folder: Path) -> dict[str, str]:
    """The content of every file, by its path."""
    return {str(file.relative_to(folder)): _content(file) for file in sorted(folder.rglob("*"))}


def take_images(repository: str, env: Mapping[str, str]) -> dict[str, str]:
    """The images of a repository, name to ID, which are removed."""
    words = ["docker", "image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}", repository]
    found = dict(line.rsplit(" ", 1) for line in run(words, env=env).out.splitlines())
    for name in found:
        assert run(["docker", "image", "rm", "--force", name], env=env).rc == 0
    return found


def run_twin(project: Path, folder: Path, script: str, env: Mapping[str, str], own: str, images: str = "") -> Outcome:
    """Runs a shell script in a copy of the project, which becomes `folder`; both twins run at the same path.

    `own`: a regular expression of the lines that the kit may add to stderr. `images`: the repository whose images
    count; they are removed afterwards.
    """
    # pip and others write the path of a file into what they install.
    shutil.copytree(project, here := folder.parent / "here", symlinks=True)
    result = run(["sh", "-c", script], env=env, cwd=here)
    here.rename(folder)
    steps, messages = read_progress(result.err.replace(str(here), "FOLDER"), re.compile(own))
    left = take_images(images, env) if images else {}
    out = still(result.out).replace(str(here), "FOLDER")
    return Outcome(result.rc, out, steps, messages, files_below(folder), left, result)
