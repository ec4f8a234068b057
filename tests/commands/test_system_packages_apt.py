"""scripts/stage/system-packages.sh with the real apt-get, which installs for real.

It does so in a copy of this machine that a test throws away, with the lab's archive as the only one that it knows.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from harness.builds.apt_machine import AptMachine
from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.sites.apt_site import CLASSES, SUITE, Archive, Signer
from harness.sites.artifacts import Package, noise
from harness.sites.site import Request, Rule, Upstream
from harness.wire.server import Running, serve

Mirror = Callable[..., Running]
Install = Callable[..., Result]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")

SIGNER = Signer()
HELLO = Package("hello-seawall", text=noise(300_000).hex())
SMALL = Package("small-seawall")
PACKAGES = [HELLO, SMALL]
LEFT_WITHIN_S = 1
SILENT_LEFT_WITHIN_S = 3
STALL_LEFT_WITHIN_S = 10


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """Mirrors of the lab's archive with schedules by path class: `mirror(deb="503x*")`; `change` edits its answers."""
    site = Archive(PACKAGES, SIGNER).site()
    with ExitStack() as stack:

        def call(change: Callable[[Request, Reply], Reply] = lambda _, reply: reply, **schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            changed = Upstream("apt", lambda request: change(request, site(request)), CLASSES, rules)
            return stack.enter_context(serve(changed))

        yield call


def archive(running: Running) -> str:
    return f"{running.url}/debian"


@pytest.fixture
def install(kit: Path, tmp_path: Path) -> Install:
    """Installs `words` with these mirrors, the first of which is the image's own."""

    def call(own: Running, others: str, *words: str, form: str = "deb822", **more: str) -> Result:
        machine = AptMachine(tmp_path, SIGNER)
        machine.knows(archive(own), form)
        settings = clean_environment("/root") | {
            "SEAWALL_APT_MIRRORS": f"default {others}".strip(),
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_SEED": "84",
        }
        return machine.run([str(kit / "stage" / "system-packages.sh"), *words], settings | more)

    return call


def installed(tmp_path: Path) -> set[str]:
    """The lab's packages that the copy of the machine has."""
    status = tmp_path / "changes/var/lib/dpkg/status"
    return {
        package.name for package in PACKAGES if status.exists() and f"Package: {package.name}\n" in status.read_text()
    }


def first_event(tmp_path: Path) -> dict:
    return json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])


@pytest.mark.parametrize("form", ["deb822", "one line"])
def test_healthy_archive_serves_and_nothing_is_left(install: Install, mirror: Mirror, tmp_path, form):
    own, other = mirror(), mirror()
    result = install(own, archive(other), "hello-seawall=1.0", form=form)
    assert (result.rc, len(other.journal)) == (0, 0), repr(result)
    assert installed(tmp_path) == {"hello-seawall"}
    assert list((tmp_path / "changes/var").rglob("*.deb")) == []
    assert list((tmp_path / "changes").rglob("seawall.*")) == []
    lists = tmp_path / "changes/var/lib/apt/lists"
    # The overlay keeps a mark for each list of the machine that the test has removed.
    assert [path for path in lists.iterdir() if path.is_file()] == []


@pytest.mark.parametrize(
    ("fault", "name"),
    [("503x*", "http-5xx"), ("403x*", "auth"), ("429(retry-after=30)x*", "rate-limited"), ("rstx*", "connection-reset"),
     ("htmlx*", "html-instead-of-json")],
    ids=["503", "403", "429", "reset", "html"],
)  # fmt: skip
def test_bad_mirror_is_left_at_once(install: Install, mirror: Mirror, classes, tmp_path, fault, name):
    bad, good = mirror(release=fault), mirror()
    result = install(bad, archive(good), "hello-seawall")
    # After a reset apt's own http method connects once more.
    assert len(bad.journal) <= (2 if "rst" in fault else 1)
    assert (result.rc, classes()) == (0, [name, ""]), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= LEFT_WITHIN_S
    assert installed(tmp_path) == {"hello-seawall"}


def test_mirror_that_refuses_is_left_at_once(install: Install, mirror: Mirror, classes, tmp_path):
    good = mirror()
    refusing = "http://127.0.0.1:1/debian"
    result = install(good, "", "hello-seawall", SEAWALL_APT_MIRRORS=f"{refusing} {archive(good)}")
    assert (result.rc, classes()) == (0, ["connection-refused", ""]), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= LEFT_WITHIN_S
    assert installed(tmp_path) == {"hello-seawall"}


def test_silent_mirror_is_left_after_the_probe(install: Install, mirror: Mirror, classes, tmp_path):
    silent, good = mirror(release="stall x*"), mirror()
    result = install(silent, archive(good), "hello-seawall")
    assert (result.rc, len(silent.journal), classes()) == (0, 1, ["timeout", ""]), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= SILENT_LEFT_WITHIN_S + 1


@pytest.mark.parametrize("fault", ["stall@100000x*", "rate(bps=1)x*"], ids=["stall", "drip"])
def test_mirror_that_stalls_half_way_is_left(install: Install, mirror: Mirror, classes, tmp_path, fault):
    stalling, good = mirror(deb=fault), mirror()
    begun = time.monotonic()
    result = install(stalling, archive(good), "hello-seawall", SEAWALL_STALL="3")
    assert time.monotonic() - begun <= STALL_LEFT_WITHIN_S
    assert (result.rc, classes()) == (0, ["timeout", ""]), repr(result)
    assert installed(tmp_path) == {"hello-seawall"}


