"""scripts/stage/go-modules.sh: how soon it leaves a failing proxy, how many requests it sends, private names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.load import allowed
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import Module, noise
from harness.sites.go_site import CLASSES, goproxy
from harness.sites.site import Rule, Upstream
from harness.sites.sumdb_site import Sums, sums_of
from harness.wire.server import Running, serve

Proxy = Callable[..., Running]
Download = Callable[..., Result]

MANY = [Module(f"example.org/many/m{number}") for number in range(50)]
BIG = Module("example.org/big", source=f"package hello\n\nvar Noise = {json.dumps(noise(300_000).hex())}\n")
SECRET = Module("company.example/lib")
LEFT_WITHIN_S = 1
STALL_LEFT_WITHIN_S = 10


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Proxies of some modules, each with schedules by path class: `proxy(BIG, zip="503x*")`."""
    with ExitStack() as stack:

        def call(*modules: Module, every: str = "ok", sums: Sums | None = None, **schedules: str) -> Running:
            rules = [Rule(parse(text), path_class=path_class) for path_class, text in schedules.items()]
            upstream = Upstream("go", goproxy(modules, sums), CLASSES, (*rules, Rule(parse(every))))
            return stack.enter_context(serve(upstream))

        yield call


def environment(home: Path) -> dict[str, str]:
    own = {"GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOTELEMETRY": "off", "GOENV": "off", "GOFLAGS": "-modcacherw"}
    return clean_environment(home) | own | {"GOPROXY": "off"}


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., Path]:
    """A module that needs some modules, with the go.sum of a good run."""

    def call(*modules: Module) -> Path:
        folder = tmp_path / "app"
        folder.mkdir()
        requires = "".join(f"\t{module.path} {module.version}\n" for module in modules)
        (folder / "go.mod").write_text(f"module example.org/app\n\ngo 1.20\n\nrequire (\n{requires})\n")
        imports = "".join(f'import _ "{module.path}"\n' for module in modules)
        (folder / "main.go").write_text(f"package main\n\n{imports}\nfunc main() {{}}\n")
        (folder / "go.sum").write_text("".join(map(sums_of, modules)))
        return folder

    return call


@pytest.fixture
def download(kit: Path, tmp_path: Path) -> Download:
    """Runs the command with these proxies and an empty module cache."""

    def call(folder: Path, proxies: str, home: str = "kit", **more: str) -> Result:
        env = environment(tmp_path / home) | {
            "SEAWALL_GO_PROXIES": proxies,
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_SEED": "84",
        }
        return run([kit / "stage" / "go-modules.sh", "--dir", folder], env=env | more)

    return call


def first_event(tmp_path: Path) -> dict:
    return json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])


@pytest.mark.parametrize(
    ("fault", "name"),
    [("503x*", "http-5xx"), ("403x*", "auth"), ("429x*", "rate-limited"), ("rstx*", "connection-reset"),
     ("htmlx*", "html-instead-of-json")],
    ids=["503", "403", "429", "reset", "html"],
)  # fmt: skip
def test_failing_proxy_is_left_after_one_request(download: Download, proxy: Proxy, app, classes, tmp_path, fault, name):
    """A proxy that fails costs one request and a second at most."""
    folder, bad, good = app(BIG), proxy(BIG, every=fault), proxy(BIG)
    result = download(folder, f"{bad.url} {good.url}")
    assert (result.rc, len(bad.journal), classes()) == (0, 1, [name, ""]), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= allowed(LEFT_WITHIN_S)


def test_silent_proxy_is_left_after_the_probe(download: Download, proxy: Proxy, app, classes, tmp_path):
    """A proxy that accepts the connection and never answers costs one request and less than a second: the next proxy is
    probed beside it.
    """
    folder, silent, good = app(BIG), proxy(BIG, every="stall x*"), proxy(BIG)
    result = download(folder, f"{silent.url} {good.url}")
    assert (result.rc, len(silent.journal), classes()) == (0, 1, [""]), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= allowed(LEFT_WITHIN_S)


