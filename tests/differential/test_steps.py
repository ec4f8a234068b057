"""Healthy commands of RUN steps: the kit's command ends, prints and leaves the same as the plain tool."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from differential.calls import Call
from differential.steps import REFUSED, STEPS
from harness.builds.fetchers import environment
from harness.builds.twins import Outcome, run_twin
from harness.catalogue.faults import Reply
from harness.machine.lean_python import lean_bin
from harness.machine.run import run
from harness.sites import go_site, pypi_site
from harness.sites.artifacts import Module, Release
from harness.sites.file_site import files
from harness.sites.site import Request, Upstream
from harness.wire.server import serve

RELEASE, OTHER = Release("hello-seawall"), Release("other-seawall", "2.0.0")
MODULE = Module("example.org/hello")
WHEEL = "hello_seawall-1.0.0-py3-none-any.whl"
PINNED = "hello-seawall==1.0.0"
FILES = {"file": b"text\n" * 5000, "empty": b"", "folder/page.html": b"<html></html>\n", "a b": b"blank\n",
         "a%b": b"percent\n", "a[1]": b"brackets\n", "gr\u00fcn": b"green\n"}  # fmt: skip

PLAIN = """
pip_install() { pip install --no-compile --disable-pip-version-check --no-cache-dir "$@"; }
go_download() (cd "${WHERE:-module}"; go mod download "$@")
fetch() { curl -sSfL "$FILES_URL/$1" -o fetched; }
retry() { "$@"; }
uv_install() (PATH=$UV_PATH; UV_SYSTEM_PYTHON=1 uv pip install --no-cache "$@")
"""
KIT = """
pip_install() { "$KIT/python-packages.sh" "$@"; }
go_download() (cd "${WHERE:-module}"; "$KIT/go-modules.sh" -- "$@")
fetch() { "$KIT/fetch.sh" "$FILES_URL/$1" --no-sum --allow-http --output fetched; }
retry() { "$KIT/retry.sh" -- "$@"; }
uv_install() (PATH=$UV_PATH; "$KIT/python-packages.sh" "$@")
"""
BOTH = """
git_repository() {
    mkdir repository && cp -R wheel/source/. repository && cd repository && git init -q . && git add . &&
        GIT_AUTHOR_DATE='@0 +0000' GIT_COMMITTER_DATE='@0 +0000' \
        git -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -q -m a && cd ..
}
"""
SAYS = r"(python-packages|go-modules|fetch|retry): (info: |warn: |error: .* after 1 attempt: )|\[notice\]"
"""What the kit says on stderr, and what pip says about newer versions."""

BACKEND = """
import zipfile
def build_wheel(folder, *_):
    name = "built_seawall-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        about = "built_seawall-1.0.0.dist-info"
        wheel.writestr("built_seawall.py", "")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: built-seawall\\nVersion: 1.0.0\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name
