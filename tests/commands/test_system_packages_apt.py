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
from harness.machine.load import allowed
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
    """Installs `words` with these mirrors; the first one is that of the image."""

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
    """The lab's packages that are installed in the copy of the machine."""
    status = tmp_path / "changes/var/lib/dpkg/status"
    return {
        package.name for package in PACKAGES if status.exists() and f"Package: {package.name}\n" in status.read_text()
    }


def debs(running: Running) -> int:
    """The number of packages that were requested from a mirror."""
    return len([path for path in running.paths if path.endswith(".deb")])


def first_event(tmp_path: Path) -> dict:
    return json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])


@pytest.mark.parametrize("form", ["deb822", "one line"])
def test_healthy_archive_installs_and_leaves_no_files(install: Install, mirror: Mirror, tmp_path, form):
    """A healthy archive installs the package; no list, .deb or scratch file is left, and no mirror sees a request."""
    own, other = mirror(), mirror()
    result = install(own, archive(other), "hello-seawall=1.0", form=form)
    assert (result.rc, len(other.journal)) == (0, 0), repr(result)
    assert installed(tmp_path) == {"hello-seawall"}
    assert list((tmp_path / "changes/var").rglob("*.deb")) == []
    assert list((tmp_path / "changes").rglob("seawall.*")) == []
    lists = tmp_path / "changes/var/lib/apt/lists"
    # The overlay keeps a marker for each list of the machine that the command removed.
    assert [path for path in lists.iterdir() if path.is_file()] == []


@pytest.mark.parametrize(
    ("fault", "name"),
    [("503x*", "http-5xx"), ("403x*", "http-4xx-other"), ("429(retry-after=30)x*", "rate-limited"),
     ("rstx*", "connection-reset"),
     ("htmlx*", "html-instead-of-json")],
    ids=["503", "403", "429", "reset", "html"],
)  # fmt: skip
def test_failing_mirror_is_left_after_one_request(install: Install, mirror: Mirror, classes, tmp_path, fault, name):
    """A mirror that fails costs a request and a second at most, and the next one serves."""
    bad, good = mirror(release=fault), mirror()
    result = install(bad, archive(good), "hello-seawall")
    # After a reset apt's own http method connects once more.
    assert len(bad.journal) <= (2 if "rst" in fault else 1)
    assert (result.rc, classes()) == (0, [name, ""]), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= allowed(LEFT_WITHIN_S)
    assert installed(tmp_path) == {"hello-seawall"}


def test_mirror_that_refuses_connections_is_left_at_once(install: Install, mirror: Mirror, classes, tmp_path):
    """A mirror where nothing listens costs a second at most."""
    good = mirror()
    refusing = "http://127.0.0.1:1/debian"
    result = install(good, "", "hello-seawall", SEAWALL_APT_MIRRORS=f"{refusing} {archive(good)}")
    assert debs(good) == 1, repr(result)
    assert (result.rc, classes()) == (0, ["connection-refused", ""]), repr(result)
    assert first_event(tmp_path)["elapsed_s"] <= allowed(LEFT_WITHIN_S)
    assert installed(tmp_path) == {"hello-seawall"}


def test_silent_mirror_is_left_after_the_probe(install: Install, mirror: Mirror, classes, tmp_path):
    """A mirror that accepts the connection and never answers costs one request and less than a second."""
    silent, good = mirror(release="stall x*"), mirror()
    result = install(silent, archive(good), "hello-seawall")
    assert (result.rc, len(silent.journal)) == (0, 1), repr(result)
    assert "" in classes()
    assert first_event(tmp_path)["elapsed_s"] <= allowed(LEFT_WITHIN_S)


