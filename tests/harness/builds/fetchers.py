"""The kit's fetchers, each beside the plain tool that it replaces: a call with two sources of the same content."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.builds.apt_machine import AptMachine
from harness.machine.lean_python import lean_bin
from harness.machine.run import clean_environment, run
from harness.sites import apt_site, go_site, pypi_site
from harness.sites.artifacts import Module, Package, Release, noise
from harness.sites.file_site import files
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve

SIZE = 150_000
"""Size of the fetched content in bytes: incompressible, and enough to stall in the middle."""
BODY = noise(SIZE)
MODULE = Module("example.org/big", source=f'package hello\n\nvar Noise = "{BODY.hex()}"\n')
RELEASE = Release("hello-seawall", source=f"NOISE = {BODY.hex()!r}\n")
PACKAGE = Package("hello-seawall", text=BODY.hex())
Words = list[str | Path]


@dataclass(frozen=True)
class Call:
    """A command with its environment and folder."""

    words: Words
    env: Mapping[str, str]
    cwd: Path


@dataclass(frozen=True)
class Fetcher:
    """One tool: its upstream with rules, the path class of the large files, and the calls with two sources."""

    upstream: Callable[[tuple[Rule, ...]], Upstream]
    bulk: str
    plain: Callable[[str, str], Call]
    ours: Callable[[str, str], Call]


def environment(home: Path) -> dict[str, str]:
    """A client without any configuration of this machine, with an empty home."""
    shutil.rmtree(home, ignore_errors=True)
    own = {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "GOSUMDB": "off", "GOTOOLCHAIN": "local"}
    own |= {"GOFLAGS": "-modcacherw", "GOENV": "off", "GOTELEMETRY": "off", "SEAWALL_SEED": "84"}
    env = clean_environment(home) | own
    return env | {"PATH": f"{lean_bin()}:{env['PATH']}"}


def fetchers(kit: Path, folder: Path) -> dict[str, Fetcher]:
    """All fetchers by the plain tool's name; they write below `folder`."""
    made = {"pip": pip, "go": go, "curl": curl, "apt": apt}
    for name in made:
        (folder / name).mkdir()
    return {name: make(kit / "stage", folder / name) for name, make in made.items()}


def pip(stage: Path, folder: Path) -> Fetcher:
    """One `pip install` of a wheel with its hash."""
    (folder / "lock").write_text(f"hello-seawall==1.0.0 --hash=sha256:{RELEASE.sha256}\n")
    words: Words = ["--target", folder / "target", "--require-hashes", "-r", folder / "lock"]

    def call(who: Words, **more: str) -> Call:
        shutil.rmtree(folder / "target", ignore_errors=True)
        return Call([*who, *words], environment(folder / "home") | more, folder)

    def plain(first: str, _: str) -> Call:
        return call(["pip", "install", "-q", "--no-cache-dir"], PIP_INDEX_URL=f"{first}/simple/")

    def ours(first: str, second: str) -> Call:
        return call([stage / "python-packages.sh"], SEAWALL_PYPI_INDEXES=f"{first}/simple/ {second}/simple/")

    return Fetcher(
        lambda rules: Upstream("pypi", pypi_site.pypi([RELEASE]), pypi_site.CLASSES, rules), "file", plain, ours
    )


def go(stage: Path, folder: Path) -> Fetcher:
    """One `go mod download` of a module with its checksum; plain go gets `|` between the proxies, which makes it fail
    over.
    """
    (folder / "go.mod").write_text(f"module example.org/app\n\ngo 1.20\n\nrequire {MODULE.path} v1.0.0\n")
    (folder / "main.go").write_text(f'package main\n\nimport _ "{MODULE.path}"\n\nfunc main() {{}}\n')

    def upstream(rules: tuple[Rule, ...]) -> Upstream:
        return Upstream("go", go_site.goproxy([MODULE]), go_site.CLASSES, rules)

    def call(who: Words, **more: str) -> Call:
        return Call(who, environment(folder / "home") | more, folder)

    with serve(upstream(())) as good:
        tidy = call(["go", "mod", "tidy"], GOPROXY=good.url, GOFLAGS="-mod=mod -modcacherw")
        result = run(tidy.words, env=tidy.env, cwd=folder)
        assert result.rc == 0, repr(result)
    return Fetcher(
        upstream, "zip",
        lambda first, second: call(["go", "mod", "download"], GOPROXY=f"{first}|{second}"),
        lambda first, second: call([stage / "go-modules.sh"], SEAWALL_GO_PROXIES=f"{first} {second}"),
    )  # fmt: skip


def curl(stage: Path, folder: Path) -> Fetcher:
    """One file; plain curl has one URL and three retries."""

    def call(*words: str | Path) -> Call:
        (folder / "out").unlink(missing_ok=True)
        return Call(list(words), environment(folder / "home"), folder)

    def ours(first: str, second: str) -> Call:
        words = [f"{first}/file", f"{second}/file", "--allow-http", "--sha256", hashlib.sha256(BODY).hexdigest()]
        return call(stage / "fetch.sh", *words, "--output", folder / "out")

    def plain(first: str, _: str) -> Call:
        return call("curl", "-sSf", "--retry", "3", "-o", folder / "out", f"{first}/file")

    return Fetcher(lambda rules: Upstream("files", files({"/file": BODY}), rules=rules), ".*", plain, ours)


def apt(stage: Path, folder: Path) -> Fetcher:
    """Package lists and one package, on a copy of this machine (needs root)."""
    machine = AptMachine(folder, apt_site.Signer())
    site = apt_site.Archive([PACKAGE], machine.signer).site()

    def call(first: str, words: list[str], **more: str) -> Call:
        for name in ("changes", "work"):
            shutil.rmtree(folder / name, ignore_errors=True)
        machine.knows(f"{first}/debian")
        env = clean_environment("/root") | {"SEAWALL_SEED": "84", "DEBIAN_FRONTEND": "noninteractive"} | more
        return Call([*machine.words(words, env)], clean_environment(), folder)

    def plain(first: str, _: str) -> Call:
        install = "apt-get install -qq -y --no-install-recommends hello-seawall"
        return call(first, ["sh", "-c", f"apt-get update -qq && {install}"])

    def ours(first: str, second: str) -> Call:
        words = [str(stage / "system-packages.sh"), "hello-seawall"]
        return call(first, words, SEAWALL_APT_MIRRORS=f"default {second}/debian")

    return Fetcher(lambda rules: Upstream("apt", site, apt_site.CLASSES, rules), "deb", plain, ours)
