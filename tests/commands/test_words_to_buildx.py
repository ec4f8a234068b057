"""docker-build.sh with a fake buildx: words, stdin and files of the call reach it to the byte, in every attempt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.machine.run import clean_environment

FAKE_DOCKER = r"""#!/bin/sh
[ "$1 $2" = 'buildx build' ] || { printf '%s %s\n' "$(wc -c)" "$*" >>"$FAKE/others"; printf '28.0.0\n'; exit 0; }
n=1
while [ -e "$FAKE/$n.words" ]; do n=$((n + 1)); done
printf '%s\0' "$@" >"$FAKE/$n.words"
m=0 metadata='' wants=yes before=''
for word in "$@"; do
    file=''
    case $before$word in
        -f-* | --file-*) ;;
        -f/* | --file/*) file=$word ;;
        -f/*) file=${word#-f} ;;
        *src=* | *source=*) file=${word##*src=} file=${file##*source=} file=${file%%,*} ;;
        --metadata-file*) metadata=$word ;;
    esac
    [ "$file" != /dev/stdin ] || wants=no
    [ ! -e "$file" ] || { m=$((m + 1)) && cat "$file" >"$FAKE/$n.file.$m"; }
    before=$word
done
[ "$wants" = no ] || cat >"$FAKE/$n.stdin"
[ "$n" -le "$FAILURES" ] || { printf '{}\n' >"${metadata:-/dev/null}" && exit 0; }
printf 'ERROR: failed to solve: alpine: dial tcp 192.0.2.1:443: i/o timeout\n' >&2
exit 1
"""
DOCKERFILE = b"FROM scratch\nCOPY x /\n"


@dataclass(frozen=True)
class Build:
    """What the caller saw, and what buildx got in each attempt."""

    rc: int
    err: str
    folder: Path

    def _noted(self, what: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob(f"*.{what}"))]

    @property
    def words(self) -> list[list[str]]:
        return [text.decode().split("\0")[2:-1] for text in self._noted("words")]

    @property
    def stdin(self) -> list[bytes]:
        return self._noted("stdin")

    def files(self, number: int) -> list[bytes]:
        return self._noted(f"file.{number}")

    @property
    def others(self) -> list[str]:
        path = self.folder / "others"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def build(kit: Path, tmp_path: Path):
    """Runs docker-build.sh: by words, or by a line of bash (for descriptors) in which "$0" is the command."""
    (folder := tmp_path / "noted").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(FAKE_DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    (tmp_path / "context").mkdir()
    (tmp_path / "context/Dockerfile").write_bytes(DOCKERFILE)
    (tmp_path / "Dockerfile").write_bytes(DOCKERFILE)

    def call(*words: str, stdin: bytes = b"", line: str = "", failures: int = 0, kit: Path = kit, **settings: str):
        env = clean_environment(tmp_path) | {
            "FAKE": str(folder), "FAILURES": str(failures), "SEAWALL_STATE": str(tmp_path / "state"),
            "SEAWALL_CONF": "/dev/null", "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(tmp_path),
        } | settings  # fmt: skip
        command = str(kit / "docker-build.sh")
        argv = ["bash", "-c", line, command] if line else [command, *words]
        done = subprocess.run(argv, input=stdin, cwd=tmp_path, env=env, capture_output=True, check=False, timeout=120)
        assert not list(tmp_path.glob("seawall.*")), "a folder with the input of the build is left"
        return Build(done.returncode, done.stderr.decode(), folder)

    return call


ODD = [
    "--build-arg", "X=a\nb\n", "--build-arg", "X=", "--build-arg=Y='\"$(touch pwned)`id`", "--label", "", "--label",
    "a=-", "--tag", "-odd", "-tx:1", "-t=y:1", "--annotation", "\\n\t*", "--no-cache-filter=",
    "--label=l=two  blanks ", "--quiet",
]  # fmt: skip


def test_words_reach_buildx_to_the_byte_in_every_attempt(build, tmp_path):
    """Line ends, empty values, quotes and values that begin with a dash are what the caller wrote, and come first."""
    result = build(*ODD, "context", failures=1)
    assert [words[: len(ODD) + 1] for words in result.words] == [[*ODD, "context"]] * 2, result.err
    assert all(word == "--metadata-file" for words in result.words for word in words[len(ODD) + 1 : -1])
    assert result.rc == 0
    assert not (tmp_path / "pwned").exists()


def test_words_of_the_kit_stand_before_two_dashes_of_the_caller(build):
    """`-- CONTEXT` is buildx's own: what stands behind it would be taken for a second context."""
    result = build("--", "--tag", "a", "--", "context")
    assert [words[:2] + words[-2:] for words in result.words] == [["--tag", "a", "--", "context"]], result.err
    assert "--metadata-file" in result.words[0]
    assert result.rc == 0


def test_two_dashes_without_options_of_the_kit_are_those_of_buildx(build):
    """`docker-build.sh --tag a -- context` is the call of buildx with these words."""
    result = build("--tag", "a", "--", "context")
    assert [words[:2] + words[-2:] for words in result.words] == [["--tag", "a", "--", "context"]], result.err
    assert result.rc == 0


@pytest.mark.parametrize(
    "call", ["--check", "--call=check,format=json", "--call=outline", "--call=targets", "--print=targets"]
)
def test_call_that_builds_nothing_gets_no_words(build, tmp_path, call):
    """Caches stay as they are, and neither label nor metadata nor report are added."""
    words = ["--cache-from", "127.0.0.1:9/c:1", "-t", "x", call, "context"]
    result = build(*words, SEAWALL_CACHE_REF="127.0.0.1:9/c:1")
    assert result.words == [words], result.err
    assert not (tmp_path / "state/report.json").exists()
    assert result.rc == 0


def test_help_is_that_of_buildx(build):
    """--help anywhere in the call: nothing is asked before."""
    result = build("--tag", "a", "context", "--help")
    assert (result.words, result.rc) == ([["--tag", "a", "context", "--help"]], 0), result.err


def test_flags_of_docker_are_those_of_each_call(build, tmp_path):
    """What the plugin cannot hand over as a variable stands before `buildx` in each call of docker."""
    (tmp_path / "bin/docker").rename(tmp_path / "bin/fake")
    (tmp_path / "bin/docker").write_text('#!/bin/sh\n[ "$1" = "--tlskey=it\'s" ] || exit 99\nshift\nexec fake "$@"\n')
    (tmp_path / "bin/docker").chmod(0o755)
    result = build("--docker-flag", "--tlskey=it's", "--", "context")
    assert ([words[0] for words in result.words], result.rc) == (["context"], 0), result.err


def test_caches_of_the_caller_are_left_out_and_nothing_else(build):
    """A cache that does not answer goes, with its value; a word that only looks like one stays."""
    result = build("--cache-from", "type=gha", "--label", "--cache-from", "--build-arg", "A=\n--cache-to", "context")
    wanted = ["--label", "--cache-from", "--build-arg", "A=\n--cache-to", "context", "--metadata-file"]
    assert [words[:-1] for words in result.words] == [wanted], result.err


SAME_TWICE = {
    "context": (["-"], os.urandom(70_000), ["-"]),
    "dockerfile": (["-f", "-", "context"], DOCKERFILE, ["-f", "-", "context"]),
    "dockerfile in one word": (["-f-", "context"], DOCKERFILE, ["-f-", "context"]),
    "nothing": (["context"], b"not for the build", ["context"]),
}


@pytest.mark.parametrize(("words", "stdin", "wanted"), SAME_TWICE.values(), ids=SAME_TWICE)
def test_stdin_reaches_each_attempt(build, words, stdin, wanted):
    """Only a build that names stdin reads it; then every attempt reads the same."""
    result = build(*words, stdin=stdin, failures=1)
    assert [words[: len(wanted)] for words in result.words] == [wanted] * 2, result.err
    assert result.stdin == [stdin if "-" in "".join(words) else b""] * 2


def test_stdin_as_a_file_reaches_each_attempt(build):
    """/dev/stdin keeps its name: it is the stdin that was kept."""
    result = build("--file", "/dev/stdin", "context", stdin=DOCKERFILE, failures=1)
    assert [words[:3] for words in result.words] == [["--file", "/dev/stdin", "context"]] * 2, result.err
    assert result.files(1) == [DOCKERFILE] * 2


DESCRIPTORS = """
mkfifo fifo && printf 'in a fifo' >fifo &
while [ ! -p fifo ]; do :; done
exec 3< <(printf 'three') 4<Dockerfile 5<Dockerfile 6<Dockerfile 7<Dockerfile 8<Dockerfile 9<Dockerfile
"$0" -f <(cat Dockerfile) --secret id=a,src=/dev/fd/3 --secret=id=b,source=/proc/self/fd/3 \\
    --secret id=c,src=/dev/fd/7 --secret '"id=d","src=fifo"' --secret id=e,src=<(printf '%1000s' x) \\
    --secret id=f,src=/dev/fd/4 --secret id=g,src=/dev/fd/5 --secret id=h,src=/dev/fd/6 --secret id=i,src=/dev/fd/8 \\
    --secret id=j,src=/dev/fd/9 -qt x context </dev/null
"""


def test_pipes_and_descriptors_reach_each_attempt(build):
    """Process substitution, a FIFO and a pipe can be read only once: the second attempt gets the same bytes."""
    result = build(line=DESCRIPTORS, failures=1)
    assert len(result.words) == 2, result.err
    assert result.files(1) == [DOCKERFILE] * 2
    assert result.files(2) == [b"three"] * 2
    assert result.files(4) == [DOCKERFILE] * 2
    assert result.files(5) == [b"in a fifo"] * 2
    assert result.files(6) == [b"%1000s" % b"x"] * 2
    assert [result.files(number) for number in range(7, 12)] == [[DOCKERFILE] * 2] * 5
    assert result.words[0][0] == "-f"
    assert "--secret id=c,src=/dev/fd/7" in " ".join(result.words[0]), "a file that can be read again keeps its name"
    assert result.rc == 0


def test_dockerfile_of_a_pipe_is_read_before_the_build(build, tmp_path):
    """Its base images are protected as those of a file are."""
    result = build(line='"$0" -f <(printf "FROM 127.0.0.1:9/base:1\\n") context')
    report = json.loads((tmp_path / "state/report.json").read_text())
    assert [base["image"] for base in report["bases"]] == ["127.0.0.1:9/base:1"], result.err


@pytest.fixture
def small(kit: Path, tmp_path: Path) -> Path:
    """A kit that keeps 100,000 bytes of stdin, and 1000 of a file."""
    shutil.copytree(kit, tmp_path / "kit", symlinks=True)
    for name, most in (("stdin", ("268435456", "100000")), ("read-once", ("16777216", "1000"))):
        path = tmp_path / f"kit/lib/host/call/{name}.sh"
        assert most[0] in path.read_text()
        path.write_text(path.read_text().replace(*most))
    return tmp_path / "kit"


ASKING = ("--cache-from", "127.0.0.1:9/c:1")


def test_context_that_is_too_large_to_keep_arrives_whole(build, small):
    """What is asked before the build (builders, caches) reads nothing of it, and the build runs once."""
    context = os.urandom(300_000)
    result = build(
        *ASKING, "-", stdin=context, failures=1, kit=small, SEAWALL_BUILDERS="one two", SEAWALL_DEADLINE="60"
    )
    assert result.stdin == [context], result.err
    assert [line for line in result.others if not line.startswith("0 ")] == []
    assert [line for line in result.others if "buildx inspect" in line]
    assert (result.rc, "larger than 100000 bytes" in result.err) == (75, True)


def test_secret_that_is_too_large_to_keep_arrives_whole(build, small):
    """The build runs once, for nobody could read the rest of the pipe again."""
    line = '"$0" --secret id=a,src=<(head -c 200000 /dev/zero) context'
    result = build(line=line, failures=1, kit=small)
    assert result.files(1) == [bytes(200_000)], result.err
    assert (result.rc, result.err.count("larger than 1000 bytes")) == (75, 1)
