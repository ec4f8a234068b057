"""The shims of pip, `python -m pip` and uv in a woven step: the tool itself beside them, and a second index."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from harness.builds.sample_sites import recording
from harness.builds.woven_step import MARK, Step
from harness.catalogue.schedule import parse
from harness.machine.lean_python import lean_bin
from harness.machine.run import Result, run
from harness.pytest.pairs import some
from harness.sites.artifacts import Release, noise
from harness.sites.pypi_site import CLASSES, JSON, pypi
from harness.sites.site import Request, Rule, Upstream
from harness.wire.server import Running, serve

Index = Callable[..., Running]
Call = Callable[..., Result]

BIG = Release("hello-seawall", source=f"NOISE = {noise(300_000)!r}\n")


class Needy(Release):
    """A release that depends on a package that nobody has pinned."""

    @property
    def metadata(self) -> bytes:
        """The core metadata, with the dependency."""
        return super().metadata + b"Requires-Dist: hello-seawall\n"


NEEDY = Needy("needs-seawall")
LYING = Release("hello-seawall", source="EVIL = True\n")
PINNED = "hello-seawall==1.0.0"
LOCK = f"{PINNED} --hash=sha256:{BIG.sha256}\n"
TOOLS = {
    "pip": ["pip", "install"],
    "pip3": ["pip3", "--no-color", "install"],
    "python": ["python3", "-X", "dev", "-m", "pip", "install"],
    "uv": ["uv", "--no-cache", "pip", "install"],
    "path": [f"{lean_bin()}/pip", "install"],
}


@pytest.fixture
def index() -> Iterator[Index]:
    """Indexes of a release, each with schedules by path class: `index(file="503x*")`."""
    with ExitStack() as stack:

        def call(release: Release = BIG, **schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            return stack.enter_context(serve(Upstream("pypi", pypi([release]), CLASSES, rules)))

        yield call


@pytest.fixture
def call(step: Step, tmp_path: Path) -> Call:
    """Runs a tool in the step, whose Dockerfile names an index; the build hands others over. Installs into a folder."""
    (tmp_path / "lock.txt").write_text(LOCK)

    def run_it(tool: str, own: Running, others: str, *words: str, woven: bool = True, **more: str) -> Result:
        step.configure(
            SEAWALL_PYPI_INDEXES=f"default {others}".strip(), SEAWALL_STALL="2", SEAWALL_SILENCE="4", SEAWALL_BUDGET="3"
        )
        env = step.environment()
        path = env["PATH"] if woven else env["PATH"].replace(f"{step.place}:", "")
        first, _, rest = path.partition(":")
        env |= {
            "PATH": f"{first}:{lean_bin()}:{rest}",
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_FIND_LINKS": "",
            "PIP_INDEX_URL": f"{own.url}/simple/",
            "UV_DEFAULT_INDEX": f"{own.url}/simple/",
            "PIP_NO_CACHE_DIR": "1",
        }
        # As every woven step has it; pip reads it where no trampoline has come before.
        env |= {"PIP_PYTHON": f"{step.place}/pip-python"} if woven else {}
        target = tmp_path / ("woven" if woven else "plain")
        return run([*TOOLS[tool], "--target", target, *words], env=env | more, cwd=tmp_path)

    return run_it


def classes(step: Step) -> list[str]:
    """The class of each attempt, from the log of the step; each event has the mark of the step."""
    events = [line.removeprefix(f"seawall-event: {MARK} ") for line in step.told().splitlines() if line]
    return [event["class"] for event in map(json.loads, events) if event["event"] == "attempt"]


def text_of(result: Result) -> list[str]:
    """What the tool printed, without figures, paths and the port of the index."""
    text = re.sub(
        r"━+|[0-9.]+ ?(ms|s|kB|MB|MB/s|kB/s)\b|127\.\d+\.\d+\.\d+:\d+|/\S*/(woven|plain)", "*", result.out + result.err
    )
    return text.splitlines()


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode for path in folder.rglob("*") if "pyc" not in path.name}


HEALTHY = {"version": [PINNED], "hash": ["-r", "lock.txt"], "typo": ["no-such-seawall"], "option": ["--no-such-option"]}
QUICK = {"pip-version", "pip-typo", "uv-hash"}
"""The combinations that run by default; all others are long."""


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        pytest.param(tool, words, id=f"{tool}-{name}", marks=[] if f"{tool}-{name}" in QUICK else pytest.mark.long)
        for tool in TOOLS
        for name, words in HEALTHY.items()
    ],
)
def test_healthy_call_is_the_tool(step: Step, call: Call, index: Index, tmp_path: Path, tool: str, words: list[str]):
    """Same output, exit code, requests and files, whether the tool succeeds or fails for its own reasons."""
    own, other = index(), index()
    wanted = call(tool, own, "", *words, woven=False)
    asked, _ = list(own.paths), own.journal.clear()
    seen = call(tool, own, f"{other.url}/simple/", *words)
    assert seen.rc == wanted.rc, repr(seen)
    if seen.rc == 0:
        assert text_of(seen) == text_of(wanted)
        assert (own.paths, other.paths, classes(step)) == (asked, [], [""])
        assert files(tmp_path / "woven") == files(tmp_path / "plain")
    else:
        assert (classes(step)[1:], other.paths) == ([], []), repr(seen)


FAULTS = {
    "dead": ({"index": "503x*"}, "http-5xx"),
    "reset": ({"index": "rstx*"}, "connection-reset"),
    "silent": ({"index": "stall x*"}, "timeout"),
    "half": ({"file": "stall@100000x*"}, "timeout"),
    "page": ({"index": "htmlx*"}, "html-instead-of-json"),
}


QUICK_FAULTS = {"pip-version-dead", "pip-hash-silent", "python-hash-dead", "uv-version-dead", "path-version-dead"}


@pytest.mark.parametrize(
    ("tool", "words", "fault"),
    [
        pytest.param(tool, HEALTHY[by], fault, id=name, marks=[] if name in QUICK_FAULTS else pytest.mark.long)
        for tool in ("pip", "python", "uv", "path")
        for by in ("version", "hash")
        for fault in FAULTS
        for name in [f"{tool}-{by}-{fault}"]
    ],
)
def test_second_index_serves_where_the_own_one_fails(step, call: Call, index: Index, tmp_path, tool, words, fault):
    """Names held by == or hashes come from the next index if the one of the Dockerfile is dead, silent or stalls. No
    temporary file of an attempt that was ended stays in the layer.
    """
    rules, name = FAULTS[fault]
    bad, good = index(**rules), index()
    (temporary := tmp_path / "temporary").mkdir()
    done = call(tool, bad, f"{good.url}/simple/", *words, TMPDIR=str(temporary))
    assert list(temporary.iterdir()) == [], repr(done)
    assert (done.rc, classes(step)[0], classes(step)[-1]) == (0, name, ""), repr(done)
    assert [entry for entry in good.journal if entry.path_class == "file"]


@pytest.mark.parametrize(
    "words", [["wheel", "-qw", "out"], ["download", "--dest", "out"], ["-q", "wheel", "--wheel-dir=out"]], ids=" ".join
)
def test_second_index_serves_downloads_and_wheels(step: Step, index: Index, tmp_path: Path, words: list[str]):
    """`pip download` and `pip wheel` have no dry run: the one of `pip install` says whether versions pin all."""
    bad, good = index(index="503x*"), index()
    step.configure(SEAWALL_PYPI_INDEXES=f"default {good.url}/simple/")
    env = step.environment(PIP_CONFIG_FILE="/dev/null", PIP_FIND_LINKS="", PIP_INDEX_URL=f"{bad.url}/simple/")
    done = run(["pip", *words, PINNED], env=env, cwd=tmp_path)
    assert [entry.path_class for entry in good.journal if entry.path_class == "file"], repr(done)
    assert (done.rc, [path.suffix for path in (tmp_path / "out").iterdir()]) == (0, [".whl"]), repr(done)


@pytest.mark.parametrize(
    "start",
    [["pip", "install", "-q"], ["pip", "--quiet", "install"], ["pip", "wheel"], ["uv", "pip", "install", "-q"]],
    ids=" ".join,
)
def test_dependency_without_a_version_stays_on_the_own_index(step: Step, index: Index, tmp_path: Path, start):
    """Another index may have another package under the name of a dependency, however little the tool prints."""
    bad = index(index="503x*")
    with serve(Upstream("pypi", pypi([BIG, NEEDY]), CLASSES, ())) as good:
        step.configure(SEAWALL_PYPI_INDEXES=f"default {good.url}/simple/")
        env = step.environment(PIP_CONFIG_FILE="/dev/null", PIP_FIND_LINKS="", PIP_INDEX_URL=f"{bad.url}/simple/")
        env |= {"UV_DEFAULT_INDEX": f"{bad.url}/simple/"}
        place = ["--target", "t"] if "install" in start else []
        done = run([*start, *place, "needs-seawall==1.0.0"], env=env, cwd=tmp_path)
    assert done.rc != 0, repr(done)
    assert [path.name for path in tmp_path.rglob("*seawall*") if path.suffix in (".py", ".whl")] == []


CONSTRAINTS = {
    f"{tool}-{name}": (tool, names)
    for tool in ("pip", "uv")
    for name, names in {"all": ("Needs.Seawall", "hello-seawall"), "some": ("needs-seawall",)}.items()
}


@pytest.mark.parametrize("pins", some(CONSTRAINTS, "pip-all", "uv-some"))
def test_constraints_file_pins_names_and_dependencies(step: Step, call: Call, index: Index, tmp_path: Path, pins: str):
    """`pip install -c pins.txt NAME`: the next index serves what the file pins; a dependency without a pin stays."""
    tool, names = CONSTRAINTS[pins]
    (tmp_path / "pins.txt").write_text("".join(f"{name}==1.0.0\n" for name in names))
    words = ("-c", "pins.txt", "needs_seawall")
    with serve(Upstream("pypi", pypi([BIG, NEEDY]), CLASSES, ())) as good:
        own = index(index="503x*")
        assert call(tool, own, "", *words, woven=False).rc != 0
        done = call(tool, own, f"{good.url}/simple/", *words)
        served = [entry.path_class for entry in good.journal]
    assert (done.rc == 0) == (len(names) == 2), repr(done)
    assert len(names) == 1 or served.count("file") >= 2, served
    assert (tmp_path / "woven" / "hello_seawall.py").exists() == (len(names) == 2)


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_lying_index_is_not_believed(step: Step, call: Call, index: Index, tool: str):
    """Hashes stay in force: other bytes are an integrity failure, and the next index serves the right ones."""
    done = call(tool, index(LYING), f"{index().url}/simple/", "-r", "lock.txt")
    assert (done.rc, classes(step)) == (0, ["integrity", ""]), repr(done)


def test_bare_name_comes_from_the_own_index_only(step: Step, call: Call, index: Index):
    """Another index may have another package under the same name; the code is that of pip, the class in the event."""
    bad, good = index(index="503x*"), index()
    done = call("pip", bad, f"{good.url}/simple/", "hello-seawall")
    assert (done.rc, good.paths, classes(step)[0]) == (1, [], "http-5xx"), repr(done)
    assert '"event":"failure"' in step.told()
    assert '"exit":1' in step.told().splitlines()[-1]


def test_requirements_on_stdin_reach_each_attempt(step: Step, call: Call, index: Index, tmp_path: Path):
    """What a pipe says once is said to both indexes."""
    bad, good = index(index="503x*"), index()
    (tmp_path / "pipe.sh").write_text('printf "%s" "$1" | exec pip install --target t -r /dev/stdin\n')
    step.configure(SEAWALL_PYPI_INDEXES=f"default {good.url}/simple/")
    env = step.environment(PIP_CONFIG_FILE="/dev/null", PIP_FIND_LINKS="", PIP_INDEX_URL=f"{bad.url}/simple/")
    done = run(["sh", "pipe.sh", LOCK], env=env, cwd=tmp_path)
    asked = [path for path in bad.paths if "hello" in path]
    assert (done.rc, len(asked), (tmp_path / "t").is_dir()) == (0, 1, True), repr(done)


OLD = "pip-22.2.2-py3-none-any.whl"


@pytest.fixture(scope="module")
def old_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pip from before PIP_PYTHON, as a program."""
    site = recording("pypi")
    page = json.loads(site(Request("GET", "/simple/pip/", {"accept": JSON})).body)
    (url,) = (file["url"] for file in page["files"] if file["filename"] == OLD)
    wheel = tmp_path_factory.mktemp("old") / OLD
    wheel.write_bytes(site(Request("GET", urlsplit(url).path)).body)
    program = wheel.with_name("pip")
    program.write_text(f'#!/bin/sh\nexec python3 {wheel}/pip "$@"\n')
    program.chmod(0o755)
    return program


@pytest.mark.long
def test_pip_without_a_variable_for_its_python_is_itself(
    step: Step, call: Call, index: Index, old_pip: Path, tmp_path, monkeypatch
):
    """Pip 22.2 does not read PIP_PYTHON: called by its path it is the plain pip; in PATH it gets the next index."""
    monkeypatch.setitem(TOOLS, "old", [str(old_pip), "install"])
    own, bad, good = index(), index(index="503x*"), index()
    by_path = call("old", own, f"{good.url}/simple/", PINNED)
    assert (by_path.rc, good.paths, step.told()) == (0, [], ""), repr(by_path)
    assert (tmp_path / "woven/hello_seawall.py").exists()
    (step.bin / "pip").symlink_to(old_pip)
    path = {"PATH": f"{step.place}:{step.bin}:{lean_bin()}:{step.environment()['PATH']}"}
    for words in (["-r", "lock.txt"], [PINNED]):
        found = call("pip", bad, f"{good.url}/simple/", "--upgrade", *words, **path)
        assert found.rc == 0, repr(found)
        assert [entry.path_class for entry in good.journal].count("file") >= 1
        good.journal.clear()
