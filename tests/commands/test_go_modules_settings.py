"""scripts/stage/go-modules.sh: settings of go, mistakes of the user, neutral probes, ways to call the command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import Module
from harness.sites.go_site import CLASSES, goproxy
from harness.sites.site import Rule, Upstream
from harness.sites.sumdb_site import sums_of
from harness.wire.loopback import refusing
from harness.wire.server import Running, serve

HELLO = Module("example.org/hello")
SECRET = Module("company.example/lib")
NEUTRAL = "/golang.org/toolchain"
OTHER_WAYS = [pytest.param(way, marks=pytest.mark.long) for way in ("relative", "parent", "relative link")]
Proxy = Callable[..., Running]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Proxies of some modules, with a schedule for all requests."""
    with ExitStack() as stack:

        def call(*modules: Module, schedule: str = "ok") -> Running:
            return stack.enter_context(serve(Upstream("go", goproxy(modules), CLASSES, (Rule(parse(schedule)),))))

        yield call


def environment(home: Path, **more: str) -> dict[str, str]:
    own = {"GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOTELEMETRY": "off", "GOFLAGS": "-modcacherw"}
    return clean_environment(home) | own | {"SEAWALL_SEED": "84", "GIT_TERMINAL_PROMPT": "0"} | more


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A module that requires HELLO, with its go.sum."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "go.mod").write_text(f"module example.org/app\n\ngo 1.20\n\nrequire {HELLO.path} v1.0.0\n")
    (folder / "main.go").write_text(f'package main\n\nimport _ "{HELLO.path}"\n\nfunc main() {{}}\n')
    (folder / "go.sum").write_text(sums_of(HELLO))
    return folder


@pytest.fixture
def plain(app: Path, tmp_path: Path) -> Callable[..., Result]:
    """`go mod download` without the kit."""

    def call(*words: str, **more: str) -> Result:
        return run(["go", "mod", "download", *words], env=environment(tmp_path / "plain", **more), cwd=app)

    return call


@pytest.fixture
def download(kit: Path, app: Path, tmp_path: Path) -> Callable[..., Result]:
    """The command in the folder of the module."""

    def call(*words: str, cwd: Path = app, **more: str) -> Result:
        env = environment(tmp_path / "kit", SEAWALL_EVENTS=str(tmp_path / "events.jsonl"), **more)
        return run([kit / "stage" / "go-modules.sh", *words], env=env, cwd=cwd)

    return call


def names(running: Running) -> set[str]:
    """The modules that a proxy was asked for."""
    return {path.split("/@v/")[0] for path in running.paths}


@pytest.mark.parametrize(
    "lines",
    [
        "replace company.example/lib => ./lib\n",
        "replace company.example/lib v1.0.0 => ./lib\n",
        "exclude company.example/lib v0.9.0\n\nreplace company.example/lib => ./lib\n",
    ],
    ids=["replace", "replace-version", "exclude"],
)
def test_probe_names_no_module_of_the_project(download, app, proxy, tmp_path, lines):
    """The probe asks for a neutral module: no proxy learns a replaced module, and none is ejected for it."""
    (app / "lib").mkdir()
    (app / "lib" / "go.mod").write_text("module company.example/lib\n\ngo 1.20\n")
    text = (app / "go.mod").read_text()
    (app / "go.mod").write_text(text.replace("require ", f"{lines}\nrequire company.example/lib v1.0.0\nrequire "))
    first, second = proxy(HELLO), proxy(HELLO)
    result = download(SEAWALL_GO_PROXIES=f"{first.url} {second.url}", SEAWALL_STATE=str(tmp_path / "state"))
    assert names(first) == {NEUTRAL, f"/{HELLO.path}"}, repr(result)
    assert names(second) <= {NEUTRAL}
    assert result.rc == 0, repr(result)
    assert not [file for file in (tmp_path / "state" / "breaker").iterdir() if "fail" in file.read_text()]


