"""Healthy commands of RUN steps: the kit's command ends, prints and leaves the same as the plain tool."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from differential.calls import Call
from differential.steps import STEPS
from harness.builds.fetchers import environment
from harness.builds.twins import Outcome, run_twin
from harness.catalogue.faults import Reply
from harness.machine.run import run
from harness.sites import go_site, pypi_site
from harness.sites.artifacts import Module, Release
from harness.sites.file_site import files
from harness.sites.site import Request, Upstream
from harness.wire.server import serve

RELEASE = Release("hello-seawall")
MODULE = Module("example.org/hello")
WHEEL = "hello_seawall-1.0.0-py3-none-any.whl"
PINNED = "hello-seawall==1.0.0"
FILES = {"file": b"text\n" * 5000, "empty": b"", "folder/page.html": b"<html></html>\n", "a b": b"blank\n"}

PLAIN = """
pip_install() { pip install --no-compile --disable-pip-version-check --no-cache-dir "$@"; }
go_download() (cd "${WHERE:-module}"; go mod download "$@")
fetch() { curl -sSfL "$FILES_URL/$1" -o fetched; }
retry() { "$@"; }
"""
KIT = """
pip_install() { "$KIT/python-packages.sh" "$@"; }
go_download() (cd "${WHERE:-module}"; "$KIT/go-modules.sh" -- "$@")
fetch() { "$KIT/fetch.sh" "$FILES_URL/$1" --no-sum --allow-http --output fetched; }
retry() { "$KIT/retry.sh" -- "$@"; }
"""
SAYS = r"(python-packages|go-modules|fetch|retry): (info|warn): |\[notice\]"
"""What the kit says on stderr, and what pip says about newer versions."""

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
}


def moved(request: Request) -> Reply:
    """Files, one of them behind a redirect."""
    if request.path == "/moved":
        return Reply(302, (("Location", f"{request.base}/file"),))
    return files({f"/{name}": body for name, body in FILES.items()})(request)


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
        outcome = run_twin(self.folder / "project", self.folder / "copy", functions + script, env, SAYS)
        shutil.rmtree(self.folder / "copy")
        for file in (self.folder / which / "modules").rglob("*.zip"):
            outcome.files[f"modules/{file.name}"] = str(file.stat().st_size)
        return outcome


@pytest.fixture
def twins(kit: Path, tmp_path: Path) -> Iterator[Twins]:
    """A healthy index, module proxy and file server, which are the configured sources, and a project."""
    sites = {
        "INDEX_URL": Upstream("pypi", pypi_site.pypi([RELEASE]), pypi_site.CLASSES),
        "PROXY_URL": Upstream("go", go_site.goproxy([MODULE]), go_site.CLASSES),
        "FILES_URL": Upstream("files", moved),
    }
    for name, text in PROJECT.items():
        (file := tmp_path / "project" / name).parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text, newline="")
    (tmp_path / "project" / "wheel").mkdir()
    (tmp_path / "project" / "wheel" / WHEEL).write_bytes(RELEASE.wheel)
    with ExitStack() as stack:
        urls = {name: stack.enter_context(serve(site)).url for name, site in sites.items()}
        env = environment(tmp_path / "home") | urls | {
            "PIP_INDEX_URL": f"{urls['INDEX_URL']}/simple/", "GOPROXY": urls["PROXY_URL"], "KIT": str(kit / "stage"),
            "SEAWALL_CONF": "/dev/null", "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "PYTHONDONTWRITEBYTECODE": "1",
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


def test_names_are_not_used_twice():
    """A part of the table runs by default."""
    assert len({call.name for call in STEPS}) == len(STEPS)
    assert 10 <= len([call for call in STEPS if call.default]) <= 20
