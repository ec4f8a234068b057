"""The kit's reader of Dockerfiles beside BuildKit's own packages: the newest, and those of the oldest engine.

BuildKit comes from the Go module proxy. A difference is a failure unless NAMED says why the two may differ.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from harness.builds.dockerfile_generator import generated
from harness.builds.dockerfile_reader import (
    PROGRAM,
    BuildKit,
    Dockerfile,
    buildkit,
    compiled,
    files,
    path_with,
    read_all,
    snippets,
    weave_all,
)
from harness.machine.go_modules import module

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

AWKS = [awk for awk in ("mawk", "busybox", "gawk") if shutil.which(awk)]
NEWEST = next(line.split()[-1] for line in (PROGRAM / "go.mod").read_text().splitlines() if "moby/buildkit v" in line)
NAMED = {
    r"(?m)^#\s*[^\x00-\x7f]+\s*syntax": "no blank of Unicode before the name of a directive",
    r"(?m)^# check=": "no directive check, so it ends the directives",
    r"TARGETSTAGE": "no argument TARGETSTAGE",
    r"(?m)^ARG (.* )?(TARGET|BUILD)[A-Z]+( |$)": "an ARG before FROM without a value empties an automatic argument",
    r"<<.*\$\{": "the word of a heredoc has no modifiers of variables",
    r"--fr\\om": "the escape character of flags is always a backslash",
    r"(?m)^(ONBUILD )?(ADD|COPY|RUN) .*\].*\S$": "words behind a JSON array are ignored",
}
"""What BuildKit 0.11 (Docker 24) reads in another way than the newest one, and the kit as the newest."""
MOST_OPEN = 0.05
"""Of what BuildKit accepts, the share that the kit may leave to it: variables of base images, patterns beyond ASCII."""


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with the newest BuildKit."""
    return compiled(tmp_path_factory.mktemp("newest") / "reader")


@pytest.fixture(scope="module")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with the BuildKit of Docker 24."""
    return compiled(tmp_path_factory.mktemp("oldest") / "reader", "-modfile=oldest.mod", "-tags=oldest")


def compared(cases: Sequence[Dockerfile], reader: BuildKit, kit: Path, folder: Path, path: str) -> list[str]:
    """The differences, each with its Dockerfile; prints the figures."""
    found, left, refused = [], 0, 0
    for case, ours in zip(cases, read_all(cases, kit, folder / "cases", path), strict=True):
        refused += reader.read(case)[:1] == ["error"]
        left += bool(ours.unread or ours.open)
        if different := reader.difference(case, ours):
            found.append(f"{case}\n{different}\n{ours}")
    print(f"{len(cases)} Dockerfiles, {refused} refused by BuildKit, {left} left open by the kit, {len(found)} differ")
    assert refused < 0.7 * len(cases)
    return found


def left_open(cases: Sequence[Dockerfile], reader: BuildKit, kit: Path, folder: Path) -> list[Dockerfile]:
    """What BuildKit accepts, and the kit has a line of that it cannot read."""
    readings = zip(cases, read_all(cases, kit, folder / "again"), strict=True)
    return [case for case, ours in readings if ours.unread and reader.read(case)[:1] != ["error"]]


def test_records_are_what_buildkit_says(newest: Path):
    """The recorded answers of the fast tests are those of BuildKit's own parser."""
    with buildkit(newest) as reader:
        for name in ("edges.toml", "cases.toml"):
            for case in tomllib.loads((PROGRAM.parent / name).read_text())["case"]:
                given = case.get("arguments", {})
                arguments = given if isinstance(given, dict) else dict(word.split("=", 1) for word in given)
                platforms = tuple(case.get("platforms", ()))
                said = reader.read(Dockerfile(case["text"].encode(), case.get("target", ""), arguments, platforms))
                wanted = [word.replace("syntax ", "syntax\t") for word in case["sources"]]
                assert ["error"] if said[:1] == ["error"] else [w for w in said if "secret\t" not in w] == wanted, case


def test_buildkits_own_tests_are_read_as_buildkit_reads_them(newest: Path, kit: Path, tmp_path: Path):
    """Each string of BuildKit's tests and each Dockerfile in its module gives the same images, frontend and URLs."""
    folder = module(f"github.com/moby/buildkit@{NEWEST}")
    cases = [*snippets(newest, str(folder)), *files(folder)]
    assert len(cases) > 1500
    with buildkit(newest) as reader:
        assert compared(cases, reader, kit, tmp_path, "/usr/bin:/bin") == []
        assert left_open(cases, reader, kit, tmp_path) == []


def test_dockerfiles_of_other_projects_are_read_as_buildkit_reads_them(newest: Path, kit: Path, tmp_path: Path):
    """The Dockerfiles of popular Go modules, for each target and several platforms."""
    names = (PROGRAM.parent / "modules.txt").read_text().split()
    cases = [case for name in names for case in files(module(name))]
    assert len(cases) > 1000
    with buildkit(newest) as reader:
        assert compared(cases, reader, kit, tmp_path, "/usr/bin:/bin") == []
        assert left_open(cases, reader, kit, tmp_path) == []


@pytest.mark.parametrize("awk", AWKS)
def test_generated_dockerfiles_are_read_as_buildkit_reads_them(awk: str, newest: Path, kit: Path, tmp_path: Path):
    """Dockerfiles full of rare forms, with every awk; few of them are left to the builder."""
    cases = generated(AWKS.index(awk), 2000)
    with buildkit(newest) as reader:
        assert compared(cases, reader, kit, tmp_path, path_with(awk, tmp_path)) == []
        assert len(left_open(cases, reader, kit, tmp_path)) < MOST_OPEN * len(cases)


def test_oldest_buildkit_accepts_nothing_that_the_kit_reads_otherwise(oldest: Path, kit: Path, tmp_path: Path):
    """The engine of Docker 24 knows fewer forms; what it accepts, it reads as the kit does, but for the named forms."""
    everything = generated(24, 4000)
    cases = [case for case in everything if not any(re.search(form, case.text.decode()) for form in NAMED)]
    assert 1000 < len(cases) < len(everything)
    with buildkit(oldest) as reader:
        assert compared(cases, reader, kit, tmp_path, "/usr/bin:/bin") == []


def test_woven_dockerfile_has_the_same_instructions_and_lines(newest: Path, kit: Path, tmp_path: Path):
    """BuildKit parses the woven copy as the Dockerfile, but for the kit's flags."""
    folder = module(f"github.com/moby/buildkit@{NEWEST}")
    others = [case for name in (PROGRAM.parent / "modules.txt").read_text().split() for case in files(module(name))]
    texts = {case.text for case in [*snippets(newest, str(folder)), *files(folder), *others, *generated(20, 1500)]}
    cases = [Dockerfile(text) for text in sorted(texts) if b"\0" not in text]
    woven = weave_all(cases, kit, tmp_path / "cases")
    found, flags = [], 0
    with buildkit(newest, "tree") as reader:
        for case, copy in zip(cases, woven, strict=True):
            before, after = reader.read(case), reader.read(copy)
            flags += int(after[-1]) if after[:1] != ["error"] else 0
            if before[:1] != ["error"] and before[:-1] != after[:-1]:
                found.append(f"{case}\n{copy}\n{before}\n{after}")
    assert found == []
    assert flags > 12 * 500
