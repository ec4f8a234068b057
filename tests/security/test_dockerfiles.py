"""What a Dockerfile's author can do to the host that reads it: nothing, in no time, with no question to anybody."""

from __future__ import annotations

import shutil
import subprocess
import time
import tomllib
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from harness.builds.dockerfile_reader import BuildKit, Dockerfile, buildkit, read_all
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "dockerfiles"
CASES: list[dict[str, Any]] = tomllib.loads((FOLDER / "edges.toml").read_text())["case"]
AWKS = [awk for awk in ("mawk", "busybox", "gawk") if shutil.which(awk)]
SLOWER = 12
"""A bomb takes at most so many times as long as a plain Dockerfile, and a second."""


def of(case: dict[str, Any]) -> Dockerfile:
    return Dockerfile(case["text"].encode(), case.get("target", ""), case.get("arguments", {}))


def path_with(awk: str, folder: Path) -> str:
    """A PATH whose awk is this one."""
    found = shutil.which(awk)
    assert found
    (folder / "bin").mkdir()
    (folder / "bin" / "awk").symlink_to(found)
    return f"{folder / 'bin'}:/usr/bin:/bin"


@pytest.mark.parametrize("awk", AWKS)
def test_edges_are_read_as_buildkit_reads_them(awk: str, kit: Path, tmp_path: Path):
    """Each form is the image that BuildKit fetches, or a line that is left to it; never another image."""
    found = read_all([of(case) for case in CASES], kit, tmp_path / "cases", path_with(awk, tmp_path))
    for case, ours in zip(CASES, found, strict=True):
        assert bool(ours.unread) == case.get("unread", False), (case["name"], ours)
        assert ours.agrees(case["sources"]), (case["name"], ours)
        assert case["sources"] != ["error"] or ours.unread or case["name"] in REFUSED_ANYWAY, (case["name"], ours)


FUZZED_S = 90
REFUSED_ANYWAY = {"frontend twice", "copy from a stage called scratch"}
"""What BuildKit refuses, but not for a name."""
BOMBS = {
    "values that grow": "ARG A=x\n" + "ARG A=$A$A$A$A\n" * 30 + "FROM alpine:$A\n",
    "one word": "FROM " + "x" * 600_000 + "\n",
    "variables in a word": "ARG A=y\nFROM " + "$A" * 7000 + "\n",
    "variables in variables": "FROM " + "${a:-" * 3000 + "x" + "}" * 3000 + "\n",
    "patterns": "ARG A=" + "a" * 299 + "\nFROM alpine\n" + "FROM ${A##" + "*a" * 140 + "b}\n" * 40,
    "heredocs in a line": "FROM alpine\nRUN cat " + "<<E " * 4000 + "\n",
    "mounts in a line": "FROM alpine\nRUN " + "--mount=from=a,from=|,id=x " * 500 + "x\n",
    "names that are none": "FROM scratch\n" + "".join(f"COPY --from=x|{n} / /\n" for n in range(3000)),
    "a chain of stages": "FROM x|y AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(500)),
}


@pytest.mark.parametrize("awk", AWKS)
def test_bombs_end_soon_and_name_nothing(awk: str, kit: Path, tmp_path: Path):
    """A Dockerfile that is made to grow is left to the builder about as fast as any is read."""
    path = path_with(awk, tmp_path)
    begun = time.monotonic()
    read_all([Dockerfile(b"FROM alpine\n")], kit, tmp_path / "plain", path)
    plain = time.monotonic() - begun
    for number, (name, text) in enumerate(BOMBS.items()):
        begun = time.monotonic()
        (seen,) = read_all([Dockerfile(text.encode())], kit, tmp_path / str(number), path)
        taken = time.monotonic() - begun
        assert seen.unread, name
        assert taken < SLOWER * plain + 1, (name, taken, plain)


def test_what_is_no_text_is_left_to_the_builder(kit: Path, tmp_path: Path):
    """The implementations of awk read NUL in different ways, so a file with one is not read at all."""
    files = [b"FROM alpine\0\n", b"RUN a \\\0\nFROM alpine\n", b"FROM alpine\n" + b"#" * 9_000_000]
    found = read_all([Dockerfile(file) for file in files], kit, tmp_path / "cases")
    assert [(bool(seen.sources), bool(seen.unread)) for seen in found] == [(False, True)] * 3


def test_ten_thousand_images_are_not_asked_for(kit: Path, tmp_path: Path):
    """A hundred at the most; of the others one line is said."""
    text = "FROM scratch\n" + "".join(f"COPY --from=127.0.0.1:1/x{number} / /\n" for number in range(10_000))
    (seen,) = read_all([Dockerfile(text.encode())], kit, tmp_path / "cases")
    assert len(seen.sources) == 100
    assert seen.unread == ("line 102: more than 100 images",)