"""

PROJECT = {
    "requirements.txt": f"# a comment\n{PINNED}\n",
    "hashes.txt": f"{PINNED} \\\n    --hash=sha256:{RELEASE.sha256}\n",
    "constraints.txt": f"{PINNED}\n",
    "nested.txt": "-r requirements.txt\n",
    "variable.txt": "hello-seawall==${V}\n",
    "crlf.txt": f"{PINNED}\r\n",
    "module/go.mod": f"module example.org/app\n\ngo 1.20\n\nrequire {MODULE.path} v1.0.0\n",
    "module/main.go": f'package main\n\nimport _ "{MODULE.path}"\n\nfunc main() {{}}\n',
    "module/below/file": "",
    "other.txt": "other-seawall==2.0.0\n",
    "links.txt": f"--no-index\n--find-links wheel\n{PINNED}\n",
    "pip.conf": "[global]\nindex-url = URL/simple/\n",
    "install.conf": "[install]\ntarget = out\n",
    "pyproject.toml": f'[project]\nname = "app"\nversion = "1"\ndependencies = ["{PINNED}"]\n'
    '[project.optional-dependencies]\nmore = ["other-seawall==2.0.0"]\n',
    "sources/pyproject.toml": '[project]\nname = "app"\nversion = "1"\ndependencies = ["hello-seawall"]\n'
    f'[tool.uv.sources]\nhello-seawall = {{ path = "../wheel/{WHEEL}" }}\n',
    "indexed/pyproject.toml": f'[project]\nname = "app"\nversion = "1"\ndependencies = ["{PINNED}"]\n'
    '[[tool.uv.index]]\nname = "own"\nurl = "URL/simple/"\ndefault = true\n',
    "wheel/source/pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    '[project]\nname = "built-seawall"\nversion = "1.0.0"\n',
    "groups.toml": f'[dependency-groups]\nsome = ["{PINNED}"]\n',
    "grouped/pyproject.toml": f'[dependency-groups]\nsome = ["{PINNED}"]\n',
    "work/go.work": "go 1.20\n\nuse ./one\n\nuse ./two\n",
    "work/one/go.mod": f"module example.org/one\n\ngo 1.20\n\nrequire {MODULE.path} v1.0.0\n",
    "work/two/go.mod": "module example.org/two\n\ngo 1.20\n",
}


def moved(request: Request) -> Reply:
    """Files, one of them behind a redirect."""
    to = {"/moved": f"{request.base}/file", "/relative": "./folder/../file", "/chain": "/relative"}
    if request.path in to:
        return Reply(302, (("Location", to[request.path]),))
    if request.path == "/encoded":
        return Reply(200, (("Content-Encoding", "gzip"),), gzip.compress(b"text\n", mtime=0))
    texts = {f"/{name}": text.encode() for name, text in PROJECT.items() if name.endswith(".txt")}
    return files(texts | {f"/{name}": body for name, body in FILES.items()})(request)


@dataclass(frozen=True)
class Twins:
    """Runs scripts with the plain tools and with the kit's commands."""

    folder: Path
    env: Mapping[str, str]

    def call(self, which: str, functions: str, script: str) -> Outcome:
        """Runs the script with these functions in a copy of the project, with a home and a module cache of its own."""
        (home := self.folder / which / "home").mkdir(parents=True)
        env = self.env | {"HOME": str(home), "GOMODCACHE": str(self.folder / which / "modules")}
        # Both run at the same path, which pip writes into its records.
        outcome = run_twin(self.folder / "project", self.folder / "copy", functions + BOTH + script, env, SAYS)
        shutil.rmtree(self.folder / "copy")
        for file in (self.folder / which / "modules").rglob("*.zip"):
            outcome.files[f"modules/{file.name}"] = str(file.stat().st_size)
        return outcome


def write_project(folder: Path, index: str) -> None:
    """Writes PROJECT, a wheel and the source of a package that needs no tool to be built."""
    (folder / "project/wheel/source").mkdir(parents=True)
    (folder / "project/wheel" / WHEEL).write_bytes(RELEASE.wheel)
    (folder / "project/wheel/source/backend.py").write_text(BACKEND)
    for name, text in PROJECT.items():
        (file := folder / "project" / name).parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text.replace("URL/simple", f"{index}/simple"), newline="")


def tools_without_pip(folder: Path) -> str:
    """A PATH with uv and Python and without pip."""
    folder.mkdir()
    for tool in [*(lean_bin() / name for name in ("uv", "python3")), *Path("/usr/bin").iterdir()]:
        if not tool.name.startswith("pip") and not (folder / tool.name).exists():
            (folder / tool.name).symlink_to(tool)
    return str(folder)


