"""scripts/stage/go-modules.sh with the real go: failing module proxies, without the command and with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import Module
from harness.wire.loopback import refusing, upstream
from harness.wire.server import Running

Download = Callable[..., Result]
Classes = Callable[[], list[str]]

MODULE = "example.org/hello"
MOD = f"/{MODULE}/@v/v1.0.0.mod"
INFO = f"/{MODULE}/@v/v1.0.0.info"
ZIP = f"/{MODULE}/@v/v1.0.0.zip"
WHOLE = [MOD, INFO, ZIP]
ASKED = "/golang.org/toolchain/@v/v0.0.1-go1.21.0.linux-amd64.info"
"""The request of a probe: a module of no project."""
DASH = ("dash",)
ASH = ("busybox", "ash")


def routes(source: str = "package hello\n") -> dict[str, bytes]:
    """The files of a module proxy with one module; another source text makes another zip of the same version."""
    module = Module(MODULE, source=source)
    return {MOD: module.mod.encode(), INFO: json.dumps(module.info).encode(), ZIP: module.zip}


GOOD = routes()
LIE = routes("package hello // not what go.sum says\n")


def environment(home: Path, proxies: str) -> dict[str, str]:
    """The environment of go, without this machine's configuration, and without the checksum database."""
    return clean_environment(home) | {
        "GOPROXY": proxies,
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "GOENV": "off",
    }


def by_go(proxy: Running) -> list[str]:
    """The paths that go requested. On a busy machine the first proxy is late, and the kit probes the second one."""
    return [path for path in proxy.paths if path != ASKED]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module that needs example.org/hello v1.0.0; its go.sum is from a good first run."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "go.mod").write_text(f"module example.org/app\n\ngo 1.20\n\nrequire {MODULE} v1.0.0\n")
    (folder / "main.go").write_text(f'package main\n\nimport _ "{MODULE}"\n\nfunc main() {{}}\n')
    with upstream(GOOD) as good:
        result = run(["go", "mod", "tidy"], env=environment(tmp_path_factory.mktemp("home"), good.url), cwd=folder)
    assert result.rc == 0, repr(result)
    assert (folder / "go.sum").read_text().count(MODULE) == 2
    return folder


@pytest.fixture
def plain(app: Path, tmp_path: Path) -> Download:
    """Runs `go mod download`, as a Dockerfile without the kit does."""

    def call(proxies: str) -> Result:
        return run(["go", "mod", "download"], env=environment(tmp_path / "plain", proxies), cwd=app)

    return call


@pytest.fixture
def kit_download(kit: Path, app: Path, tmp_path: Path) -> Download:
    """Runs the command with these sources; the module cache is empty."""

    def call(*sources: str, shell: tuple[str, ...] = DASH, own: str = "", folder: Path = app, **more: str) -> Result:
        env = environment(tmp_path / "kit", own) | {
            "SEAWALL_GO_PROXIES": " ".join(sources),
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_ATTEMPT_TIMEOUT": "30",
        }
        return run([*shell, kit / "stage" / "go-modules.sh", "--dir", folder], env=env | more)

    return call


def downloaded(home: Path) -> bool:
    """Whether the module's source is in the cache of a run."""
    return (home / "go" / "pkg" / "mod" / f"{MODULE}@v1.0.0" / "hello.go").is_file()


@pytest.mark.parametrize("shell", [DASH, ASH], ids=["dash", "ash"])
def test_second_proxy_serves_when_the_first_is_down(
    plain: Download, kit_download: Download, classes: Classes, tmp_path: Path, shell: tuple[str, ...]
) -> None:
    """503 at the only proxy fails plain go; the kit gets the module from the second proxy after one probe."""
    with upstream(GOOD, "503x*") as down, upstream(GOOD) as good:
        hurt = plain(down.url)
        assert (hurt.rc, down.paths) == (1, [MOD])
        healed = kit_download(down.url, good.url, shell=shell)
        assert (down.paths, by_go(good)) == ([MOD, ASKED], WHOLE), repr(healed)
    assert classes() == ["http-5xx", ""]
    assert healed.rc == 0
    assert downloaded(tmp_path / "kit")


