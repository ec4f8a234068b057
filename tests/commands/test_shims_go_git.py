"""go in a woven step with a module that git fetches: the host of the repository fails, a mirror has it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.builds.woven_step import MARK, Step
from harness.catalogue.schedule import parse
from harness.machine.run import Result, run
from harness.sites.git_site import CLASSES, Git
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

Host = Callable[..., Running]
Go = Callable[..., Result]

REPOSITORY = Git(more={"go.mod": "module git.example.com/team/hello.git\n\ngo 1.20\n", "hello.go": "package hello\n"})
OWN = "https://git.example.com/"
"""The address in the name of the module, which the user's git leads to the host of the test."""
FAULTS = {"503x*": ".*", "stall x*": ".*", "404x*": ".*", "stall@100x*": "pack", "flip@100x*": "pack", "503 x*": "pack"}
"""Schedules by path class; the first two run by default."""


@pytest.fixture
def host() -> Iterator[Host]:
    """Serves the repository; `fault` is a schedule for the requests of a path class."""
    with ExitStack() as stack:

        def call(fault: str = "ok", path_class: str = ".*") -> Running:
            rules = (Rule(parse(fault), path_class=path_class),)
            return stack.enter_context(serve(Upstream("git", REPOSITORY, CLASSES, rules)))

        yield call


@pytest.fixture
def app(step: Step) -> Path:
    """A module that needs a private one."""
    folder = step.folder / "app"
    folder.mkdir()
    version = f"v0.0.0-20240101000000-{REPOSITORY.head[:12]}"
    (folder / "go.mod").write_text(
        f"module example.org/app\n\ngo 1.20\n\nrequire git.example.com/team/hello.git {version}\n"
    )
    (folder / "main.go").write_text('package main\n\nimport _ "git.example.com/team/hello.git"\n\nfunc main() {}\n')
    return folder


@pytest.fixture
def go(step: Step, app: Path) -> Iterator[Go]:
    """Runs go; the user's git leads OWN to this host. Without `woven` it is the plain tool."""

    def call(site: Running, *words: str, woven: bool = True, **more: str) -> Result:
        home = step.folder / f"home-{len(list(step.folder.glob('home-*')))}"
        home.mkdir()
        (home / ".gitconfig").write_text(f'[url "{site.url}/"]\n\tinsteadOf = {OWN}\n')
        setting = {"GOPRIVATE": "git.example.com/*", "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOTELEMETRY": "off"}
        setting |= {"GOPROXY": "off", "GOENV": "off", "HOME": str(home), "GOFLAGS": "-modcacherw -mod=mod"}
        setting["GOCACHE"] = run(["go", "env", "GOCACHE"], env=os.environ).out.strip()
        env = step.environment() | setting | more
        if not woven:
            env["PATH"] = env["PATH"].replace(f"{step.place}:", "")
        return run([*(() if woven else ("timeout", "3")), "go", *words], env=env, cwd=app)

    yield call
    subprocess.run(["chmod", "-R", "u+w", str(step.folder)], check=True)


def events(step: Step, kind: str) -> list[dict[str, object]]:
    """The events of a kind, from the log of the step."""
    lines = [line.removeprefix(f"seawall-event: {MARK} ") for line in step.told().splitlines() if line]
    return [event for event in map(json.loads, lines) if event["event"] == kind]


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, marks=[] if FAULTS[fault] == ".*" else pytest.mark.long) for fault in FAULTS]
)
def test_private_module_comes_from_the_mirror(step: Step, go: Go, host: Host, fault: str):
    """The git host of a private module is down, silent or lies: plain go fails or hangs; a mirror serves the module."""
    bad, good = host(fault, FAULTS[fault]), host()
    step.configure(SEAWALL_GIT_MIRRORS=f"none {bad.url}/={good.url}/", SEAWALL_STALL="2", SEAWALL_SILENCE="3")
    assert go(bad, "mod", "download", woven=False).rc != 0
    bad.journal.clear()
    done = go(bad, "mod", "download")
    assert done.rc == 0, repr(done)
    assert bad.paths
    assert "pack" in [entry.path_class for entry in good.journal]
    attempts = events(step, "attempt")
    assert [attempt["verdict"] for attempt in attempts] == ["at-once", "done"], attempts


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [("503x*", "http-5xx"), ("404x*", "not-found"), ("401x*", "auth"), ("stall x*", "timeout")],
)
def test_failure_of_a_git_host_has_its_class(step: Step, go: Go, host: Host, fault: str, wanted: str):
    """Go says "no secure protocol found" for each of them; the kit tells the build what git has said."""
    step.configure(SEAWALL_STALL="1", SEAWALL_SILENCE="2", SEAWALL_GO_PROXIES="default", SEAWALL_BUDGET="1")
    done = go(host(fault), "build", "-o", "out", ".")
    (failure,) = events(step, "failure")
    assert (done.rc != 0, failure["class"]) == (True, wanted), repr(done)


def test_programs_of_go_do_not_see_what_git_is_told(step: Step, go: Go, app: Path, host: Host):
    """`go run` starts a program of the user: no variable of git is new to it."""
    (app / "go.mod").write_text("module example.org/app\n\ngo 1.20\n")
    (app / "main.go").write_text(
        'package main\n\nimport ("os"; "strings")\n\nfunc main() {\n'
        'for _, v := range os.Environ() { if strings.HasPrefix(v, "GIT_") { println(v) } }\n}\n'
    )
    step.configure(SEAWALL_GIT_MIRRORS=f"https://x.invalid/={host().url}/")
    done = go(host(), "run", ".", GIT_ASKPASS="")
    assert (done.rc, done.err) == (0, "GIT_ASKPASS=\n"), repr(done)
