"""How soon a fetcher has what is wanted when its first source is bad, beside the plain tool, in one run."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.content import Module, Release, noise
from harness.file_site import files
from harness.go_site import CLASSES as GO_CLASSES
from harness.go_site import goproxy
from harness.pypi_site import CLASSES as PYPI_CLASSES
from harness.pypi_site import pypi
from harness.run import clean_environment, run
from harness.schedule import parse
from harness.server import Running, serve
from harness.site import Rule, Upstream

pytestmark = pytest.mark.long

RELEASE = Release("hello-seawall")
MODULE = Module("example.org/hello")
BODY = noise(300_000)
PATIENCE_S = 20
"""How long the plain tool is watched: what takes longer is shown as that."""
CASES = [("none", "ok", 3.0), ("refuses 503", "503x*", 1.0), ("429", "429x*", 1.0), ("HTML 200", "htmlx*", 1.0),
         ("reset", "rstx*", 1.0), ("silent", "stall x*", 3.5)]  # fmt: skip
"""Fault of the first source, its schedule, and the seconds within which it must be left."""


@contextmanager
def pair(tool: str, schedule: str) -> Iterator[tuple[Running, Running]]:
    """A first source with this schedule and a good second one."""
    upstreams = {
        "pip": lambda rules: Upstream("pypi", pypi([RELEASE]), PYPI_CLASSES, rules),
        "go": lambda rules: Upstream("go", goproxy([MODULE]), GO_CLASSES, rules),
        "curl": lambda rules: Upstream("files", files({"/file": BODY}), rules=rules),
    }
    with serve(upstreams[tool]((Rule(parse(schedule)),))) as first, serve(upstreams[tool](())) as second:
        yield first, second


def timed(words: list[str | Path], env: dict[str, str], cwd: Path) -> tuple[float, str]:
    """Seconds, and how it ended, of a call that is given PATIENCE_S."""
    begun = time.monotonic()
    result = run(["timeout", str(PATIENCE_S), *words], env=env, cwd=cwd)
    return time.monotonic() - begun, {0: "ok", 124: "never"}.get(result.rc, "fails")


def environment(folder: Path, home: str) -> dict[str, str]:
    """A client that knows nothing of this machine, with an empty home."""
    shutil.rmtree(folder / home, ignore_errors=True)
    own = {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "GOSUMDB": "off", "GOTOOLCHAIN": "local"}
    own |= {"GOFLAGS": "-modcacherw", "GOENV": "off", "GOTELEMETRY": "off", "SEAWALL_SEED": "84"}
    env = clean_environment(folder / home) | own
    return env | {"PATH": f"{Path(sys.executable).parent}:{env['PATH']}"}


Calls = Callable[[str, Running, Running], tuple[list[str | Path], dict[str, str]]]


@pytest.fixture
def calls(kit: Path, tmp_path: Path) -> Calls:
    """The words and variables of one tool, plain or ours."""
    (tmp_path / "go.mod").write_text(f"module example.org/app\n\ngo 1.20\n\nrequire {MODULE.path} v1.0.0\n")
    (tmp_path / "main.go").write_text(f'package main\n\nimport _ "{MODULE.path}"\n\nfunc main() {{}}\n')
    with serve(Upstream("go", goproxy([MODULE]), GO_CLASSES)) as good:
        env = environment(tmp_path, "tidy") | {"GOPROXY": good.url, "GOFLAGS": "-mod=mod -modcacherw"}
        assert run(["go", "mod", "tidy"], env=env, cwd=tmp_path).rc == 0
    (tmp_path / "lock").write_text(f"hello-seawall==1.0.0 --hash=sha256:{RELEASE.sha256}\n")
    pip: list[str | Path] = ["--target", tmp_path / "target", "--upgrade", "--require-hashes", "-r", tmp_path / "lock"]
    total = hashlib.sha256(BODY).hexdigest()

    def call(which: str, first: Running, second: Running) -> tuple[list[str | Path], dict[str, str]]:
        (tmp_path / "out").unlink(missing_ok=True)
        indexes = [f"{found.url}/simple/" for found in (first, second)]
        proxies = [found.url for found in (first, second)]
        urls = [f"{found.url}/file" for found in (first, second)]
        stage = kit / "stage"
        plain = ["curl", "-sSf", "--retry", "3", "-o", tmp_path / "out", urls[0]]
        ours = [stage / "fetch.sh", *urls, "--allow-http", "--sha256", total, "--output", tmp_path / "out"]
        return {
            "plain pip": (["pip", "install", "-q", "--no-cache-dir", *pip], {"PIP_INDEX_URL": indexes[0]}),
            "ours pip": ([stage / "python-packages.sh", *pip], {"SEAWALL_PYPI_INDEXES": " ".join(indexes)}),
            "plain go": (["go", "mod", "download"], {"GOPROXY": "|".join(proxies)}),
            "ours go": ([stage / "go-modules.sh"], {"SEAWALL_GO_PROXIES": " ".join(proxies)}),
            "plain curl": (plain, {}),
            "ours curl": (ours, {}),
        }[which]

    return call


@pytest.mark.parametrize("tool", ["pip", "go", "curl"])
@pytest.mark.parametrize(("fault", "schedule", "most"), CASES, ids=[fault for fault, _, _ in CASES])
def test_first_source_is_left(bench_table, calls, tmp_path, tool, fault, schedule, most):
    said = {}
    for who in ("plain", "ours"):
        with pair(tool, schedule) as (first, second):
            words, more = calls(f"{who} {tool}", first, second)
            said[who] = timed(words, environment(tmp_path, who) | more, tmp_path)
    with pair(tool, "ok") as (first, second):
        words, more = calls(f"ours {tool}", first, second)
        healthy, _ = timed(words, environment(tmp_path, "healthy") | more, tmp_path)
    plain, ours = said["plain"], said["ours"]
    left = ours[0] - healthy
    shown = f"{ours[0]:.1f} s {ours[1]}"
    bench_table(f"{tool}, first source: {fault}", shown, f"+{most} s (plain {plain[0]:.1f} s {plain[1]})")
    assert ours[1] == "ok"
    assert left <= most
