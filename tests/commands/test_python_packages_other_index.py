"""scripts/stage/python-packages.sh: what another index may serve, inputs that can be read once, and mistakes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.lean_python import lean_bin
from harness.machine.run import Result, clean_environment, run
from harness.pytest.pairs import pairs
from harness.sites.artifacts import Release
from harness.sites.pypi_site import CLASSES, pypi
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

GOOD = Release("hello-seawall")
LOCK = f"hello-seawall==1.0.0 --hash=sha256:{GOOD.sha256}\n"
DOWN = "503x*"
TOOLS = ["pip", "uv"]


class Depending(Release):
    """A release that depends on a package that nobody has pinned."""

    @property
    def metadata(self) -> bytes:
        return super().metadata + b"Requires-Dist: other-dep\n"


PARENT, OTHER = Depending("with-dep"), Release("other-dep")
Call = Callable[..., Result]
Index = Callable[..., Running]


@pytest.fixture
def index() -> Iterator[Index]:
    """Indexes of some releases; `fault` is the schedule of every request."""
    with ExitStack() as stack:

        def call(*releases: Release, fault: str = "ok") -> Running:
            return stack.enter_context(serve(Upstream("pypi", pypi(releases), CLASSES, (Rule(parse(fault)),))))

        yield call


@pytest.fixture
def uv_only(tmp_path: Path) -> str:
    """A PATH with uv and Python and without pip."""
    folder = tmp_path / "bin"
    folder.mkdir()
    tools = [*(lean_bin() / name for name in ("uv", "python3")), *Path("/usr/bin").iterdir()]
    for tool in tools:
        if not tool.name.startswith("pip") and not (folder / tool.name).exists():
            (folder / tool.name).symlink_to(tool)
    return str(folder)


@pytest.fixture
def install(kit: Path, tmp_path: Path, uv_only: str) -> Call:
    """Runs the command with pip or uv into a new folder; `stdin` reaches it as in a pipe."""

    def call(tool: str, indexes: list[Running], *words: str, stdin: str = "", shell: str = "", **more: str) -> Result:
        path = f"{lean_bin()}:{clean_environment()['PATH']}"
        env = clean_environment(tmp_path) | {
            "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "PATH": path if tool == "pip" else uv_only,
            "SEAWALL_PYPI_INDEXES": "\n".join(f"{one.url}/simple/" for one in indexes),
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_SEED": "84", "SEAWALL_BUDGET": "1",
        }  # fmt: skip
        command = [str(kit / "stage" / "python-packages.sh"), "--target", str(tmp_path / "kit"), "--upgrade", *words]
        return run(["bash", "-c", shell, *command] if shell else command, env=env | more, stdin=stdin, cwd=tmp_path)

    return call


def modules(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "kit").glob("*.py"))


INPUTS = {
    "stdin": ["-r", "/dev/stdin"], "descriptor": ["--requirement=/dev/fd/0"], "glued": ["-r/proc/self/fd/0"],
    "nested": ["-r", "outer.txt"],
}  # fmt: skip


@pytest.mark.parametrize(("words", "tool"), pairs(INPUTS, TOOLS))
def test_requirements_on_stdin_reach_every_attempt(install: Call, index: Index, tmp_path: Path, tool, words):
    """`poetry export | python-packages.sh -r /dev/stdin` installs, also from the second index."""
    (tmp_path / "outer.txt").write_text("-r /dev/stdin\n")
    down, good = index(GOOD, fault=DOWN), index(GOOD)
    result = install(tool, [down, good], "--require-hashes", *words, stdin=LOCK)
    assert (result.rc, modules(tmp_path)) == (0, ["hello_seawall.py"]), repr(result)


def test_process_substitution_and_dash_of_uv_reach_every_attempt(install: Call, index: Index, tmp_path: Path):
    """`-r <(...)`, a FIFO and `uv -r -` are read once and serve an index that fails and the next one."""
    (tmp_path / "lock.txt").write_text(LOCK)
    substituted = '"$0" "$@" -r <(cat lock.txt)'
    fifo = 'mkfifo pipe; cat lock.txt >pipe & "$0" "$@" -c pipe -r lock.txt'
    for tool, shell, words in (
        ("pip", substituted, []),
        ("uv", substituted, []),
        ("pip", fifo, []),
        ("uv", "", ["-r", "-"]),
    ):
        down, good = index(GOOD, fault=DOWN), index(GOOD)
        result = install(tool, [down, good], "--require-hashes", *words, shell=shell, stdin=LOCK)
        assert (result.rc, modules(tmp_path)) == (0, ["hello_seawall.py"]), (tool, shell, repr(result))
        shutil.rmtree(tmp_path / "kit")


@pytest.mark.parametrize(("pipe", "tool"), pairs({"fifo": "fifo", "substitution": "substitution"}, TOOLS))
def test_pipe_in_a_file_is_read_by_one_attempt(install: Call, index: Index, tmp_path: Path, tool, pipe):
    """A requirements file that names a pipe: the tool installs its content; while the index is down, no second attempt
    reads the empty pipe and ends with 0 and nothing installed.
    """
    (tmp_path / "lock.txt").write_text(LOCK)
    (tmp_path / "outer.txt").write_text("-r pipe\n")
    shell = 'mkfifo -m 600 pipe 2>/dev/null; cat lock.txt >pipe & "$0" "$@"; s=$?; kill $!; rm pipe; exit $s'
    if pipe == "substitution":
        shell = 'exec 5< <(cat lock.txt); ln -s /dev/fd/5 pipe; "$0" "$@"; s=$?; rm pipe; exit $s'
    healthy = install(tool, [index(GOOD)], "-r", "outer.txt", shell=shell)
    assert (healthy.rc, modules(tmp_path)) == (0, ["hello_seawall.py"]), repr(healthy)
    shutil.rmtree(tmp_path / "kit")
    down = index(GOOD, fault="503x*")
    result = install(tool, [down], "-r", "outer.txt", shell=shell, SEAWALL_LAST_GOOD=str(tmp_path / "kept"))
    assert (result.rc, modules(tmp_path)) == (75, []), repr(result)
    assert result.err.count("wanted files, saw the pipe") == 1, repr(result)


@pytest.mark.parametrize(("status", "tool"), pairs({"401": 401, "403": 403, "404": 404, "451": 451}, TOOLS))
def test_answer_of_one_index_is_not_the_last_word_with_hashes(install: Call, index: Index, tmp_path, tool, status):
    """An index that refuses or lacks everything is followed by the next one, because a hash decides about the bytes."""
    refusing, good = index(GOOD, fault=f"{status}x*"), index(GOOD)
    result = install(tool, [refusing, good], "--require-hashes", "-r", "/dev/stdin", stdin=LOCK)
    assert (result.rc, modules(tmp_path)) == (0, ["hello_seawall.py"]), repr(result)


@pytest.mark.parametrize(
    ("first", "second", "code"), [("404x*", "404x*", 69), ("404x*", DOWN, 75), (DOWN, "404x*", 75)]
)
def test_result_without_any_good_index(install: Call, index: Index, first, second, code):
    """`Not there` is the result only if every index has said so; an outage of one of them is an outage."""
    result = install("pip", [index(GOOD, fault=first), index(GOOD, fault=second)], "-r", "/dev/stdin", stdin=LOCK)
    assert result.rc == code, repr(result)


@pytest.mark.parametrize("tool", TOOLS)
def test_dependency_without_a_pin_stays_on_the_first_index(install: Call, index: Index, tmp_path: Path, tool):
    """`with-dep==1.0.0` installs from the second index only together with a pin of its dependency."""
    down, other = index(PARENT, OTHER, fault=DOWN), index(PARENT, OTHER)
    refused = install(tool, [down, other], "with-dep==1.0.0")
    assert (refused.rc, modules(tmp_path)) == (75, []), repr(refused)
    assert "wanted every package pinned, saw other-dep" in refused.err
    pinned = install(tool, [down, other], "with-dep==1.0.0", "Other_Dep==1.0.0")
    assert (pinned.rc, modules(tmp_path)) == (0, ["other_dep.py", "with_dep.py"]), repr(pinned)


@pytest.mark.parametrize(
    "programs",
    [pytest.param(["pip3"], marks=pytest.mark.long), [], pytest.param(["python"], marks=pytest.mark.long)],
    ids=["pip3", "python3 -m pip", "python -m pip"],
)
def test_image_without_a_program_named_pip(install: Call, index: Index, tmp_path: Path, uv_only: str, programs):
    """An image that has pip3, or pip only as a module of Python, fails over like any other, and keeps a copy."""
    folder = Path(uv_only)
    (folder / "uv").unlink()
    for name in programs:
        (folder / name).symlink_to(lean_bin() / name)
    if programs:
        for name in folder.glob("python3*"):
            name.unlink()
    down, good, kept = index(GOOD, fault=DOWN), index(GOOD), tmp_path / "kept"
    words = ["--require-hashes", "-r", "/dev/stdin"]
    result = install("uv", [down, good], *words, stdin=LOCK, SEAWALL_LAST_GOOD=str(kept))
    assert (result.rc, modules(tmp_path)) == (0, ["hello_seawall.py"]), repr(result)
    assert [file.name for file in (kept / "pypi").glob("*.whl")] == [GOOD.file]


def test_image_without_pip_and_uv_is_told_so(install: Call, index: Index, uv_only: str):
    """A Python without the module pip, and no uv: code 71, one line, no request."""
    for name in ("uv", "python3"):
        (Path(uv_only) / name).unlink()
    (Path(uv_only) / "python3").symlink_to("/bin/false")
    result = install("uv", [], "hello-seawall", SEAWALL_PYPI_INDEXES="default")
    assert (result.rc, result.err.count("\n")) == (71, 1), repr(result)
    assert "wanted pip or uv in this image, found neither" in result.err


HIDDEN = [
    pytest.param({"PIP_CONFIG_FILE": "pip.conf"}, id="a file of pip"),
    pytest.param({"PIP_REQUIREMENT": "bare.txt"}, id="a variable", marks=pytest.mark.long),
    pytest.param({"PIP_requirement": "bare.txt"}, id="a variable in small letters"),
]


@pytest.mark.parametrize("more", HIDDEN)
def test_name_that_is_not_among_the_arguments_stays_on_the_first_index(install: Call, index: Index, tmp_path, more):
    """A bare name in pip's configuration is in pip's own list of packages: nothing comes from the second index."""
    (tmp_path / "bare.txt").write_text("other-dep\n")
    (tmp_path / "pip.conf").write_text("[install]\nrequirement = bare.txt\n")
    down, other = index(GOOD, OTHER, fault=DOWN), index(GOOD, OTHER)
    for words in (["hello-seawall==1.0.0"], ["-r", "/dev/stdin"]):
        result = install("pip", [down, other], *words, stdin=LOCK, **more)
        assert (result.rc in (1, 75), modules(tmp_path)) == (True, []), repr(result)


BROKEN = {
    "cut": "fin@20x*",
    "cut without a length": "no-length+fin@20x*",
    "chunks": "bad-chunksx*",
    "encoding": "encodingx*",
}


@pytest.mark.parametrize(("fault", "tool"), pairs(BROKEN, TOOLS))
def test_page_of_an_index_that_breaks_off_is_no_answer(install: Call, index: Index, tmp_path: Path, tool, fault):
    """A page that is cut or cannot be unpacked ends pip with a traceback: the next index serves; alone it is 75."""
    broken, good = index(GOOD, fault=fault), index(GOOD)
    words = ["--require-hashes", "-r", "/dev/stdin"]
    result = install(tool, [broken, good], *words, stdin=LOCK)
    assert (result.rc, modules(tmp_path)) == (0, ["hello_seawall.py"]), repr(result)
    shutil.rmtree(tmp_path / "kit")
    assert install(tool, [broken], *words, stdin=LOCK, SEAWALL_BUDGET="0").rc == 75


MISTAKES = {
    "missing file": ["-c", "none.txt", "hello-seawall==1.0.0"], "malformed": ["hello-seawall==1.0.0", "a b"],
    "unknown option": ["--zork", "hello-seawall==1.0.0"],
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_mistake_keeps_the_code_of_the_tool_while_an_index_is_down(install: Call, index: Index, tool):
    """A mistake in the call ends with the tool's own code after one attempt, although the first index is down."""
    down, good = index(GOOD, fault=DOWN), index(GOOD)
    codes = {}
    for name, words in MISTAKES.items():
        result = install(tool, [down, good], *words)
        assert good.paths == [], repr(result)
        codes[name] = result.rc
        assert result.err.count("build-command-failed after 1 attempt") == 1, repr(result)
    assert codes == (
        {"missing file": 1, "malformed": 1, "unknown option": 2} if tool == "pip" else dict.fromkeys(MISTAKES, 2)
    )


