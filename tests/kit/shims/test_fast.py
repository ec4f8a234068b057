"""scripts/build-kit.sh and scripts/shims: one file for every shell, the real tool where there is nothing to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.builds.woven_step import Step
from harness.machine.run import run
from harness.machine.shells import Shell

ROOMS = "base attempt verdict ladder fetch shims"
MOST_BYTES = 500 * 1024


@pytest.fixture(scope="module")
def built(kit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit as one file."""
    file = tmp_path_factory.mktemp("kit") / "kit"
    done = run([kit / "build-kit.sh", file])
    assert (done.rc, done.out, done.err) == (0, "", ""), repr(done)
    return file


def test_kit_fits_into_a_secret_and_is_the_same_each_time(built: Path, kit: Path, tmp_path: Path):
    """BuildKit refuses a secret of more than 500 KiB; other bytes would be another kit."""
    assert built.stat().st_size <= MOST_BYTES
    assert run([kit / "build-kit.sh", tmp_path / "again"]).rc == 0
    assert (tmp_path / "again").read_bytes() == built.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


@pytest.mark.parametrize(
    ("words", "code"),
    [([], 64), (["-x"], 64), (["a", "b"], 64), (["no/such/folder/kit"], 73)],
    ids=["none", "option", "two", "folder"],
)
def test_bad_call_is_one_line(kit: Path, tmp_path: Path, words: list[str], code: int):
    """A wrong call ends with its own code and one line, and writes nothing."""
    done = run([kit / "build-kit.sh", *words], cwd=tmp_path)
    assert (done.rc, done.err.count("\n"), list(tmp_path.iterdir())) == (code, 1, []), repr(done)


def test_kit_holds_the_rooms_as_they_are(built: Path, kit: Path):
    """Comments are stripped, and nothing else: bash prints the same functions and values for the rooms and the kit."""
    own = "BASH|_=|SHLVL|PPID|FUNCNAME|SEAWALL_LIB|PIPESTATUS"
    show = f'declare -f; declare -p | grep -v -E "^declare -[a-z-]+ ({own})"'
    env = {"PATH": os.environ["PATH"], "SEAWALL_LIB": str(kit / "lib")}
    text = built.read_text().split('shims_main "$@"\nexit 70\n')[0].replace('fast_start "$@"\n', "")
    rooms = f'set -f; . "$SEAWALL_LIB/load.sh"; load {ROOMS}; set -f -eu; unset -f load; {show}'
    loaded, ours = (
        subprocess.run(["bash"], input=script, env=env, capture_output=True, text=True, check=True).stdout
        for script in (rooms, f"{text}{show}")
    )
    assert "shims_main" in loaded
    assert ours == loaded


def test_files_of_the_rooms_come_out_as_they_are(step: Step, tool: Callable[..., Path], kit: Path, shell: Shell):
    """What the rooms read is written to the scratch folder byte for byte, from a file that cannot be changed."""
    step.kit.write_text(step.kit.read_text().replace('shims_main "$@"', 'shims_files "$@"').replace("exit 70", ""))
    text, mark, rest = step.kit.read_text().partition('shims_files "$@"\n')
    step.kit.write_text(f"{text}SHIMS_FILE=$0 SCRATCH={step.folder}; shims__unpack; exit\n{rest}")
    assert mark
    step.kit.chmod(0o444)
    tool("npm")
    done = step.call("npm", "ci", shell=shell)
    assert (done.rc, done.out, done.err) == (0, "", ""), repr(done)
    files = [path for path in (step.folder / "lib").rglob("*") if path.is_file()]
    assert {"rules.tsv", "classify.awk", "redact.sed", "http-client.py", "watch.sh"} <= {path.name for path in files}
    for path in files:
        source = (kit / "lib" / path.relative_to(step.folder / "lib")).read_text()
        # Paths of the step stand for /run/seawall.
        assert path.read_text() == source.replace("/run/seawall", step.place), path


def test_trampolines_are_frozen(kit: Path):
    """All have the same bytes: their folder is in the cache key of every woven step."""
    files = sorted((kit / "shims").iterdir())
    wanted = (
        "apk apt apt-get bundle busybox cargo composer curl dnf dotnet gem git go gradle microdnf mvn npm npx pip"
        " pip-python pip3 pnpm poetry python python3 uv wget yarn"
    )
    assert [file.name for file in files] == wanted.split()
    assert {file.stat().st_mode & 0o777 for file in files} == {0o755}
    assert {file.read_text() for file in files} == {
        '#!/bin/sh\n[ ! -r /run/seawall.kit ] || exec sh /run/seawall.kit "${0##*/}" "$@"\n'
        "PATH=$PATH: && PATH=${PATH%%/run/seawall:*}${PATH#*/run/seawall:} && PATH=${PATH%:} &&"
        ' exec "${0##*/}" "$@"\n'
    }