@pytest.mark.parametrize("place", ["environment", "go env -w", "GOENV"])
def test_private_patterns_are_read_as_go_reads_them(download, app, proxy, tmp_path, place):
    """GOPRIVATE from the environment, `go env -w` or GOENV: no listed proxy learns the name."""
    text = (app / "go.mod").read_text()
    (app / "go.mod").write_text(f"{text}\nrequire {SECRET.path} v1.0.0\n")
    more = {}
    if place == "environment":
        more["GOPRIVATE"] = "company.example"
    else:
        file = tmp_path / "kit" / ".config" / "go" / "env" if place == "go env -w" else tmp_path / "env"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("GOPRIVATE=company.example\n")
        more |= {} if place == "go env -w" else {"GOENV": str(file)}
    public, other = proxy(HELLO, SECRET), proxy(HELLO, SECRET)
    result = download(SEAWALL_GO_PROXIES=f"{public.url} {other.url}", **more)
    assert names(public) | names(other) <= {NEUTRAL, f"/{HELLO.path}"}, repr(result)
    assert result.rc != 0, "the origin of the private module does not exist"


REFUSED = [" ", ",", "|", "foo", "ftp://a,direct", "https://a,foo", "https://a|ftp://b", "https://a,,foo,direct"]


@pytest.mark.parametrize("value", REFUSED)
def test_list_that_go_refuses_is_left_for_the_next_proxy(plain, download, proxy, value):
    """A GOPROXY with an invalid entry fails plain go; the next proxy serves, and without one the code is 78."""
    assert plain(GOPROXY=value).rc == 1
    good = proxy(HELLO)
    result = download(GOPROXY=value, SEAWALL_GO_PROXIES=f"default {good.url}")
    assert (result.rc, names(good)) == (0, {f"/{HELLO.path}"}), repr(result)
    alone = download(GOPROXY=value, SEAWALL_GO_PROXIES="default")
    assert (alone.rc, alone.err.count("\n"), "GOPROXY" in alone.err) == (78, 1, True), repr(alone)


@pytest.mark.parametrize("form", ["{},", " {} ", "{}|direct", "{},direct", "{}", "https://u:p@127.0.0.1:9|{}"])
def test_list_that_go_accepts_is_used_as_it_stands(plain, download, proxy, form):
    """Blanks, empty entries, `|` and logins in GOPROXY: the result is that of plain go."""
    good, spare = proxy(HELLO), proxy(HELLO)
    value = form.format(good.url)
    assert plain(GOPROXY=value).rc == 0
    good.journal.clear()
    result = download(GOPROXY=value, SEAWALL_GO_PROXIES=f"default {spare.url}")
    assert (result.rc, f"/{HELLO.path}" in names(good), names(spare) <= {NEUTRAL}) == (0, True, True), repr(result)
    assert "u:p@" not in result.err


@pytest.mark.parametrize("value", ["127.0.0.1:{}", "127.0.0.1:{}/", " 127.0.0.1:{}/x,direct"])
def test_proxy_without_a_scheme_is_https_to_go(plain, download, value):
    """`GOPROXY=proxy.company.example`: go adds https. The kit uses it as well, instead of skipping the list."""
    with refusing() as dead:
        own = value.format(dead.rpartition(":")[2])
        hurt = plain(GOPROXY=own)
        result = download(GOPROXY=own, SEAWALL_GO_PROXIES="default", SEAWALL_BUDGET="0")
    assert (hurt.rc, f"https://{own.strip().split('/')[0]}" in hurt.err) == (1, True), repr(hurt)
    assert (result.rc, "connection refused" in result.err) == (75, True), repr(result)


def test_switched_off_proxy_forbids_all_others(plain, download, proxy):
    """GOPROXY=off fails plain go. The kit asks nobody else, and names the setting: code 78."""
    assert plain(GOPROXY="off").rc == 1
    other = proxy(HELLO)
    result = download(GOPROXY="off", SEAWALL_GO_PROXIES=f"default {other.url}")
    assert (result.rc, other.paths) == (78, []), repr(result)
    assert "GOPROXY=off forbids downloads" in result.err