@pytest.mark.parametrize(
    "fault",
    [pytest.param("stall@100000x*", id="stall", marks=pytest.mark.long), pytest.param("rate(bps=1)x*", id="drip")],
)
def test_stalled_proxy_is_replaced_for_the_missing_zip(download: Download, proxy: Proxy, app, classes, fault):
    """A proxy that stalls in a zip is left within seconds; the next one serves the zip alone."""
    folder, stalling, good = app(BIG), proxy(BIG, zip=fault), proxy(BIG)
    begun = time.monotonic()
    result = download(folder, f"{stalling.url} {good.url}", SEAWALL_STALL="3")
    took = time.monotonic() - begun
    # The files before the stall are not requested again.
    assert [entry.path_class for entry in good.journal] == ["zip"], repr(result)
    assert (result.rc, classes()) == (0, ["timeout", ""]), repr(result)
    assert took <= allowed(STALL_LEFT_WITHIN_S)


@pytest.mark.parametrize("state", ["shared", "none"])
def test_dead_proxy_is_asked_once_for_fifty_modules(download: Download, proxy: Proxy, app, tmp_path, state):
    """Fifty modules cost a dead proxy one request instead of 150; with a shared state, later builds send none."""
    folder, dead, good = app(*MANY), proxy(*MANY, every="503x*"), proxy(*MANY)
    plain = run(
        ["go", "mod", "download"], env=environment(tmp_path / "plain") | {"GOPROXY": f"{dead.url}|{good.url}"},
        cwd=folder,
    )  # fmt: skip
    assert (plain.rc, len(dead.journal)) == (0, 150), repr(plain)
    dead.journal.clear()
    more = {"SEAWALL_STATE": str(tmp_path / "state")} if state == "shared" else {}
    assert download(folder, f"{dead.url} {good.url}", **more).rc == 0
    assert len(dead.journal) == 1
    assert download(folder, f"{dead.url} {good.url}", home="second", **more).rc == 0
    assert len(dead.journal) == 2
    assert download(folder, f"{dead.url} {good.url}", home="third", **more).rc == 0
    assert len(dead.journal) == (2 if state == "shared" else 3)


def test_total_outage_stays_within_the_budget(download: Download, proxy: Proxy, app):
    """If every proxy fails, none gets more than three requests; code 75."""
    folder, first, second = app(BIG), proxy(BIG, every="503x*"), proxy(BIG, every="503x*")
    result = download(folder, f"{first.url} {second.url}", SEAWALL_BUDGET="3")
    assert 1 <= max(len(first.journal), len(second.journal)) <= 3, repr(result)
    assert result.rc == 75


def test_private_module_never_reaches_a_public_proxy(download: Download, proxy: Proxy, app, tmp_path):
    """Plain go sends the name of a private module to a public proxy during an outage; the kit never does."""
    folder, own, public = app(SECRET, BIG), proxy(SECRET, BIG, every="503x*"), proxy(BIG, SECRET)
    # The company's own proxy serves private modules, so go is told to ask proxies for them.
    private = {"GOPRIVATE": "company.example", "GONOPROXY": "none", "GOPROXY": own.url}
    hurt = run(
        ["go", "mod", "download"],
        env=environment(tmp_path / "plain") | private | {"GOPROXY": f"{own.url}|{public.url}"}, cwd=folder,
    )  # fmt: skip
    assert hurt.rc == 0
    assert any(SECRET.path in path for path in public.paths)
    public.journal.clear()
    result = download(folder, f"default {public.url}", **private, GIT_TERMINAL_PROMPT="0")
    assert not [path for path in public.paths if SECRET.path in path], repr(result)
    assert result.rc != 0


