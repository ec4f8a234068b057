"""The shim of go in a woven step: the tool itself beside it, and a second proxy where the first one fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.builds.woven_step import MARK, Step
from harness.catalogue.schedule import parse
from harness.machine.run import Result, run
from harness.sites.artifacts import Module, noise
from harness.sites.go_site import CLASSES, goproxy
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

Proxy = Callable[..., Running]
Go = Callable[..., Result]

BIG = Module("example.org/big", source=f"package hello\n\nvar Noise = {json.dumps(noise(300_000).hex())}\n")
LYING = Module(BIG.path, source="package hello // another\n")
MAIN = 'package main\n\nimport _ "example.org/big"\n\nfunc main() { println("ran") }\n'
TEST = 'package main\n\nimport "testing"\n\nfunc TestIt(t *testing.T) { t.Fatal("https://x: 503 Unavailable") }\n'


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Proxies of a module, each with one schedule for all requests: `proxy("503x*")`, or for some: `kind="zip"`."""
    with ExitStack() as stack:

        def call(every: str = "ok", module: Module = BIG, kind: str = ".*") -> Running:
            rules = (Rule(parse(every), path_class=kind),)
            return stack.enter_context(serve(Upstream("go", goproxy([module]), CLASSES, rules)))

        yield call


@pytest.fixture
def app(step: Step, proxy: Proxy) -> Path:
    """A module that needs another one, with its go.sum."""
    folder = step.folder / "app"
    folder.mkdir()
    (folder / "go.mod").write_text(f"module example.org/app\n\ngo 1.20\n\nrequire {BIG.path} {BIG.version}\n")
    (folder / "main.go").write_text(MAIN)
    (folder / "main_test.go").write_text(TEST)
    tidied = plain(step, folder, proxy().url, "mod", "tidy", home="tidy", GOFLAGS="-mod=mod -modcacherw")
    assert tidied.rc == 0, repr(tidied)
    return folder


def environment(step: Step, home: str, own: str, **more: str) -> dict[str, str]:
    """Variables of the step: GOPROXY is what its Dockerfile says."""
    (step.folder / home).mkdir(exist_ok=True)
    setting = {"GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOTELEMETRY": "off", "GOENV": "off"}
    setting |= {"GOPROXY": own, "HOME": str(step.folder / home), "GOFLAGS": "-modcacherw"}
    # Without the standard library of the machine's cache each test would compile it.
    setting["GOCACHE"] = run(["go", "env", "GOCACHE"], env=os.environ).out.strip()
    return step.environment() | setting | more


@pytest.fixture
def go(step: Step, app: Path) -> Iterator[Go]:
    """Runs go in a woven step whose own proxy and listed proxies are these."""

    def call(own: str, listed: str, *words: str, home: str = "woven", **more: str) -> Result:
        step.configure(SEAWALL_GO_PROXIES=f"default {listed}".strip(), SEAWALL_STALL="2", SEAWALL_SILENCE="4")
        return run(["go", *words], env=environment(step, home, own, **more), cwd=app)

    yield call
    subprocess.run(["chmod", "-R", "u+w", str(step.folder)], check=True)


def plain(step: Step, app: Path, own: str, *words: str, home: str = "plain", **more: str) -> Result:
    """The same call without the trampolines."""
    env = environment(step, home, own, **more)
    return run(["go", *words], env=env | {"PATH": env["PATH"].replace(f"{step.place}:", "")}, cwd=app)


def without_times(text: str) -> str:
    return re.sub(r"[0-9.]+s\b", "s", text)


def classes(step: Step) -> list[str]:
    """The class of each attempt, from the log of the step; each event has the mark of the step."""
    events = [line.removeprefix(f"seawall-event: {MARK} ") for line in step.told().splitlines() if line]
    return [event["class"] for event in map(json.loads, events) if event["event"] == "attempt"]


HEALTHY = {"mod download": True, "test ./...": True, "build ./no": True, "run .": False, "list -m all": False}
"""The calls; True if one runs by default, all others are long."""


@pytest.mark.parametrize(
    "words", [pytest.param(words, marks=[] if quick else pytest.mark.long) for words, quick in HEALTHY.items()]
)
def test_healthy_call_is_the_tool(step: Step, app: Path, go: Go, proxy: Proxy, words: str):
    """Same stdout, stderr, exit code and requests, whether go succeeds or fails for its own reasons; one attempt."""
    own, other = proxy(), proxy()
    wanted = plain(step, app, own.url, *words.split())
    asked, _ = sorted(own.paths), own.journal.clear()
    seen = go(own.url, other.url, *words.split())
    ours = [line for line in seen.err.splitlines() if line.startswith("seawall")]
    assert (seen.rc, ours, other.paths, sorted(own.paths)) == (wanted.rc, [], [], asked), repr(seen)
    assert [without_times(text) for text in (seen.out, seen.err)] == [
        without_times(text) for text in (wanted.out, wanted.err)
    ]
    assert len(classes(step)) == 1