def test_half_synced_mirror_is_left_with_its_lists(install: Install, mirror: Mirror, classes, tmp_path):
    def old_packages(request: Request, reply: Reply) -> Reply:
        return replace(reply, body=reply.body + b"\n") if "by-hash" in request.path else reply

    half, good = mirror(old_packages), mirror()
    result = install(half, archive(good), "hello-seawall")
    assert (result.rc, classes()) == (0, ["integrity", ""]), repr(result)
    assert "apt default: integrity" in result.err


def other_deb(request: Request, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[:-1] + b"x") if request.path.endswith(".deb") else reply


def test_tampered_package_is_never_installed(install: Install, mirror: Mirror, classes, tmp_path):
    lying, lying_too = mirror(other_deb), mirror(other_deb)
    result = install(lying, archive(lying_too), "hello-seawall")
    assert (result.rc, classes()) == (65, ["integrity", "integrity"]), repr(result)
    assert installed(tmp_path) == set()


def test_archive_with_another_signature_is_never_installed_from(install: Install, mirror: Mirror, tmp_path):
    forged = Archive(PACKAGES, Signer()).site()
    own = mirror(lambda request, _: forged(request))
    result = install(own, "", "hello-seawall")
    assert (result.rc, installed(tmp_path)) == (65, set()), repr(result)
    assert not any(entry.path.endswith(".deb") for entry in own.journal)


def test_tampered_package_is_replaced_by_the_right_one(install: Install, mirror: Mirror, classes, tmp_path):
    lying, good = mirror(other_deb), mirror()
    result = install(lying, archive(good), "hello-seawall")
    assert (result.rc, classes()) == (0, ["integrity", ""]), repr(result)
    assert installed(tmp_path) == {"hello-seawall"}


@pytest.mark.parametrize("word", ["no-such-package", "hello-seawall=9.9"], ids=["name", "version"])
def test_what_does_not_exist_is_one_attempt(install: Install, mirror: Mirror, classes, word):
    own, other = mirror(), mirror()
    result = install(own, archive(other), word)
    assert (result.rc, len(classes()), len(other.journal)) == (69, 1, 0), repr(result)


def test_plain_update_hides_an_outage(mirror: Mirror, tmp_path):
    """The hurt: `apt-get update` ends with 0 when its mirror is down."""
    down = mirror(release="ok -> rstx*")
    (tmp_path / "lab.asc").write_bytes(SIGNER.public)
    (tmp_path / "sources").write_text(f"deb [signed-by={tmp_path}/lab.asc] {archive(down)} {SUITE} main\n")
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    options = [f"Dir::Etc::sourcelist={tmp_path}/sources", "Dir::Etc::sourceparts=-", "Acquire::Retries=0"]
    options += [f"Dir::State::lists={tmp_path}/lists"]
    words = ["apt-get", *(word for option in options for word in ("-o", option)), "update"]
    first, second = (run(words, env=clean_environment(tmp_path)) for _ in range(2))
    assert (first.rc, second.rc) == (0, 0), repr(second)
    assert "Failed to fetch" in second.err


def test_total_outage_stays_within_the_budget(install: Install, mirror: Mirror):
    first, second = mirror(release="503x*"), mirror(release="503x*")
    result = install(first, archive(second), "hello-seawall", SEAWALL_BUDGET="3")
    assert result.rc == 75, repr(result)
    for seen in (first, second):
        paths = [entry.path for entry in seen.journal]
        assert max(paths.count(path) for path in paths) <= 3, repr(result)


def test_smaller_set_stands_in_during_an_outage_and_is_said(install: Install, mirror: Mirror, tmp_path):
    def one_missing(request: Request, reply: Reply) -> Reply:
        return Reply(503) if "hello" in request.path else reply

    own = mirror(one_missing)
    result = install(own, "", "hello-seawall", "small-seawall", "--or", "small-seawall")
    assert result.rc == 0, repr(result)
    assert installed(tmp_path) == {"small-seawall"}
    assert "installed instead: small-seawall [degraded]" in result.err
    assert '"event":"degraded"' in (tmp_path / "events.jsonl").read_text()


def test_smaller_set_is_for_outages_only(install: Install, mirror: Mirror, tmp_path):
    result = install(mirror(), "", "no-such-package", "--or", "small-seawall")
    assert (result.rc, installed(tmp_path)) == (69, set()), repr(result)


def test_last_known_good_serves_when_all_is_gone(install: Install, mirror: Mirror, tmp_path):
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    down, good = mirror(release="503x*"), mirror()
    assert install(down, archive(good), "hello-seawall", **kept).rc == 0
    run(["rm", "-rf", tmp_path / "changes", tmp_path / "work"])
    result = install(down, archive(mirror(release="503x*")), "hello-seawall", **kept)
    assert result.rc == 0, repr(result)
    assert installed(tmp_path) == {"hello-seawall"}
    assert "using what was kept" in result.err