def test_folder_as_a_proxy_serves(download, proxy, tmp_path, app):
    """A file:// proxy serves like any other; a dead one is left for the next proxy."""
    good = proxy(HELLO)
    assert download(SEAWALL_GO_PROXIES=good.url).rc == 0
    cache = tmp_path / "kit" / "go" / "pkg" / "mod" / "cache" / "download"
    kept = tmp_path / "kept"
    cache.rename(kept)
    (tmp_path / "empty").mkdir()
    for proxies in (f"file://{kept}", f"file://{tmp_path / 'empty'} file://{kept}"):
        run(["rm", "-rf", tmp_path / "kit"])
        result = download(SEAWALL_GO_PROXIES=proxies)
        assert result.rc == 0, repr(result)


def mistake(app: Path, name: str) -> tuple[list[str], dict[str, str]]:
    """Puts a mistake into the module; the arguments and the environment of the call."""
    mod = app / "go.mod"
    text = mod.read_text()
    match name:
        case "replace":
            mod.write_text(f"{text}\nreplace {HELLO.path} => ./missing\n")
        case "go.mod":
            mod.write_text(f"{text}\nrequired nonsense\n")
        case "flag":
            return ["-bogus"], {}
        case "work":
            (app / "go.work").write_text("go 1.20\n\nuse ./missing\n")
        case "GOFLAGS":
            return [], {"GOFLAGS": "nonsense"}
        case "toolchain":
            mod.write_text(text.replace("go 1.20", "go 1.99"))
    return [], {}


@pytest.mark.parametrize("name", ["replace", "go.mod", "flag", "work", "GOFLAGS", "toolchain"])
def test_mistake_keeps_the_code_of_go_beside_a_dead_proxy(plain, download, app, proxy, classes, name):
    """A mistake in the module or the call ends after one attempt with go's own code, though a proxy is dead."""
    words, more = mistake(app, name)
    good = proxy(HELLO)
    code = plain(*words, GOPROXY=good.url, **more).rc
    assert code in (1, 2)
    with refusing() as dead:
        result = download("--", *words, SEAWALL_GO_PROXIES=f"{dead} {good.url}", **more)
    assert result.rc == code, repr(result)
    assert classes()[-1] == "build-command-failed"
    assert len([name for name in classes() if name != "connection-refused"]) == 1, "one attempt"


@pytest.mark.parametrize("status", ["404", "410"])
def test_missing_module_is_asked_for_at_each_proxy_once(download, proxy, classes, status):
    """A module that go.sum pins is `not found` only after each proxy has said so: code 69, one attempt each."""
    first, second = proxy(HELLO, schedule=f"{status}x*"), proxy(schedule=f"{status}x*")
    result = download(SEAWALL_GO_PROXIES=f"{first.url} {second.url}")
    assert [path for path in first.paths if "hello" in path] == [f"/{HELLO.path}/@v/v1.0.0.mod"], repr(result)
    assert [path for path in second.paths if "hello" in path] == [f"/{HELLO.path}/@v/v1.0.0.mod"]
    assert (classes(), result.rc) == (["not-found", "not-found"], 69), repr(result)


@pytest.mark.parametrize("name", ["none.invalid/a@v1.0.0", "none.invalid/a/v2@v2.0.0", "none.invalid/a@master"])
def test_name_that_neither_the_proxy_nor_dns_knows_is_not_found(download, proxy, classes, name):
    """A misspelt module: the proxy lacks it, and its host does not exist. That is code 69 and no outage."""
    result = download("--", name, GOPROXY=proxy(HELLO).url, SEAWALL_GO_PROXIES="default direct")
    assert (classes(), result.rc) == (["not-found", "not-found"], 69), repr(result)


@pytest.mark.parametrize("form", ["{}|{}", "{}|direct", "{},{}"])
def test_configured_proxy_that_hangs_is_left_for_the_next_source(download, proxy, form):
    """Go leaves a proxy that fails, but waits for one that hangs: the next source serves within the second."""
    silent, spare, good = proxy(HELLO, schedule="stall x*"), proxy(HELLO), proxy(HELLO)
    result = download(GOPROXY=form.format(silent.url, spare.url), SEAWALL_GO_PROXIES=f"default {good.url}")
    assert (result.rc, len(silent.journal), names(good)) == (0, 1, {f"/{HELLO.path}", NEUTRAL}), repr(result)


