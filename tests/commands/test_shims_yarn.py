"""yarn in a woven step: yarn 1, whose lock file names the registry, and yarn 4, which reads that of the call."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from harness.builds.sample_sites import recording
from harness.builds.woven_step import Step
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.pytest.pairs import some
from harness.sites.artifacts import NodePackage
from harness.sites.npm_site import CLASSES, npm
from harness.sites.site import Request, Rule, Upstream
from harness.wire.server import Running, serve

HELLO = NodePackage("hello")
YARNS = {"yarn 1": ("yarn", "1.22.22"), "yarn 4": ("@yarnpkg/cli-dist", "4.9.1")}
SETTINGS = """enableTelemetry: false
enableGlobalCache: false
nodeLinker: node-modules
unsafeHttpWhitelist: ["*"]
"""


class Call(NamedTuple):
    """A call of yarn."""

    words: tuple[str, ...]
    lock: bool
    next_is_asked: bool


CALLS = {
    "yarn 4, install": Call(("install", "--immutable"), True, True),
    "yarn 4, add of a version": Call(("add", "hello@1.0.0"), False, True),
    "yarn 4, add of any version": Call(("add", "hello"), False, False),
    "yarn 1, install": Call(("install", "--frozen-lockfile"), True, False),
    "yarn 1, add": Call(("add", "hello@1.0.0"), False, False),
}


@pytest.fixture(scope="module")
def yarns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The programs."""
    made = {}
    for kind, (name, version) in YARNS.items():
        folder = tmp_path_factory.mktemp("yarn")
        tarball = recording("npm")(Request("GET", f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"))
        with tarfile.open(fileobj=io.BytesIO(tarball.body)) as tar:
            tar.extractall(folder, filter="data")
        made[kind] = folder / "package/bin/yarn.js"
        made[kind].chmod(0o755)
    return made


@pytest.fixture
def host() -> Iterator[Callable[[str], Running]]:
    """Serves a registry with a fault."""
    with ExitStack() as stack:
        yield lambda fault: stack.enter_context(
            serve(Upstream("npm", npm([HELLO]), CLASSES, (Rule(parse(fault), path_class="packument|tarball"),)))
        )


def project(folder: Path, kind: str, registry: Running, env: dict[str, str], *, lock: bool) -> Path:
    """A project, with the lock file that yarn itself writes for this registry."""
    folder.mkdir()
    about = {"name": "app", "version": "1.0.0"} | ({"dependencies": {"hello": "1.0.0"}} if lock else {})
    (folder / "package.json").write_text(json.dumps(about))
    (folder / ".yarnrc.yml" if kind == "yarn 4" else folder / ".yarnrc").write_text(SETTINGS * (kind == "yarn 4"))
    if kind == "yarn 4":
        (folder / "yarn.lock").touch()
    if lock:
        own = {"YARN_NPM_REGISTRY_SERVER": registry.url, "npm_config_registry": registry.url}
        made = run(["yarn", "install"], cwd=folder, env={**env, **own, "CI": ""}, timeout=100)
        assert made.rc == 0, repr(made)
        home = Path(env["HOME"])
        for name in (folder / "node_modules", folder / ".yarn", home / ".yarn", home / ".cache"):
            shutil.rmtree(name, ignore_errors=True)
    return folder


@pytest.mark.parametrize("name", some(CALLS, "yarn 4, install", "yarn 4, add of any version"))
def test_next_registry_serves_what_is_held(step: Step, tmp_path: Path, yarns, host, name: str):
    """The first registry is down: yarn 4 gets what its lock file or the call holds from the next one."""
    call, kind = CALLS[name], name.partition(",")[0]
    (step.bin / "yarn").symlink_to(yarns[kind])
    bare = clean_environment(step.home)
    cache = {"YARN_CACHE_FOLDER": str(step.home / ".cache")}
    bare |= {"PATH": f"{step.bin}:{bare['PATH']}", **cache}
    good, bad = host("ok"), host("503x*")
    folder = project(tmp_path / "app", kind, good, bare, lock=call.lock)
    if kind == "yarn 1" and call.lock:
        (folder / "yarn.lock").write_text((folder / "yarn.lock").read_text().replace(good.url, bad.url))
    good.journal.clear()
    step.configure(SEAWALL_NPM_REGISTRIES=f"{bad.url}/ {good.url}/", SEAWALL_BUDGET="1", SEAWALL_STALL="5")
    more = {"CI": "1", **cache} | ({} if kind == "yarn 4" else {"npm_config_registry": bad.url})
    if call.next_is_asked:
        first = {"YARN_NPM_REGISTRY_SERVER": bad.url, "YARN_HTTP_RETRY": "0"}
        assert run(["yarn", *call.words], cwd=folder, env=bare | first | more, timeout=100).rc != 0
    ours: Result = step.call("yarn", *call.words, cwd=folder, env=more, timeout=100)
    assert (ours.rc == 0, "/hello/-/hello-1.0.0.tgz" in good.paths) == (call.next_is_asked,) * 2, repr(ours)
    assert bad.paths or not call.next_is_asked
    assert (folder / "node_modules/hello").is_dir() == call.next_is_asked
