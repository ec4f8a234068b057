"""Woven steps whose tools no trampoline reaches: a full path, another PATH. The second source is used nevertheless."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.builder import Builder
from harness.builds.woven import HEAD, KIT_PROGRAMS, new_context
from harness.catalogue.schedule import parse
from harness.machine.programs import copy_python, copy_with_libraries
from harness.machine.run import run
from harness.sites.artifacts import Module, Release
from harness.sites.go_site import CLASSES, goproxy
from harness.sites.pypi_site import CLASSES as PYPI
from harness.sites.pypi_site import pypi
from harness.sites.site import Rule, Upstream
from harness.wire.loopback import refusing
from harness.wire.server import serve
from harness.wire.tls import Authority

NOWHERE = ("--network", "host", "--allow", "network.host", "--output", "type=cacheonly", "--progress", "plain")
LIMITS = {"SEAWALL_SILENCE": "4", "SEAWALL_STALL": "4"}


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a context with busybox and a Dockerfile of these lines, which no engine has seen."""
    return new_context(tmp_path / "context", KIT_PROGRAMS)


def attempts(builder: Builder) -> list[object]:
    """The class of each attempt."""
    return [event["class"] for event in builder.events("attempt") if event["upstream"] == "builder"]


INSTALL = "install --no-cache-dir --no-compile -r /r.txt"
VENV = {
    "by its path": f"RUN /venv/bin/pip {INSTALL}",
    "an activated environment": f"RUN PATH=/bin && . /venv/path && python3 -m pip {INSTALL}",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root folder with Python, and pip in a virtual environment."""
    root = tmp_path_factory.mktemp("python")
    copy_python(root, "/venv")
    (root / "venv/path").write_text("PATH=/venv/bin:$PATH\n")
    return root


def python_context(folder: Callable[[str], Path], python: Path, step: str, index: str) -> Path:
    """A context with Python, the step, and the index in pip's configuration."""
    context = folder(f"{HEAD}{step}\n")
    shutil.copytree(python, context / "root", symlinks=True, dirs_exist_ok=True)
    (context / "root/etc").mkdir(exist_ok=True)
    (context / "root/etc/pip.conf").write_text(f"[global]\nindex-url = {index}/simple/\nretries = 0\n")
    (context / "root/r.txt").write_text("hello-seawall==1.0.0\n")
    return context


@pytest.mark.parametrize(
    ("call", "schedule"),
    [
        ("by its path", "503x*"),
        pytest.param("by its path", "stall x*", marks=pytest.mark.long),
        pytest.param("an activated environment", "503x*", marks=pytest.mark.long),
    ],
)
def test_pip_of_a_virtual_environment_takes_the_second_index(builder, folder, python, call, schedule):
    """The pip that no trampoline reaches: the woven attempt installs the pinned package from the healthy index."""
    release = Release("hello-seawall", source=f"MARK = {token_hex(8)!r}\n")
    rules = (Rule(parse(schedule)),)
    site = pypi([release])
    with serve(Upstream("pypi", site, PYPI, rules)) as dead, serve(Upstream("pypi", site, PYPI)) as good:
        context = python_context(folder, python, VENV[call], dead.url)
        result = builder.ours(*NOWHERE, context, SEAWALL_PYPI_INDEXES=f"default {good.url}/simple/", **LIMITS)
        assert [entry.path for entry in good.journal if entry.path.endswith(".whl")], repr(result)
    assert (result.rc, len(attempts(builder))) == (0, 2), repr(result)


@pytest.mark.long
def test_certificate_of_an_index_is_named_and_a_bundle_reaches_pip(builder, folder, python, tmp_path):
    """CERTIFICATE_VERIFY_FAILED in an unedited step: whose certificate, and what to set; with a bundle it is built."""
    authority, release = Authority(), Release("hello-seawall", source=f"MARK = {token_hex(8)!r}\n")
    with serve(Upstream("pypi", pypi([release]), PYPI), tls=authority.context("good")) as index:
        context = python_context(folder, python, VENV["by its path"], index.url)
        without = builder.ours(*NOWHERE, context)
        bundle = authority.write(tmp_path)
        result = builder.ours(*NOWHERE, context, SEAWALL_CA_BUNDLE=str(bundle))
    assert (without.rc, result.rc) == (71, 0), f"{without!r}\n{result!r}"
    last = without.err.splitlines()[-1]
    assert f"the certificate of {index.host.partition(':')[0]}" in last
    assert "SEAWALL_CA_BUNDLE" in last


def test_go_by_its_path_takes_the_second_proxy(builder, folder, tmp_path):
    """A woven step with /opt/go/go: no shim reports, and the next attempt hands the healthy proxy over as GOPROXY."""
    module = Module("example.org/hello", source=f"package hello // {token_hex(8)}\n")
    go = Path(run(["go", "env", "GOROOT"], env=builder.env | {"HOME": str(tmp_path)}).out.strip()) / "bin/go"
    with refusing() as dead, serve(Upstream("go", goproxy([module]), CLASSES)) as good:
        context = folder(f"{HEAD}WORKDIR /app\nRUN /opt/go/bin/go mod download && ls /gopath/pkg/mod/example.org\n")
        for name in ("opt/go/bin", "app", "root/.config/go"):
            (context / "root" / name).mkdir(parents=True)
        copy_with_libraries(str(go.resolve()), context / "root", "opt/go/bin/go")
        (context / "root/opt/go/go.env").write_text(f"GOPROXY={dead}\nGOSUMDB=off\nGOTOOLCHAIN=local\n")
        (context / "root/app/go.mod").write_text(f"module a\n\ngo 1.20\n\nrequire {module.path} {module.version}\n")
        (context / "Dockerfile").write_text(
            (context / "Dockerfile")
            .read_text()
            .replace("WORKDIR", "ENV GOROOT=/opt/go GOPATH=/gopath HOME=/root\nWORKDIR")
        )
        result = builder.ours(*NOWHERE, context, SEAWALL_GO_PROXIES=f"default {good.url}", **LIMITS)
        assert [entry.path_class for entry in good.journal if entry.path_class == "zip"] == ["zip"], repr(result)
    assert (result.rc, attempts(builder)) == (0, ["connection-refused", "connection-refused", ""]), repr(result)
    assert "another source by GOPROXY" in result.err