def test_extra_index_works_as_in_the_plain_tool_without_a_list(install: Call, index: Index, tmp_path: Path):
    """If SEAWALL_PYPI_INDEXES is not set, an extra index of the call or the configuration serves as in plain pip."""
    own, extra = index(GOOD), index(OTHER)
    url = {"PIP_INDEX_URL": f"{own.url}/simple/", "SEAWALL_PYPI_INDEXES": "default"}
    called = install("pip", [], "--extra-index-url", f"{extra.url}/simple/", "other-dep", **url)
    configured = install("pip", [], "hello-seawall", "other-dep", PIP_EXTRA_INDEX_URL=f"{extra.url}/simple/", **url)
    assert (called.rc, configured.rc) == (0, 0), repr((called, configured))
    assert "wanted one index at a time, saw two: pip uses both" in called.err
    assert modules(tmp_path) == ["hello_seawall.py", "other_dep.py"]


def test_last_known_good_copy_of_uv(install: Call, index: Index, tmp_path: Path):
    """Wheels are not kept by uv, so the kit downloads them. They install during an outage, their hashes verified."""
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    words = ["--require-hashes", "-r", "/dev/stdin"]
    first = install("uv", [index(GOOD)], *words, stdin=LOCK, **kept)
    assert first.rc == 0, repr(first)
    assert [file.name for file in (tmp_path / "kept/pypi").glob("*.whl")] == [GOOD.file]
    healed = install("uv", [index(GOOD, fault=DOWN)], *words, "--reinstall", stdin=LOCK, **kept)
    assert (healed.rc, "used the last known good copy" in healed.err) == (0, True), repr(healed)
    (tmp_path / "kept/pypi" / GOOD.file).write_bytes(Release("hello-seawall", source="EVIL = True\n").wheel)
    forged = install("uv", [index(GOOD, fault=DOWN)], *words, "--reinstall", stdin=LOCK, **kept)
    assert forged.rc == 75, repr(forged)


def test_attempt_that_was_ended_leaves_no_file(install: Call, index: Index, tmp_path: Path):
    """A download that stalls is ended; its partial wheel is in no folder of the layer afterwards."""
    big = Release("hello-seawall", source="X = '" + "x" * 10 + "'\n")
    (tmp_path / "tmp").mkdir()
    stalling, good = index(big, fault="ok -> ok -> stall@100x*"), index(big)
    lock = f"hello-seawall==1.0.0 --hash=sha256:{big.sha256}\n"
    more = {"TMPDIR": str(tmp_path / "tmp"), "SEAWALL_STALL": "2"}
    result = install("pip", [stalling, good], "-r", "/dev/stdin", stdin=lock, **more)
    assert (result.rc, list((tmp_path / "tmp").iterdir())) == (0, []), repr(result)