@pytest.mark.parametrize(
    "fault",
    [pytest.param("stall@100000x*", id="stall"), pytest.param("rate(bps=1)x*", id="drip", marks=pytest.mark.long)],
)
def test_stalled_mirror_is_replaced(install: Install, mirror: Mirror, classes, tmp_path, fault):
    """A mirror that stalls or drips in a package is left within seconds, and the next one serves."""
    stalling, good = mirror(deb=fault), mirror()
    begun = time.monotonic()
    result = install(stalling, archive(good), "hello-seawall", SEAWALL_STALL="3")
    took = time.monotonic() - begun
    assert (debs(stalling), debs(good)) == (1, 1), repr(result)
    assert (result.rc, classes()) == (0, ["timeout", ""]), repr(result)
    assert took <= allowed(STALL_LEFT_WITHIN_S)
    assert installed(tmp_path) == {"hello-seawall"}


def test_half_synced_mirror_is_replaced(install: Install, mirror: Mirror, classes, tmp_path):
    """A mirror whose lists do not match its Release file is named, and the next one serves."""

    def old_packages(request: Request, reply: Reply) -> Reply:
        return replace(reply, body=reply.body + b"\n") if "by-hash" in request.path else reply

    half, good = mirror(old_packages), mirror()
    result = install(half, archive(good), "hello-seawall")
    assert (debs(half), debs(good)) == (0, 1), repr(result)
    assert (result.rc, classes()) == (0, ["integrity", ""]), repr(result)
    assert "apt default: integrity" in result.err


def other_deb(request: Request, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[:-1] + b"x") if request.path.endswith(".deb") else reply


def test_tampered_package_is_never_installed(install: Install, mirror: Mirror, classes, tmp_path):
    """If every mirror serves a tampered package, nothing is installed: code 65."""
    lying, lying_too = mirror(other_deb), mirror(other_deb)
    result = install(lying, archive(lying_too), "hello-seawall")
    assert (debs(lying), debs(lying_too)) == (1, 1), repr(result)
    assert (result.rc, classes()) == (65, ["integrity", "integrity"]), repr(result)
    assert installed(tmp_path) == set()


def test_archive_with_another_signature_is_never_installed_from(install: Install, mirror: Mirror, tmp_path):
    """An archive signed with another key installs nothing, and no package is fetched from it: code 65."""
    forged = Archive(PACKAGES, Signer()).site()
    own = mirror(lambda request, _: forged(request))
    result = install(own, "", "hello-seawall")
    assert (len(own.journal) > 0, debs(own)) == (True, 0), repr(result)
    assert (result.rc, installed(tmp_path)) == (65, set()), repr(result)


def test_mirror_with_an_untrusted_signer_is_replaced(install: Install, mirror: Mirror, classes, tmp_path):
    """If the first mirror is signed with a key that the image does not trust, the second one serves; 65 if all are."""
    stranger = Archive(PACKAGES, Signer()).site()
    bad, worse = (mirror(lambda request, _: stranger(request)) for _ in range(2))
    good = mirror()
    result = install(bad, archive(good), "hello-seawall")
    assert (debs(bad), debs(good), installed(tmp_path)) == (0, 1, {"hello-seawall"}), repr(result)
    assert (result.rc, classes()) == (0, ["integrity", ""]), repr(result)
    assert "signed with a key that this image does not trust" in result.err
    run(["rm", "-rf", tmp_path / "changes", tmp_path / "work"])
    result = install(bad, archive(worse), "hello-seawall")
    assert (result.rc, installed(tmp_path)) == (65, set()), repr(result)


def test_tampered_package_is_replaced_by_the_right_one(install: Install, mirror: Mirror, classes, tmp_path):
    """If the first mirror serves a tampered package, the right one comes from the second mirror."""
    lying, good = mirror(other_deb), mirror()
    result = install(lying, archive(good), "hello-seawall")
    assert (debs(lying), debs(good)) == (1, 1), repr(result)
    assert (result.rc, classes()) == (0, ["integrity", ""]), repr(result)
    assert installed(tmp_path) == {"hello-seawall"}