@pytest.fixture
def twins(kit: Path, tmp_path: Path) -> Iterator[Twins]:
    """A healthy index, module proxy and file server, which are the configured sources, and a project."""
    sites = {
        "INDEX_URL": Upstream("pypi", pypi_site.pypi([RELEASE, OTHER]), pypi_site.CLASSES),
        "PROXY_URL": Upstream("go", go_site.goproxy([MODULE]), go_site.CLASSES),
        "FILES_URL": Upstream("files", moved),
    }
    with ExitStack() as stack:
        urls = {name: stack.enter_context(serve(site)).url for name, site in sites.items()}
        write_project(tmp_path, urls["INDEX_URL"])
        env = environment(tmp_path / "home") | urls | {
            "PIP_INDEX_URL": f"{urls['INDEX_URL']}/simple/", "GOPROXY": urls["PROXY_URL"], "KIT": str(kit / "stage"),
            "UV_DEFAULT_INDEX": f"{urls['INDEX_URL']}/simple/", "UV_PATH": tools_without_pip(tmp_path / "bin"),
            "SEAWALL_CONF": "/dev/null", "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "PYTHONDONTWRITEBYTECODE": "1", "SUM": RELEASE.sha256,
        }  # fmt: skip
        tidy = run(
            ["go", "mod", "tidy"], cwd=tmp_path / "project" / "module", env=env | {"GOFLAGS": "-mod=mod -modcacherw"}
        )
        assert tidy.rc == 0, repr(tidy)
        yield Twins(tmp_path, env)


@pytest.mark.parametrize(
    "call", [pytest.param(call, id=call.name, marks=() if call.default else pytest.mark.long) for call in STEPS]
)
def test_step_through_the_kit_equals_the_plain_step(twins, call: Call):
    """Exit code, stdout, stderr and files are equal."""
    plain, kit = twins.call("plain", PLAIN, call.script), twins.call("kit", KIT, call.script)
    assert kit == plain, f"{plain.raw!r}\n{kit.raw!r}"


DEAD = """
export SEAWALL_PYPI_INDEXES="http://127.0.0.1:1/simple/ $INDEX_URL/simple/" SEAWALL_BUDGET=1
export SEAWALL_GO_PROXIES="http://127.0.0.1:1 $PROXY_URL"
"""


@pytest.mark.long
@pytest.mark.parametrize("call", [call for call in STEPS if call.script.count("_install") + call.script.count("go_d")],
                         ids=lambda call: call.name)  # fmt: skip
def test_step_with_a_dead_first_source_is_the_plain_step_or_an_outage(twins, call: Call):
    """With a dead first source the step leaves the files of the healthy plain step, or ends with 75 and installs
    nothing: never with 0 and something else.
    """
    plain = twins.call("plain", PLAIN, call.script)
    kit = twins.call("kit", KIT, DEAD + call.script)
    installed = {name for name in kit.files if name.startswith(("out/", "other/", "modules/"))}
    # uv locks the folder before it asks an index.
    installed.discard("out/.lock")
    if (kit.code, kit.files) != (plain.code, plain.files):
        # 64: an extra index beside a list of indexes.
        assert (kit.code in (64, 75), installed) == (True, set()), f"{plain.raw!r}\n{kit.raw!r}"


@pytest.mark.long
@pytest.mark.parametrize("row", REFUSED.strip().splitlines(), ids=lambda row: row.split()[0])
def test_step_that_the_plain_tool_refuses_keeps_its_meaning(twins, row: str):
    """A step that fails with the plain tool fails with the code that tells why, and leaves the same files."""
    _, code, script = row.split(maxsplit=2)
    plain, kit = twins.call("plain", PLAIN, script), twins.call("kit", KIT, script)
    assert plain.code != 0, f"{plain.raw!r}"
    assert (kit.code, kit.files) == (int(code), plain.files), f"{kit.raw!r}"


def test_names_are_not_used_twice():
    """A part of the table runs by default."""
    assert len({call.name for call in STEPS}) == len(STEPS)
    assert 10 <= len([call for call in STEPS if call.default]) <= 24