@pytest.mark.parametrize("place", ["first", "middle", "last", "twice"])
def test_without_a_kit_a_trampoline_is_the_tool(step: Step, tool, shell: Shell, place: str):
    """A step whose kit was not handed over runs the real tools, wherever PATH has the trampolines."""
    file = tool("cargo")
    step.kit.unlink()
    behind = f"{step.bin}:{os.environ['PATH']}"
    path = {
        "first": f"{step.place}:{behind}", "middle": f"/none:{step.place}:{behind}", "last": f"{behind}:{step.place}",
        "twice": f"{step.place}:{step.place}:{behind}:{step.place}",
    }[place]  # fmt: skip
    done = step.call("cargo", "a b", "", "-c", shell=shell, env={"PATH": path})
    assert (done.rc, done.out, done.err) == (0, f"<{file}><a b><><-c>", ""), repr(done)


def test_tool_that_the_image_lacks_is_not_found(step: Step, shell: Shell):
    """As in a plain step: 127, one line, with a kit and without."""
    done = step.call("microdnf", shell=shell)
    assert (done.rc, done.out, done.err) == (127, "", "microdnf: not found\n"), repr(done)
    step.kit.unlink()
    done = step.call("microdnf", shell=shell)
    assert (done.rc, done.out) == (127, ""), repr(done)


def test_first_call_leaves_out_tools_that_the_image_lacks(step: Step, tool, shell: Shell):
    """`command -v` behind any call of a tool tells the truth; a tool that the step calls, and may install, stays."""
    tool("uv")
    missing = "microdnf"
    assert not shutil.which(missing)
    (step.trampolines / ".new").write_text("poetry dotnet\n")
    assert step.call("uv", "--version", shell=shell).rc == 0
    left = {file.name for file in step.trampolines.iterdir()}
    assert {missing, ".new"} & left == set()
    assert {"uv", "pip-python", "poetry", "dotnet"} <= left
    step.call("uv", "--version", shell=shell)
    assert {file.name for file in step.trampolines.iterdir()} == left


NOTHING_TO_DO = [
    "pip --version", "pip list", "go version", "go env GOPROXY", "go fmt ./...", "python script.py", "python -c 1",
    "python -m venv /v", "python -Wd -X dev -I script.py -m pip install x", "python3", "uv --version", "apk info",
    "apt-get clean", "apt-get purge -y x", "git status", "git commit -m x", "curl", "wget",
]  # fmt: skip


def test_call_without_work_becomes_the_tool_before_the_kit_is_read(step: Step, tool, shell: Shell):
    """The fast path reads no more than the head of the kit: what stands behind it is not even shell code."""
    head, _, _ = step.kit.read_text().partition("set -eu\n")
    step.kit.write_text(f"{head}then ) fi\n" * 2)
    for line in NOTHING_TO_DO:
        name, *words = line.split(" ")
        file = tool(name)
        done = step.call(name, *words, shell=shell)
        assert (done.rc, done.out, done.err) == (0, "".join(f"<{w}>" for w in (file, *words)), ""), (line, done)


WORK = [
    "pip install x", "pip3 -q download x", "python -m pip install x", "python3 -mpip install x",
    "python -Im pip install x", "python -X dev -W ignore -m pip install x", "go build", "go -C x mod download",
    "uv pip install x", "uv sync", "apt-get update", "apt -y install x", "apk add x", "git clone x", "npm ci", "curl x",
]  # fmt: skip


def test_call_that_may_download_reaches_the_shims(step: Step, tool, shell: Shell):
    """The kit takes over where a download is possible, and only in a step with settings."""
    head, _, _ = step.kit.read_text().partition("set -eu\n")
    step.kit.write_text(f'{head}printf "%s " shims "$@"\n')
    for line in WORK:
        name, *words = line.split(" ")
        tool(name)
        assert step.call(name, *words, shell=shell).out == f"shims {line} ", line
    Path(f"{step.place}.conf").unlink()
    assert step.call("pip", "install", shell=shell).out == f"<{step.bin}/pip><install>"


def test_fast_path_starts_one_process(step: Step, tool):
    """Trampoline, kit and tool are one process: nothing is forked on the way."""
    tool("python3", 'printf "%s" "$$"')
    with subprocess.Popen(
        [f"{step.place}/python3", "x.py"], env=step.environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.communicate()[0] == str(process.pid)