@pytest.mark.parametrize("word", ["no-such-package", "hello-seawall=9.9"], ids=["name", "version"])
def test_missing_package_or_version_is_one_attempt(install: Install, mirror: Mirror, classes, word):
    """A package or version that does not exist is one attempt, without another mirror: code 69."""
    own, other = mirror(), mirror()
    result = install(own, archive(other), word)
    assert (result.rc, len(classes()), len(other.journal)) == (69, 1, 0), repr(result)


def test_plain_update_hides_an_outage(mirror: Mirror, tmp_path):
    """Plain `apt-get update` ends with 0 while its mirror is down."""
    down = mirror(release="ok -> rstx*")
    (tmp_path / "lab.asc").write_bytes(SIGNER.public)
    (tmp_path / "sources").write_text(f"deb [signed-by={tmp_path}/lab.asc] {archive(down)} {SUITE} main\n")
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    options = [f"Dir::Etc::sourcelist={tmp_path}/sources", "Dir::Etc::sourceparts=-", "Acquire::Retries=0"]
    options += [f"Dir::State::lists={tmp_path}/lists"]
    words = ["apt-get", *(word for option in options for word in ("-o", option)), "update"]
    first, second = (run(words, env=clean_environment(tmp_path)) for _ in range(2))
    assert [entry.fault for entry in down.journal if entry.path_class == "release"][:2] == ["ok", "rst"]
    assert (first.rc, second.rc) == (0, 0), repr(second)
    assert "Failed to fetch" in second.err


def test_total_outage_stays_within_the_budget(install: Install, mirror: Mirror):
    """If every mirror fails, no file is requested more than three times from one of them; code 75."""
    first, second = mirror(release="503x*"), mirror(release="503x*")
    result = install(first, archive(second), "hello-seawall", SEAWALL_BUDGET="3")
    for seen in (first, second):
        paths = [entry.path for entry in seen.journal]
        assert max(paths.count(path) for path in paths) <= 3, repr(result)
    assert result.rc == 75, repr(result)


def test_fallback_packages_are_installed_in_an_outage_with_a_warning(install: Install, mirror: Mirror, tmp_path):
    """If a package is unavailable, the packages behind `--or` are installed, with a warning and an event."""

    def one_missing(request: Request, reply: Reply) -> Reply:
        return Reply(503) if "hello" in request.path else reply

    own = mirror(one_missing)
    result = install(own, "", "hello-seawall", "small-seawall", "--or", "small-seawall")
    assert 503 in {entry.status for entry in own.journal}, repr(result)
    assert '"event":"degraded"' in (tmp_path / "events.jsonl").read_text()
    assert result.rc == 0, repr(result)
    assert installed(tmp_path) == {"small-seawall"}
    assert "installed instead: small-seawall" in result.err


def test_fallback_packages_are_for_outages_only(install: Install, mirror: Mirror, tmp_path):
    """A package that does not exist is an error, code 69, although `--or` names another set."""
    own = mirror()
    result = install(own, "", "no-such-package", "--or", "small-seawall")
    assert (len(own.journal) > 0, debs(own)) == (True, 0), repr(result)
    assert (result.rc, installed(tmp_path)) == (69, set()), repr(result)


def test_last_known_good_packages_serve_when_every_mirror_fails(install: Install, mirror: Mirror, tmp_path):
    """After one good run, the kept packages install while every mirror answers 503, and the message says so."""
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    down, good = mirror(release="503x*"), mirror()
    assert install(down, archive(good), "hello-seawall", **kept).rc == 0
    run(["rm", "-rf", tmp_path / "changes", tmp_path / "work"])
    other = mirror(release="503x*")
    result = install(down, archive(other), "hello-seawall", **kept)
    assert {entry.status for entry in other.journal} == {503}, "asked before the kept packages are used"
    assert result.rc == 0, repr(result)
    assert installed(tmp_path) == {"hello-seawall"}
    assert "used the last known good copy" in result.err