def test_login_in_a_name_is_not_shown(kit: Path, tmp_path: Path):
    """A name that is none is shown, but for what may be a password."""
    files = [b"FROM 'user:S3CRET@host/app'\n", b"FROM 'a|b'\n", b"FROM " + b"A" * 900 + b"\n"]
    found = read_all([Dockerfile(file) for file in files], kit, tmp_path / "cases")
    said = "".join(line for seen in found for line in seen.unread)
    assert "S3CRET" not in said
    assert "'a|b'" in said
    assert "900 characters" in said


WORDS = st.sampled_from(
    """alpine busybox:1 a s1 x/y 0 ${A:-busybox} ${B#v}z z${B%.*} ${A:+x}y q$A $A ${B##*.} ${B%%.*} ${A/a/b} ${A//a/b}
    "alpine" 'alpine' al\\pine al`pine scratch A localhost:5000/x MYREG/app x|y a{1,2} ${ ${#A} x-$TARGETARCH é "
    ${B#?} ${B/./-} img$1 ${A^^} index.docker.io/team/x $TARGETSTAGE ${A:-${B:-z}} 01 -1""".split()  # noqa: SIM905
)
VALUES = st.sampled_from(["alpine", "v1.2.3", "", "'a b'", '"c"', "$A", "${B}x", "a\\b", '"\\$A"', "'$A'", "busybox:1"])
HEREDOCS = st.sampled_from(
    [
        "<<EOF",
        "<<-EOF",
        "<< EOF",
        "<<'EOF'",
        "${x^^} <<EOF",
        "it's <<EOF",
        "<<EOF <<E2",
        "<<<EOF",
        "<<$A",
        "${A:-x <<EOF}",
    ]
)
HEAD = st.sampled_from(
    ["# syntax=x:1", "# escape=`", "#!/bin/x", "# foo=bar", " # syntax=x:1", "// syntax=z:1", "# check=skip=all", ""]
)
LINES = st.one_of(
    st.builds("FROM {}".format, WORDS),
    st.builds("FROM {} AS {}".format, WORDS, st.sampled_from(["a", "S1", "scratch", "alpine"])),
    st.builds("ARG {}={}".format, st.sampled_from("ABC"), VALUES),
    st.builds("COPY --from={} / /".format, WORDS),
    st.builds('COPY --chown=1 --from="{}" / /'.format, WORDS),
    st.builds("RUN --mount=type={},target=/x,from={} true".format, st.sampled_from(["bind", "cache", "tmpfs"]), WORDS),
    st.builds("ONBUILD COPY --from={} / /".format, WORDS),
    st.builds("RUN cat {}\n{}\nEOF".format, HEREDOCS, st.sampled_from(["FROM h", "x", "\tEOF", "E2"])),
    st.builds(
        "RUN a {}\n{}".format, st.sampled_from(["\\", "\\\\", "`", "``", "\\ "]), st.sampled_from(["# c", " b", ""])
    ),
    st.sampled_from(["# c", "", "CMD x", "ENV A=1", "ADD https://e.example/f /f", "\tFROM alpine", "FROM\x0calpine\r"]),
)
TEXTS = st.builds(
    lambda *parts: "\n".join(line for part in parts for line in part).encode(),
    st.lists(HEAD, max_size=2),
    st.lists(st.builds("ARG {}={}".format, st.sampled_from("ABC"), VALUES), max_size=2),
    st.lists(st.builds("FROM {}".format, WORDS), min_size=1, max_size=1),
    st.lists(LINES, max_size=4),
)
DOCKERFILES = st.builds(
    Dockerfile,
    TEXTS,
    st.sampled_from(["", "", "a", "S1"]),
    st.dictionaries(
        st.sampled_from("ABC"), st.sampled_from(["alpine", "x\n\nFROM now", "a\\b", "z" * 5000]), max_size=1
    ),
)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program on BuildKit's own parser, compiled."""
    made = tmp_path_factory.mktemp("buildkit") / "reader"
    words = ["go", "build", "-o", str(made), "."]
    result = subprocess.run(words, cwd=FOLDER / "buildkit", capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return made


@pytest.mark.long
@pytest.mark.timeout(900)
def test_edges_are_what_buildkit_says(program: Path):
    with buildkit(program) as reader:
        assert [(case["name"], reader.read(of(case))) for case in CASES] == [(c["name"], c["sources"]) for c in CASES]


def agree(cases: list[Dockerfile], reader: BuildKit, kit: Path, folder: Path, awk: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for case, ours in zip(cases, read_all(cases, kit, folder / "cases", path_with(awk, folder)), strict=True):
        assert ours.agrees(reader.read(case)), (case, ours)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("awk", AWKS)
def test_whatever_is_written_is_read_as_buildkit_reads_it(awk: str, program: Path, kit: Path, tmp_path: Path):
    """Dockerfiles that nobody wrote: no other image than BuildKit finds, and none is left out without a word."""
    until = time.monotonic() + FUZZED_S
    with buildkit(program) as reader:
        for number in count():

            @seed(number)
            @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(st.lists(DOCKERFILES, min_size=20, max_size=40))
            def check(cases: list[Dockerfile]) -> None:
                agree(cases, reader, kit, tmp_path / "drawn", awk)

            check()
            if time.monotonic() > until:
                break