def test_second_proxy_serves_when_the_first_refuses_connections(
    plain: Download, kit_download: Download, classes: Classes
) -> None:
    """A refused connection fails plain go; the kit gets the module from the second proxy."""
    with refusing() as dead, upstream(GOOD) as good:
        assert plain(dead).rc == 1
        healed = kit_download(dead, good.url)
        assert by_go(good) == WHOLE, repr(healed)
    assert (classes(), healed.rc) == (["connection-refused", ""], 0)


def test_files_of_the_first_proxy_are_not_fetched_again(kit_download: Download) -> None:
    """What the first proxy served before it failed is not requested from the second one."""
    with upstream(GOOD, "okx3 -> 503") as breaking, upstream(GOOD) as good:
        result = kit_download(breaking.url, good.url)
        assert (breaking.paths, by_go(good)) == ([ASKED, *WHOLE], [ZIP]), repr(result)
    assert result.rc == 0


def test_proxy_that_recovers_serves_in_the_second_round(
    plain: Download, kit_download: Download, classes: Classes
) -> None:
    """A proxy that answers 503 twice serves in the second round; plain go gives up."""
    with upstream(GOOD, "503 -> 503") as ill, upstream(GOOD, "503x*") as down:
        assert plain(ill.url).rc == 1
        result = kit_download(ill.url, down.url)
        assert (ill.paths, down.paths) == ([MOD, ASKED, ASKED, *WHOLE], [MOD]), repr(result)
    assert (classes(), result.rc) == (["http-5xx", "http-5xx", ""], 0)


def test_healthy_proxy_is_the_only_one_that_sees_requests(kit_download: Download) -> None:
    """If the first proxy is healthy, the second one sees no request."""
    with upstream(GOOD) as first, upstream(GOOD) as second:
        result = kit_download(first.url, second.url)
        assert (first.paths, by_go(second)) == ([ASKED, *WHOLE], []), repr(result)
    assert result.rc == 0


def test_all_proxies_down_is_an_outage_after_two_rounds(
    plain: Download, kit_download: Download, classes: Classes
) -> None:
    """If both proxies fail, each is tried twice, and the command ends with code 75."""
    with upstream(GOOD, "503x*") as first, upstream(GOOD, "503x*") as second:
        assert plain(f"{first.url}|{second.url}").rc == 1
        first.journal.clear()
        second.journal.clear()
        result = kit_download(first.url, second.url)
        assert (first.paths, by_go(second)) == ([ASKED, ASKED], [MOD, MOD]), repr(result)
    assert classes()[:4] == ["http-5xx"] * 4
    assert result.rc == 75


def test_refused_login_is_not_repeated(kit_download: Download, classes: Classes) -> None:
    """Proxies that answer 401 are asked once each, because go.sum pins the content; the command ends with code 77."""
    with upstream(GOOD, "401x*") as first, upstream(GOOD, "401x*") as second:
        result = kit_download(first.url, second.url)
        assert (first.paths, second.paths) == ([ASKED, MOD], [MOD])
    assert (classes(), result.rc) == (["auth", "auth"], 77), repr(result)


def test_proxy_that_answers_403_fails_over(kit_download: Download, classes: Classes) -> None:
    """A proxy that answers 403 is treated as unavailable: the second one serves."""
    with upstream(GOOD, "403x*") as first, upstream(GOOD) as second:
        result = kit_download(first.url, second.url)
        assert (first.paths, by_go(second)) == ([ASKED], WHOLE), repr(result)
    assert (classes(), result.rc) == (["auth", ""], 0), repr(result)


