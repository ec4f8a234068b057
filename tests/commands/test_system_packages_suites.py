"""scripts/stage/system-packages.sh with the real apt-get and several sources: which of them a mirror serves."""

from __future__ import annotations

import os

import pytest
from harness.builds.apt_image import KEY, SIGNER
from harness.catalogue.faults import Reply
from harness.sites.apt_site import CLASSES, SUITE, Archive, Signer
from harness.sites.artifacts import Package
from harness.sites.file_site import files
from harness.sites.site import Request, Upstream
from harness.wire.server import serve

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")

VENDOR = Signer()
OLD, FIXED = Package("hello-seawall"), Package("hello-seawall", "1.1")
EXTRA, TOOL = Package("small-seawall"), Package("vendor-tool")
MAIN = Archive([OLD], SIGNER)
UPDATES = Archive([EXTRA], SIGNER, suite=f"{SUITE}-updates")
SECURITY = Archive([FIXED], SIGNER, suite=f"{SUITE}-security", folder="/debian-security")
MERGED = Archive([FIXED], SIGNER, suite=f"{SUITE}-security")


def deb822(main: str, security: str, key: str = KEY) -> dict[str, str]:
    """The sources of a stock image of Debian."""
    rows = [(f"{main}/debian", f"{SUITE} {SUITE}-updates"), (security, f"{SUITE}-security")]
    rest = f"Components: main\nSigned-By: {key}\n"
    stanzas = [f"Types: deb\nURIs: {url}\nSuites: {suites}\n{rest}" for url, suites in rows]
    return {"sources.list.d/debian.sources": "# comment\n\n" + "\n".join(stanzas)}


def lines(main: str, security: str, suites: tuple[str, ...] = (SUITE, f"{SUITE}-updates")) -> dict[str, str]:
    """The sources of an older image, in one-line format."""
    text = [f"deb [signed-by={KEY}] {main}/debian {suite} main" for suite in suites]
    return {"sources.list": "\n".join([*text, f"deb [signed-by={KEY}] {security} {SUITE}-security main", ""])}


WHOLE = [
    pytest.param(
        deb822, "{}/debian-security", (MAIN, UPDATES, SECURITY), id="same host, deb822", marks=pytest.mark.long
    ),
    pytest.param(lines, "{}/debian-security/", (MAIN, UPDATES, SECURITY), id="same host, one line"),
    pytest.param(deb822, "{}/debian", (MAIN, UPDATES, MERGED), id="one folder for all"),
    pytest.param(lines, "{}/debian-security", (MAIN, UPDATES, MERGED), id="another name of the folder"),
]


@pytest.mark.parametrize(("form", "security", "archives"), WHOLE)
def test_mirror_serves_the_archive_and_its_security_updates(image, up, form, security, archives) -> None:
    """If the host of the archive and of its security updates is down, one mirror serves both; plain apt-get fails."""
    dead, mirror = up(fault="503x*"), up(*archives)
    image.machine.has(form(dead.url, security.format(dead.url)))
    assert image.plain("hello-seawall").rc == 100
    begun = len(dead.journal)
    result = image.install(f"default {mirror.url}/debian")
    assert len(dead.journal) - begun == 1, "one probe"
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.1"}), repr(result)
    assert "degraded" not in result.err


def test_mirror_without_security_updates_is_degraded_only_if_their_host_is_down(image, up, tmp_path) -> None:
    """Security updates that the mirror lacks come from their own host; without it they are left out, and said so."""
    dead, own, mirror = up(fault="503x*"), up(SECURITY), up(MAIN, UPDATES)
    image.machine.has(deb822(dead.url, f"{own.url}/debian-security"))
    result = image.install(f"default {mirror.url}/debian")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.1"}), repr(result)
    assert "degraded" not in result.err
    image.machine.has(deb822(dead.url, f"{dead.url}/debian-security"))
    result = image.install(f"default {mirror.url}/debian")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.0"}), repr(result)
    assert f"serves {SUITE}-security: installed without these updates" in result.err
    assert '"event":"degraded"' in (tmp_path / "events.jsonl").read_text()


def test_security_updates_come_from_the_mirror_if_only_their_host_is_down(image, up) -> None:
    """If the archive is healthy and the host of its security updates is down, the mirror serves both."""
    own, dead, mirror = up(MAIN, UPDATES), up(fault="503x*"), up(MAIN, UPDATES, SECURITY)
    image.machine.has(deb822(own.url, f"{dead.url}/debian-security"))
    result = image.install(f"default {mirror.url}/debian")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.1"}), repr(result)


def test_page_in_place_of_security_updates_is_no_suite(image, up) -> None:
    """A mirror that answers unknown paths with a page does not have the suite; the archive comes from it."""
    site = files({**MAIN.files(), **UPDATES.files()})

    def page(request: Request) -> Reply:
        return Reply(200, (("Content-Type", "text/html"),), b"<html>") if "security" in request.path else site(request)

    dead, mirror = up(fault="503x*"), up(answer=page)
    image.machine.has(deb822(dead.url, f"{dead.url}/debian-security"))
    result = image.install(f"default {mirror.url}/debian")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.0"}), repr(result)
    assert f"serves {SUITE}-security: installed without these updates" in result.err