QUICK = {("mod download", "503x*"), ("mod download", "stall x*"), ("build -o out .", "stall@100000x*")}


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        pytest.param(words, fault, marks=[] if (words, fault) in QUICK else pytest.mark.long)
        for words in ("mod download", "build -o out .")
        for fault in ("503x*", "rstx*", "stall x*", "stall@100000x*", "htmlx*")
    ],
)
def test_second_proxy_serves_where_the_own_one_fails(step, app, go: Go, proxy: Proxy, words: str, fault: str):
    """Plain go fails or hangs on a dead or silent proxy; in a woven step the modules come from the next one."""
    if "stall" not in fault:
        assert plain(step, app, proxy(fault).url, *words.split()).rc != 0
    bad, good = proxy(fault), proxy()
    done = go(bad.url, good.url, *words.split())
    assert (done.rc, classes(step)[-1], len(bad.journal) <= 3) == (0, "", True), repr(done)
    assert [entry for entry in good.journal if entry.path_class == "zip"]


@pytest.mark.parametrize("words", ["mod download", "build -o out ."])
@pytest.mark.parametrize("offset", [pytest.param(100, marks=pytest.mark.long), 5_000, 600_350])
def test_damaged_archive_comes_from_the_next_proxy(step, app, go: Go, proxy: Proxy, words: str, offset: int):
    """Go unpacks an archive before it compares its sum, so its words are those of zip: no mistake of the module."""
    fault = f"flip@{offset}x*"
    wanted = plain(step, app, proxy(fault, kind="zip").url, *words.split())
    bad, good = proxy(fault, kind="zip"), proxy()
    done = go(bad.url, good.url, *words.split())
    assert done.rc == 0, repr(done)
    assert bool([entry for entry in good.journal if entry.path_class == "zip"]) == (wanted.rc != 0), repr(wanted)


def test_lying_proxy_is_not_believed(step: Step, app: Path, go: Go, proxy: Proxy):
    """go.sum stays in force: other bytes are an integrity failure, and the next proxy serves the right ones."""
    liar, good = proxy(module=LYING), proxy()
    assert plain(step, app, liar.url, "mod", "download").rc != 0
    done = go(liar.url, good.url, "mod", "download")
    assert (done.rc, classes(step)) == (0, ["integrity", ""]), repr(done)
    done = go(liar.url, liar.url, "mod", "download", home="again")
    assert (done.rc, "SECURITY ERROR" in done.err) == (1, True), repr(done)


def test_module_without_a_sum_comes_from_the_own_proxy_only(step: Step, go: Go, proxy: Proxy):
    """Without go.sum and checksum database nothing verifies the bytes of another proxy."""
    bad, good = proxy("503x*"), proxy()
    done = go(bad.url, good.url, "install", f"{BIG.path}@{BIG.version}")
    assert (done.rc, good.paths) == (1, []), repr(done)


def test_failed_test_runs_once(step: Step, app: Path, go: Go, proxy: Proxy):
    """A test that fails with the words of an outage is the user's own failure, and is not run again."""
    own, other = proxy(), proxy()
    done = go(own.url, other.url, "test", "./...")
    assert (done.rc, done.out.count("--- FAIL"), other.paths, len(classes(step))) == (1, 1, [], 1), repr(done)


def test_modules_that_are_there_need_no_network(step: Step, app: Path, go: Go, proxy: Proxy):
    """A build from the module cache passes without a request, whatever state the proxies are in."""
    assert go(proxy().url, "", "mod", "download").rc == 0
    dead = proxy("503x*")
    done = go(dead.url, dead.url, "build", "-o", "out", ".")
    assert (done.rc, done.err, dead.paths) == (0, "", []), repr(done)


def test_variables_of_the_step_reach_the_tool(step: Step, app: Path, go: Go, proxy: Proxy):
    """The kit's own variables and those of the step may have the same names; the tool gets those of the step."""
    own = {"STATE": "of the step", "SCRATCH": "a\nb", "SEAWALL_STALL": "7", "LADDER_TEXT": "'\"$x"}
    (app / "main.go").write_text(
        'package main\n\nimport (\n"fmt"\n"os"\n)\n\nfunc main() {\nfor _, name := range []string{'
        + ", ".join(f'"{name}"' for name in own)
        + '} { fmt.Printf("%s|", os.Getenv(name)) }\n}\n'
    )
    done = go("off", "", "run", ".", **own)
    assert (done.rc, done.out, done.err) == (0, "".join(f"{value}|" for value in own.values()), ""), repr(done)