def test_configured_proxy_that_fails_in_front_of_a_healthy_one_is_left_to_go(download, proxy):
    """Behind `|` go itself uses the second proxy, so the configured list serves and no other source is asked."""
    spare, good = proxy(HELLO), proxy(HELLO)
    with refusing() as dead:
        result = download(GOPROXY=f"{dead}|{spare.url}", SEAWALL_GO_PROXIES=f"default {good.url}")
    assert (result.rc, names(spare), names(good) <= {NEUTRAL}) == (0, {f"/{HELLO.path}"}, True), repr(result)


@pytest.mark.parametrize("status", ["404", "410", "403", "401", "407"])
def test_proxy_without_the_module_fails_over(plain, download, proxy, status):
    """A proxy that lacks the module, or refuses it, is left for one that has it."""
    first, second = proxy(schedule=f"{status}x*"), proxy(HELLO)
    assert plain(GOPROXY=first.url).rc == 1
    result = download(SEAWALL_GO_PROXIES=f"{first.url} {second.url}")
    assert (result.rc, names(second)) == (0, {f"/{HELLO.path}"}), repr(result)


def test_toolchain_that_no_proxy_has_is_not_found(plain, download, app, proxy, classes):
    """A go.mod that requires a toolchain of no proxy: each is asked, then code 69."""
    (app / "go.mod").write_text((app / "go.mod").read_text().replace("go 1.20", "go 1.99"))
    first, second = proxy(HELLO), proxy(HELLO)
    assert plain(GOPROXY=first.url, GOTOOLCHAIN="auto").rc == 1
    first.journal.clear()
    result = download(SEAWALL_GO_PROXIES=f"{first.url} {second.url}", GOTOOLCHAIN="auto")
    assert (names(first), names(second)) == ({NEUTRAL}, {NEUTRAL}), repr(result)
    assert (classes(), result.rc) == (["not-found", "not-found"], 69), repr(result)
    assert "the Go toolchain that go.mod requires" in result.err


@pytest.mark.parametrize("way", ["link", "relative PATH", "--dir", *OTHER_WAYS])
def test_time_limits_hold_however_the_command_is_called(kit, app, proxy, tmp_path, way):
    """Called by a relative path, a link or a relative PATH, and with `--dir`: a proxy that stalls is left."""
    (tmp_path / "call").mkdir()
    (tmp_path / "call" / "kit").symlink_to(kit)
    stage = kit / "stage" / "go-modules.sh"
    (tmp_path / "call" / "link.sh").symlink_to(stage if way == "link" else os.path.relpath(stage, tmp_path / "call"))
    command, cwd, path = {
        "relative": ("kit/stage/go-modules.sh", tmp_path / "call", ""),
        "parent": ("../kit/stage/go-modules.sh", app, ""),
        "link": ("./link.sh", tmp_path / "call", ""),
        "relative link": ("call/link.sh", tmp_path, ""),
        "relative PATH": ("go-modules.sh", tmp_path / "call", "kit/stage:"),
        "--dir": ("kit/stage/go-modules.sh", tmp_path / "call", ""),
    }[way]
    if way == "parent":
        (tmp_path / "kit").symlink_to(kit)
    words = ["--dir", os.path.relpath(app, cwd)] if cwd != app else []
    silent = proxy(HELLO, schedule="stall x*")
    env = environment(
        tmp_path / "home", SEAWALL_GO_PROXIES=silent.url, SEAWALL_ATTEMPT_TIMEOUT="2", SEAWALL_BUDGET="0",
        SEAWALL_EVENTS="./events.jsonl", SEAWALL_STATE="state", SEAWALL_LAST_GOOD="good",
    )  # fmt: skip
    result = run(["env", f"PATH={path}{env['PATH']}", command, *words], env=env, cwd=cwd)
    assert len(silent.journal) == 1
    assert result.rc == 75, repr(result)
    assert "the time of 2 s was up" in result.err
    assert (cwd / "events.jsonl").is_file()
    assert (cwd / "state" / "breaker").is_dir()