def test_wrong_bytes_of_every_proxy_are_never_success(
    plain: Download, kit_download: Download, classes: Classes, tmp_path: Path
) -> None:
    """If every proxy serves another zip than go.sum allows, the command ends with code 65 and keeps nothing."""
    with upstream(LIE) as first, upstream(LIE) as second:
        hurt = plain(first.url)
        assert hurt.rc == 1
        first.journal.clear()
        result = kit_download(first.url, second.url)
        assert (first.paths.count(ZIP), second.paths.count(ZIP)) == (1, 1), repr(result)
    assert (classes(), result.rc) == (["integrity", "integrity"], 65)
    assert not downloaded(tmp_path / "kit")
    assert "checksum mismatch" in hurt.err


def test_proxy_with_wrong_bytes_is_named_and_replaced(kit_download: Download, classes: Classes, tmp_path: Path) -> None:
    """If the first proxy serves a wrong zip, it is named, and the zip comes from the second one."""
    with upstream(LIE) as liar, upstream(GOOD) as good:
        result = kit_download(liar.url, good.url)
        assert (liar.paths, by_go(good)) == ([ASKED, *WHOLE], [ZIP]), repr(result)
    assert (classes(), result.rc) == (["integrity", ""], 0)
    cached = tmp_path / "kit" / "go" / "pkg" / "mod" / f"{MODULE}@v1.0.0" / "hello.go"
    assert cached.read_text() == "package hello\n"
    assert f"go-modules: warn: go-proxy {liar.url}: integrity\n" in result.err


def test_wrong_bytes_before_an_outage_still_end_with_65(kit_download: Download) -> None:
    """An outage after wrong bytes does not hide them: code 65."""
    with upstream(LIE) as liar, upstream(GOOD, "503x*") as down:
        result = kit_download(liar.url, down.url)
        assert liar.paths.count(ZIP) == 1, repr(result)
    assert result.rc == 65


def test_default_is_the_users_own_proxy_in_every_round(kit_download: Download) -> None:
    """`default` stands for the user's GOPROXY, in the second round as well."""
    with upstream(GOOD, "503") as own, upstream(GOOD, "503x*") as other:
        result = kit_download("default", other.url, own=own.url)
        assert (own.paths, by_go(other)) == ([ASKED, ASKED, *WHOLE], [MOD]), repr(result)
    assert result.rc == 0


def test_go_sum_is_not_touched(kit_download: Download, app: Path) -> None:
    """go.mod and go.sum have the same bytes after the command."""
    before = (app / "go.sum").read_bytes(), (app / "go.mod").read_bytes()
    with upstream(GOOD) as good:
        result = kit_download(good.url)
        assert by_go(good) == WHOLE, repr(result)
    assert ((app / "go.sum").read_bytes(), (app / "go.mod").read_bytes()) == before, repr(result)


def test_budget_of_the_build_bounds_the_requests(kit_download: Download) -> None:
    """With an empty retry budget, each proxy gets one request, then code 75."""
    with upstream(GOOD, "503x*") as first, upstream(GOOD, "503x*") as second:
        result = kit_download(first.url, second.url, SEAWALL_BUDGET="0")
        assert (first.paths, second.paths) == ([ASKED], [MOD]), repr(result)
    assert result.rc == 75


def test_folder_without_a_module_is_a_wrong_call(kit_download: Download, tmp_path: Path) -> None:
    """A folder without go.mod ends with code 64 and one line."""
    result = kit_download("default", folder=tmp_path)
    assert (result.rc, result.out, result.err.count("\n")) == (64, "", 1)
    assert "wanted a go.mod" in result.err


def test_missing_go_is_named(kit_download: Download, tmp_path: Path) -> None:
    """An image without go ends with code 71 and a line that says what to install."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sed", "cat", "date", "mktemp", "mkdir", "rm", "dash"):
        (tools / name).symlink_to(f"/bin/{name}")
    result = kit_download("default", PATH=str(tools))
    assert (result.rc, result.err) == (
        71,
        "go-modules: error: wanted go in this image, found none: install it in an earlier step\n",
    )
