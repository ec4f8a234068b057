"""The last-good store of RUN steps is a cache mount that steps of any build may write to, so it is not trusted."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.builds.apt_machine import AptMachine
from harness.machine.run import Result, clean_environment, run
from harness.sites.apt_site import CLASSES, SUITE, Archive, Signer
from harness.sites.artifacts import Package
from harness.sites.site import Request, Upstream
from harness.wire.loopback import refusing, upstream
from harness.wire.server import serve

SIGNER = Signer()
GOOD, EVIL = Package("hello-seawall", text="good"), Package("hello-seawall", text="evil")
BODY = b"the file\n" * 100
SUM = hashlib.sha256(BODY).hexdigest()
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts and owners, which only root may")


def as_it_was(_: Path) -> None:
    """The unchanged store, which serves."""


def another_package(store: Path) -> None:
    """A package with the same name and size and other bytes: apt checks only the size of a cached one."""
    (store / "archives" / GOOD.file).write_bytes(EVIL.deb)
    assert len(EVIL.deb) == len(GOOD.deb)


def another_archive(store: Path) -> None:
    """Lists and packages of another signer, with sources that require no signature."""
    site = Archive([EVIL], Signer()).site()
    another_package(store)
    (name,) = {file.name.partition("_dists_")[0] for file in (store / "lists").glob("*_dists_*")}
    for file in (store / "lists").glob("*_dists_*"):
        path = file.name.removesuffix(".lz4").partition("_dists_")[2].replace("_", "/")
        file.unlink()
        file.with_name(file.name.removesuffix(".lz4")).write_bytes(site(Request("GET", f"/debian/dists/{path}")).body)
    (store / "etc/sources.list.d").mkdir(parents=True)
    options = "trusted=yes allow-insecure=yes allow-weak=yes"
    (store / "etc/sources.list").write_text(f"deb [{options}] http://{name.replace('_', '/')} {SUITE} main\n")


def another_source(store: Path) -> None:
    """Lists of another source, whose name is a program and leads out of the store."""
    for file in (store / "lists").glob("*_dists_*"):
        file.rename(file.with_name("..$(touch pwned)`touch pwned`#&|;*_dists_" + file.name.partition("_dists_")[2]))


@needs_root
def test_packages_of_the_store_are_verified_again(kit: Path, tmp_path: Path) -> None:
    """A forged store is refused by apt's own verification, with the image's sources and keys; a good one serves."""
    machine, store = AptMachine(tmp_path, SIGNER), tmp_path / "kept"

    def install() -> tuple[Result, str]:
        for folder in ("changes", "work", "all"):
            shutil.rmtree(tmp_path / folder, ignore_errors=True)
        env = clean_environment("/root") | {"SEAWALL_LAST_GOOD": str(store), "SEAWALL_BUDGET": "0"}
        result = machine.run([str(kit / "stage" / "system-packages.sh"), GOOD.name], env)
        assert not (tmp_path / "changes/pwned").exists()
        file = tmp_path / "changes/usr/share" / GOOD.name
        return result, file.read_text() if file.exists() else ""

    with serve(Upstream("apt", Archive([GOOD], SIGNER).site(), CLASSES)) as up:
        machine.knows(f"{up.url}/debian")
        assert install()[1] == "good"
    shutil.copytree(store, tmp_path / "whole")
    codes = {as_it_was: {0}, another_package: {65, 75}, another_archive: {65, 75}, another_source: {65, 75}}
    for spoil, wanted in codes.items():
        shutil.rmtree(store)
        shutil.copytree(tmp_path / "whole", store)
        (part,) = (store / "apt").glob("part-*")
        spoil(part)
        result, installed = install()
        assert (result.rc in wanted, installed) == (True, "good" if spoil is as_it_was else ""), (spoil, repr(result))


def link_in(store: Path) -> None:
    (store / "other").symlink_to("/etc/passwd")


def link_for_the_file(store: Path) -> None:
    (store / SUM).rename(store / "real")
    (store / SUM).symlink_to(store / "real")


def link_for_the_store(store: Path) -> None:
    store.rename(store.with_name("real"))
    store.symlink_to(store.with_name("real"))


def link_for_the_age(store: Path) -> None:
    (store / "seawall-kept").unlink()
    (store / "seawall-kept").symlink_to("/proc/uptime")


def pipe(store: Path) -> None:
    os.mkfifo(store / "pipe")


def owner(store: Path) -> None:
    os.chown(store / SUM, 65534, 65534)


def age(text: str) -> Callable[[Path], None]:
    """Sets the content of the age file."""

    def change(store: Path) -> None:
        (store / "seawall-kept").write_text(text)

    return change


AGES = ["", "\n", "x\n", "HOME[$(touch pwned)]\n", "-1\n", "010\n", "1e9\n", "99999999999999999999\n", "1 2\n"]
LEFT_ALONE = [link_in, link_for_the_file, link_for_the_store, link_for_the_age, pipe, *map(age, AGES)]


@pytest.fixture
def fetch(kit: Path, tmp_path: Path) -> Callable[..., Result]:
    """Fetches the file with a store; mksh and bash would evaluate an index in brackets."""

    def call(url: str, shell: str = "dash") -> Result:
        (tmp_path / "out").unlink(missing_ok=True)
        env = clean_environment(tmp_path) | {"SEAWALL_LAST_GOOD": str(tmp_path / "kept"), "SEAWALL_BUDGET": "0"}
        words = [url, "--allow-http", "--sha256", SUM, "--output", tmp_path / "out"]
        return run([shell, kit / "stage" / "fetch.sh", *words], env=env, cwd=tmp_path)

    return call


@needs_root
def test_store_with_links_or_odd_files_is_left_alone(fetch: Callable[..., Result], tmp_path: Path) -> None:
    """Links, pipes, files of other users and malformed ages end as an outage with one line, and nothing is run."""
    kept = tmp_path / "kept"
    with upstream({"/file": BODY}) as up:
        assert fetch(f"{up.url}/file").rc == 0
    shutil.copytree(kept, tmp_path / "whole")
    with refusing() as dead:
        assert fetch(f"{dead}/file").rc == 0
        for number, change in enumerate([*LEFT_ALONE, owner]):
            shutil.rmtree(kept)
            shutil.copytree(tmp_path / "whole", kept)
            change(kept / "url")
            result = fetch(f"{dead}/file", ("dash", "bash", "mksh")[number % 3])
            assert (result.rc, (tmp_path / "out").exists()) == (75, False), (change, repr(result))
            assert "last known good copy" in result.err, (change, repr(result))
            assert not (tmp_path / "pwned").exists()


def test_nothing_is_written_through_a_link_in_the_store(fetch: Callable[..., Result], tmp_path: Path) -> None:
    """A link in place of the file or its age changes no other file; the fetch itself succeeds."""
    for name in (SUM, "seawall-kept", "anything"):
        shutil.rmtree(tmp_path / "kept", ignore_errors=True)
        (tmp_path / "kept" / "url").mkdir(parents=True)
        (tmp_path / "victim").write_text("mine\n")
        (tmp_path / "kept" / "url" / name).symlink_to(tmp_path / "victim")
        with upstream({"/file": BODY}) as up:
            result = fetch(f"{up.url}/file")
        assert (result.rc, (tmp_path / "victim").read_text()) == (0, "mine\n"), repr(result)
        assert "the last known good copy is not used" in result.err