def test_private_module_comes_from_the_users_own_proxy(download: Download, proxy: Proxy, app):
    """A private module comes from the user's own proxy, and no other proxy sees a request."""
    folder, own, public = app(SECRET, BIG), proxy(SECRET, BIG), proxy(BIG)
    private = {"GOPRIVATE": "company.example", "GONOPROXY": "none", "GOPROXY": own.url}
    result = download(folder, f"default {public.url}", **private)
    assert (result.rc, len(public.journal)) == (0, 0), repr(result)


def test_probe_sends_no_name_of_a_private_module(download: Download, proxy: Proxy, app):
    """If all modules are private, no listed proxy is probed."""
    folder, public, other = app(SECRET), proxy(BIG), proxy(BIG)
    download(folder, f"{public.url} {other.url}", GOPRIVATE="company.*", GIT_TERMINAL_PROMPT="0")
    assert (public.paths, other.paths) == ([], [])


def test_checksum_database_stays_in_force(download: Download, proxy: Proxy, app, classes):
    """Without go.sum, the checksum database decides: wrong bytes end with code 65."""
    folder = app(BIG)
    lying = Module(BIG.path, source="package hello // another\n")
    # Without go.sum, only the database has the right sums; go asks it through the proxy with the wrong module.
    (folder / "go.sum").unlink()
    sums = Sums([BIG])
    liar = proxy(lying, sums=sums)
    result = download(folder, liar.url, GOSUMDB=sums.verifier)
    assert any(entry.path_class == "sum" for entry in liar.journal)
    assert (result.rc, classes()) == (65, ["integrity"]), repr(result)


@pytest.mark.parametrize("offset", [5_000, 120_000])
def test_damaged_archive_of_every_proxy_ends_with_65(download: Download, proxy: Proxy, app, classes, offset: int):
    """Go unpacks an archive before it compares its sum; its words about the damage are those of wrong bytes."""
    bad, worse = proxy(BIG, zip=f"flip@{offset}x*"), proxy(BIG, zip=f"flip@{offset}x*")
    result = download(app(BIG), f"{bad.url} {worse.url}")
    assert [len([one for one in seen.journal if one.path_class == "zip"]) for seen in (bad, worse)] == [1, 1]
    assert (result.rc, classes()) == (65, ["integrity", "integrity"]), repr(result)


def test_last_known_good_copy_serves_and_is_still_verified(download: Download, proxy: Proxy, app, tmp_path):
    """The kept modules serve during an outage; a kept zip that was changed is refused."""
    folder, kept = app(BIG), {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    assert download(folder, proxy(BIG).url, **kept).rc == 0
    down = proxy(BIG, every="503x*")
    healed = download(folder, down.url, home="second", **kept)
    assert {entry.status for entry in down.journal} == {503}, "asked before the kept copy is used"
    assert healed.rc == 0, repr(healed)
    assert "used the last known good copy" in healed.err
    tampered = tmp_path / "kept" / "go-proxy" / BIG.path / "@v" / "v1.0.0.zip"
    tampered.chmod(0o644)
    tampered.write_bytes(Module(BIG.path, source="package hello // another\n").zip)
    assert download(folder, down.url, home="third", **kept).rc != 0


def test_direct_is_skipped_without_git(download: Download, proxy: Proxy, app, tmp_path, classes):
    """In an image without git, `direct` is not tried: an outage of the proxy ends with code 75."""
    folder, down = app(BIG), proxy(BIG, every="503x*")
    (tmp_path / "bin").mkdir()
    for tool in Path("/usr/bin").iterdir():
        if not tool.name.startswith("git"):
            (tmp_path / "bin" / tool.name).symlink_to(tool)
    go = run(["sh", "-c", "command -v go"]).out.strip()
    (tmp_path / "bin" / "go").unlink(missing_ok=True)
    (tmp_path / "bin" / "go").symlink_to(go)
    result = download(folder, f"{down.url} direct", PATH=str(tmp_path / "bin"))
    assert {entry.status for entry in down.journal} == {503}, repr(result)
    assert (result.rc, classes()) == (75, ["http-5xx", "http-5xx"]), repr(result)