STATUSES = [pytest.param(400, 69, marks=pytest.mark.long), (420, 69), (599, 75), (403, 77), (404, 69)]


@pytest.mark.parametrize(("status", "code"), STATUSES)
def test_status_of_an_archive_counts_by_its_number(image, up, classes, status: int, code: int) -> None:
    """Any status of a first mirror moves to the second one; if all give it, that is an outage or a refusal, never wrong
    bytes.
    """
    bad, good = up(answer=lambda _: Reply(status)), up(MAIN, UPDATES, SECURITY)
    image.machine.has({"sources.list": f"deb [signed-by={KEY}] {bad.url}/debian {SUITE} main\n"})
    result = image.install(f"default {good.url}/debian")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.0"}), repr(result)
    result = image.install("default", SEAWALL_BUDGET="0")
    assert (result.rc, "integrity" in classes()) == (code, False), repr(result)


def armored(signer: Signer) -> str:
    """The key as deb822 wants it in a source."""
    return "\n" + "\n".join(f" {row or '.'}" for row in signer.public.decode().splitlines())


VENDORS = {
    "key file": lambda url: ("vendor.list", f"deb [signed-by=/etc/apt/vendor.asc] {url}/debian {SUITE} main\n"),
    "inline key": lambda url: (
        "vendor.sources",
        f"Types: deb\nURIs: {url}/debian\nSuites: {SUITE}\nComponents: main\nSigned-By:{armored(VENDOR)}\n",
    ),
    "trusted": lambda url: ("a.list", f"deb [arch=all trusted=yes] {url}/debian {SUITE} main\n"),
}


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_repository_of_a_vendor_is_left_alone(image, up, vendor) -> None:
    """A repository with a key of its own stays at its host, although its URL looks like an archive's; only the
    distribution's archive moves.
    """
    dead, mirror, theirs = up(fault="503x*"), up(MAIN), up(Archive([TOOL], VENDOR))
    name, text = vendor(theirs.url)
    image.machine.has({"debian-archive-keyring.asc": SIGNER.public.decode(), "vendor.asc": VENDOR.public.decode()})
    line = f"deb [signed-by=/etc/apt/debian-archive-keyring.asc] {dead.url}/debian {SUITE} main\n"
    image.machine.has({"sources.list.d/distribution.list": line, f"sources.list.d/{name}": text})
    result = image.install(f"default {mirror.url}/debian", "hello-seawall", "vendor-tool")
    assert not any("vendor" in path for path in mirror.paths)
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.0", "vendor-tool 1.0"}), repr(result)


def test_each_step_keeps_its_own_last_known_good_packages(image, up, tmp_path) -> None:
    """After two steps with other packages, both install from the kept copies while every host is down."""
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    with serve(Upstream("apt", files(MAIN.files() | UPDATES.files() | SECURITY.files()), CLASSES)) as own:
        image.machine.has(deb822(own.url, f"{own.url}/debian-security"))
        for name in ("hello-seawall", "small-seawall"):
            assert image.install("default", name, **kept).rc == 0
    for name, version in (("hello-seawall", "1.1"), ("small-seawall", "1.0")):
        result = image.install("default", name, **kept, SEAWALL_BUDGET="0")
        assert (result.rc, image.installed) == (0, {f"{name} {version}"}), repr(result)


def test_lists_of_a_mirror_serve_as_the_last_known_good_copy(image, up, tmp_path) -> None:
    """What a mirror and the folder beside it served is kept under the names of the image's own sources."""
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    dead, mirror = up(fault="503x*"), up(MAIN, UPDATES, SECURITY)
    image.machine.has(deb822(dead.url, f"{dead.url}/debian-security"))
    assert image.install(f"{mirror.url}/debian", **kept).rc == 0
    result = image.install("default", **kept, SEAWALL_BUDGET="0")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.1"}), repr(result)


WORDS = {
    "version pattern": ["hello-seawall=1.*"],
    "name pattern": ["hello-sea*"],
    "suite, plus and minus": [f"hello-seawall/{SUITE}", "small-seawall+", "vendor-tool-"],
    "regular expression": ["^(hello|small)-s.awall$"],
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_names_are_read_as_apt_reads_them(image, up, words: list[str]) -> None:
    """Versions, suites, patterns, tasks, plus and minus mean what they mean to apt-get."""
    own = up(MAIN, UPDATES, SECURITY, Archive([TOOL], SIGNER, suite="other"))
    sources = lines(own.url, f"{own.url}/debian-security", (SUITE, f"{SUITE}-updates", "other"))
    image.machine.has(sources)
    plain = image.plain(*words)
    wanted = image.installed
    result = image.install("default", *words)
    assert ((result.rc == 0), image.installed) == ((plain.rc == 0), wanted), repr(result)
    assert result.rc in (0, 69), repr(result)
