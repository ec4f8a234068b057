"""Woven steps whose tools no trampoline reaches: a full path, another PATH. The second source is used nevertheless."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.bakery import Bakery
from harness.builds.builder import Builder
from harness.builds.woven import HEAD, KIT_PROGRAMS, new_context
from harness.catalogue.schedule import parse
from harness.machine.programs import copy_python, copy_with_libraries
from harness.machine.run import run
from harness.sites.artifacts import Module, NodePackage, Release
from harness.sites.git_site import CLASSES as GIT
from harness.sites.git_site import NAME, Git
from harness.sites.go_site import CLASSES, goproxy
from harness.sites.npm_site import CLASSES as NPM
from harness.sites.npm_site import npm
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


def go_context(folder: Callable[[str], Path], builder: Builder, module: Module, proxy: str, words: str = "") -> Path:
    """A context with Go in /opt/go, whose configuration names the proxy, and a step that needs the module."""
    step = "/opt/go/bin/go mod download && ls /gopath/pkg/mod/example.org"
    context = folder(f"{HEAD}ENV GOROOT=/opt/go GOPATH=/gopath HOME=/root\nWORKDIR /app\nRUN {words}{step}\n")
    home = {"HOME": str(context.parent)}
    go = Path(run(["go", "env", "GOROOT"], env=builder.env | home).out.strip()) / "bin/go"
    for name in ("opt/go/bin", "app", "root/.config/go"):
        (context / "root" / name).mkdir(parents=True)
    copy_with_libraries(str(go.resolve()), context / "root", "opt/go/bin/go")
    (context / "root/opt/go/go.env").write_text(f"GOPROXY={proxy}\nGOSUMDB=off\nGOTOOLCHAIN=local\n")
    (context / "root/app/go.mod").write_text(f"module a\n\ngo 1.20\n\nrequire {module.path} {module.version}\n")
    return context


TRIES = ["connection-refused", "connection-refused", ""]
"""The plain attempt, the woven one in which no tool of the kit ran, and the one with another source."""


def test_go_by_its_path_takes_the_second_proxy(builder, folder):
    """A woven step with /opt/go/go: no shim reports, and the next attempt hands the healthy proxy over as GOPROXY."""
    module = Module("example.org/hello", source=f"package hello // {token_hex(8)}\n")
    with refusing() as dead, serve(Upstream("go", goproxy([module]), CLASSES)) as good:
        context = go_context(folder, builder, module, dead)
        result = builder.ours(*NOWHERE, context, SEAWALL_GO_PROXIES=f"default {good.url}", **LIMITS)
        assert [entry.path_class for entry in good.journal if entry.path_class == "zip"] == ["zip"], repr(result)
    assert (result.rc, attempts(builder)) == (0, TRIES), repr(result)
    assert "another source by GOPROXY" in result.err


@pytest.mark.long
def test_go_by_its_path_in_a_bake_takes_the_second_proxy(builder, folder):
    """The same in one of two targets: the line names the target."""
    module = Module("example.org/hello", source=f"package hello // {token_hex(8)}\n")
    with refusing() as dead, serve(Upstream("go", goproxy([module]), CLASSES)) as good:
        context = go_context(folder, builder, module, dead, "--network=host ")
        bakery = Bakery(builder, context)
        host = {"entitlements": ["network.host"]}
        fetch = f"RUN --network=host wget -q -O /list {good.url}/example.org/hello/@v/list\n"
        other = {"dockerfile-inline": HEAD + fetch}
        bakery.write({"app": host, "other": other | host})
        words = ("--allow", "network.host", "--progress", "plain")
        plain = bakery.plain(*words)
        result = bakery.ours(*words, SEAWALL_GO_PROXIES=f"default {good.url}", **LIMITS)
        assert [entry.path_class for entry in good.journal].count("zip") == 1, repr(result)
    assert (plain.rc, result.rc, attempts(builder)) == (1, 0, TRIES), repr(result)
    assert "the failed step of target app" in result.err
    assert "another source by GOPROXY" in result.err


@pytest.mark.long
def test_git_by_its_path_takes_the_mirror(builder, folder):
    """/opt/git/bin/git clone of a dead host: the attempt after the woven one clones from the mirror, by insteadOf."""
    site = Git(more={"mark.txt": token_hex(8)})
    with refusing() as dead, serve(Upstream("git", site, GIT)) as good:
        step = f"/opt/git/bin/git clone --depth 1 {dead}{NAME} /src && ls /src/mark.txt"
        context = folder(
            f"{HEAD}ENV HOME=/root\nRUN {step} && ! /opt/git/bin/git -C /src config --local --get-regexp ^url\n"
        )
        for place in ("opt/git/bin/git", "usr/lib/git-core/git"):
            copy_with_libraries(shutil.which("git") or "", context / "root", place)
        copy_with_libraries("/usr/lib/git-core/git-remote-http", context / "root")
        plain = builder.plain(*NOWHERE, context)
        result = builder.ours(*NOWHERE, context, SEAWALL_GIT_MIRRORS=f"{dead}/={good.url}/", **LIMITS)
        assert [entry.path_class for entry in good.journal].count("pack") >= 1, repr(result)
    assert (plain.rc, result.rc, attempts(builder)) == (1, 0, TRIES), repr(result)
    assert "another source by GIT_CONFIG_COUNT" in result.err


NPM_CALLS = {"held by a lock file": ("ci", 0), "free": ("install hello", 75)}


@pytest.mark.long
@pytest.mark.parametrize("call", NPM_CALLS)
def test_npm_by_its_path_takes_the_second_registry(builder, folder, call):
    """`/opt/npm/bin/npm ci` gets the next registry; a call that no lock file holds gets none."""
    words, code = NPM_CALLS[call]
    package = NodePackage("hello", source=f"module.exports = {token_hex(8)!r};\n")
    with refusing() as dead, serve(Upstream("npm", npm([package]), NPM)) as good:
        context = folder(f"{HEAD}ENV HOME=/root\nWORKDIR /app\nRUN /opt/npm/bin/npm {words} && ls node_modules/hello\n")
        npm_files(context / "root", package, dead)
        plain = builder.plain(*NOWHERE, context, timeout=180)
        result = builder.ours(*NOWHERE, context, timeout=300, SEAWALL_NPM_REGISTRIES=f"default {good.url}/", **LIMITS)
        assert bool([path for path in good.paths if path.endswith(".tgz")]) == (code == 0), repr(result)
    assert (plain.rc, result.rc) == (1, code), repr(result)
    assert ("another source by npm_config_registry" in result.err) == (code == 0)
    assert attempts(builder)[0] == "connection-refused"


def npm_files(root: Path, package: NodePackage, registry: str) -> None:
    """Writes Node, npm with this registry, and a project whose lock file holds the package."""
    node = Path(run(["node", "-p", "process.execPath"]).out.strip())
    copy_with_libraries(str(node), root, "bin/node")
    shutil.copytree(node.parents[1] / "lib/node_modules/npm", root / "opt/npm/lib")
    (root / "opt/npm/bin").mkdir()
    (root / "opt/npm/bin/npm").symlink_to("../lib/bin/npm-cli.js")
    (root / "usr/bin").mkdir(parents=True, exist_ok=True)
    (root / "usr/bin/env").symlink_to("/bin/env")
    (root / "root").mkdir()
    (root / "root/.npmrc").write_text(f"registry={registry}/\nfetch-retries=0\nupdate-notifier=false\naudit=false\n")
    about = {"name": "app", "version": "1.0.0", "dependencies": {package.name: package.version}}
    held = {"version": package.version, "integrity": package.integrity}
    lock = {"lockfileVersion": 3, "requires": True, "packages": {"": about, f"node_modules/{package.name}": held}}
    (root / "app").mkdir()
    (root / "app/package.json").write_text(json.dumps(about))
    (root / "app/package-lock.json").write_text(json.dumps({"name": "app", "version": "1.0.0"} | lock))
