"""scripts/stage/system-packages.sh with a fake apt-get: its calls, the mirrors, and the exit codes.

The fake stands in for what cannot be had: an archive of signed packages, and a machine to install them
on. The command runs as root behind mounts of the test's own, so that this machine's lists and sources stay.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness.machine.run import Result, clean_environment, run

Install = Callable[..., "Installed"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")

FAKE_APT_GET = f"""#!{sys.executable}
'''fake-apt-get: writes down its calls and what it could read, answers what the test says. apt-get lists the sources.'''
import json, os, pathlib, re, sys
if "indextargets" in sys.argv:
    os.execv("/usr/bin/apt-get", sys.argv)
here, lists = pathlib.Path(os.environ["FAKE"]), pathlib.Path("/var/lib/apt/lists")
config, found, includes = os.environ.get("APT_CONFIG"), {{}}, []
if config:
    text = pathlib.Path(config).read_text()
    found = dict(re.findall('^Dir::Etc::([a-z]+) "(.*)";$', text, re.M))
    includes = re.findall('^#include "(.*)";$', text, re.M)
main = pathlib.Path(found.get("sourcelist", "/etc/apt/sources.list"))
parts = pathlib.Path(found.get("sourceparts", "/etc/apt/sources.list.d"))
call = {{"argv": sys.argv[1:], "frontend": os.environ.get("DEBIAN_FRONTEND"),
        "lists": sorted(os.listdir(lists)), "config": config or "", "includes": includes,
        "sources": {{file.name: file.read_text() for file in [main, *sorted(parts.glob("*"))] if file.exists()}}}}
(lists / "of_a_mirror").touch()
with (here / "calls").open("a+") as calls:
    calls.seek(0)
    number = len(calls.readlines())
    calls.write(json.dumps(call) + "\\n")
answer = ((here / "answers").read_text().splitlines() + ["fine"] * (number + 1))[number]
if answer != "fine":
    sys.exit(print(answer, file=sys.stderr) or 100)
"""
# The process sees the test's folders of sources and lists in place of those of this machine, and no apt-helper, which
# would probe the hosts of the sources.
INSIDE = """mount --bind "$1/etc" /etc/apt && mount --bind "$1/lists" /var/lib/apt/lists &&
    mount --bind /dev/null /usr/lib/apt/apt-helper && shift && exec "$@"
"""
BEGIN = ["-o", "Acquire::Retries=0", "-o", "APT::Update::Error-Mode=any"]
BEGIN += ["-o", "Acquire::http::Timeout=60", "-o", "Acquire::https::Timeout=60"]
UPDATE = [*BEGIN, "update"]
FETCH = [*BEGIN, "install", "-y", "--no-install-recommends", "--download-only"]
UNPACK = [*BEGIN, "install", "-y", "--no-install-recommends", "--no-download"]
ONE_LINE = """# the archive
deb [signed-by=/usr/share/keyrings/a.gpg] http://archive.example.org/debian trixie main
deb http://security.example.org/debian-security trixie-security main
"""
DEB822 = """Types: deb
URIs: https://archive.example.org/debian/
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/a.gpg
"""
DOWN = "E: Failed to fetch http://archive.example.org/debian/dists/trixie/InRelease  503  Service Unavailable"
DASH = ("dash",)
ASH = ("busybox", "ash")


@dataclass(frozen=True)
class Installed:
    """One run: its result, the calls of apt-get, the classes of the attempts, the package lists that are left."""

    result: Result
    calls: list[dict[str, Any]]
    classes: list[str]
    lists: list[str]

    @property
    def verbs(self) -> list[str]:
        return ["update" if "update" in call["argv"] else "install" for call in self.calls]

    @property
    def archives(self) -> list[str]:
        """The archive that each call would use, by sources.list."""
        lines = [call["sources"]["sources.list"].splitlines()[1] for call in self.calls]
        return [line.split()[2] for line in lines]


@pytest.fixture
def install(kit: Path, tmp_path: Path) -> Install:
    """Runs the command for `packages` with these mirrors; the n-th call of apt-get gets the n-th answer."""
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "fake-apt-get"
    fake.write_text(FAKE_APT_GET)
    fake.chmod(0o755)
    (tmp_path / "bin" / "apt-get").symlink_to(fake)
    (tmp_path / "etc" / "sources.list.d").mkdir(parents=True)
    (tmp_path / "etc" / "sources.list").write_text(ONE_LINE)
    (tmp_path / "etc" / "sources.list.d" / "archive.sources").write_text(DEB822)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "of_yesterday").touch()

    def call(
        mirrors: str, answers: Sequence[str] = (), *packages: str, shell: tuple[str, ...] = DASH, **more: str
    ) -> Installed:
        (tmp_path / "answers").write_text("".join(f"{answer}\n" for answer in answers))
        (tmp_path / "calls").touch()
        (tmp_path / "events").touch()
        env = clean_environment(tmp_path) | {
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "FAKE": str(tmp_path),
            "SEAWALL_APT_MIRRORS": mirrors,
            "SEAWALL_EVENTS": str(tmp_path / "events"),
            "SEAWALL_ATTEMPT_TIMEOUT": "30",
        }
        command: list[str | Path] = [*shell, kit / "stage" / "system-packages.sh", *(packages or ("curl",))]
        result = run(["unshare", "--mount", "sh", "-c", INSIDE, "sh", tmp_path, *command], env=env | more)
        events = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
        return Installed(
            result,
            [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()],
            [event["class"] for event in events if event["event"] == "attempt"],
            sorted(os.listdir(tmp_path / "lists")),
        )

    return call


@pytest.mark.parametrize("shell", [DASH, ASH], ids=["dash", "ash"])
def test_updates_then_installs_with_every_retry_of_apt_off(install: Install, shell: tuple[str, ...]) -> None:
    """apt-get updates, downloads and unpacks, without retries or prompts of its own."""
    seen = install("default", [], "curl", "jq=1.7.1-6", shell=shell)
    packages = ["curl", "jq=1.7.1-6"]
    assert [call["argv"] for call in seen.calls] == [UPDATE, [*FETCH, *packages], [*UNPACK, *packages]]
    assert [call["frontend"] for call in seen.calls] == ["noninteractive"] * 3
    assert (seen.result.rc, seen.classes) == (0, [""])


def test_package_lists_are_fresh_and_removed(install: Install) -> None:
    """apt-get starts without old package lists after a failure, and none is left in the image."""
    seen = install("default https://b.example.org/debian", [DOWN])
    assert [call["lists"] for call in seen.calls] == [[], [], ["of_a_mirror"], ["of_a_mirror"]]
    assert seen.lists == []


def test_default_uses_the_sources_of_the_image(install: Install) -> None:
    """The mirror `default` leaves the sources of the image unchanged."""
    seen = install("default")
    assert [call["sources"] for call in seen.calls] == [{"sources.list": ONE_LINE, "archive.sources": DEB822}] * 3


@pytest.mark.parametrize("slash", ["", "/"], ids=["bare", "slash"])
def test_another_mirror_replaces_the_archive_and_nothing_else(install: Install, slash: str) -> None:
    """Another mirror replaces the URL of the archive; suites, options, keys and other archives stay."""
    seen = install(f"https://b.example.org/pub/debian{slash}")
    there = "https://b.example.org/pub/debian/"
    lines = ONE_LINE.replace("http://archive.example.org/debian", there)
    stanza = DEB822.replace("https://archive.example.org/debian/", there)
    for call in seen.calls[:2]:
        assert call["sources"] == {"sources.list": lines, "archive.sources": stanza}
    assert not Path(seen.calls[0]["config"]).exists()


def test_image_with_only_deb822_sources_is_supported(install: Install, tmp_path: Path) -> None:
    """An image with a .sources file and no sources.list can use another mirror."""
    (tmp_path / "etc" / "sources.list").unlink()
    seen = install("https://b.example.org/debian")
    assert list(seen.calls[0]["sources"]) == ["archive.sources"]
    assert "URIs: https://b.example.org/debian/\n" in seen.calls[0]["sources"]["archive.sources"]


def test_image_keeps_its_sources(install: Install, tmp_path: Path) -> None:
    """The source files of the image have the same bytes after the command."""
    install("https://b.example.org/debian")
    assert (tmp_path / "etc" / "sources.list").read_text() == ONE_LINE
    assert (tmp_path / "etc" / "sources.list.d" / "archive.sources").read_text() == DEB822


OWN = "http://archive.example.org/debian"
OTHER = "https://b.example.org/debian/"


def test_second_mirror_serves_lists_and_packages(install: Install) -> None:
    """If the first mirror is down, lists and packages both come from the second one."""
    seen = install(f"default {OTHER}", [DOWN])
    assert (seen.verbs, seen.archives) == (["update", "update", "install", "install"], [OWN, OTHER, OTHER, OTHER])
    assert (seen.classes, seen.result.rc) == (["http-5xx", ""], 0)


def test_default_is_the_archive_of_the_image_in_every_round(install: Install) -> None:
    """`default` stands for the archive of the image, in the second round as well."""
    seen = install(f"default {OTHER}", [DOWN, DOWN])
    assert seen.archives == [OWN, OTHER, OWN, OWN, OWN]
    assert (seen.classes, seen.result.rc) == (["http-5xx", "http-5xx", ""], 0)


def test_package_that_the_mirror_deleted_is_requested_with_new_lists(install: Install) -> None:
    """If a mirror lists a package and answers 404, the next mirror serves new lists and the package."""
    gone = "E: Failed to fetch http://archive.example.org/debian/pool/main/c/curl_8.deb  404  Not Found"
    seen = install(f"default {OTHER}", ["fine", gone])
    assert seen.verbs == ["update", "install", "update", "install", "install"]
    assert (seen.archives[2:], seen.result.rc) == ([OTHER] * 3, 0)


ENDS = {
    "all mirrors down": (DOWN, ["http-5xx"] * 4, 75),
    "no such name": ("E: Unable to locate package curl", ["dependency-resolution"], 69),
    "no such version": ("E: Version '9' for 'curl' was not found", ["dependency-resolution"], 69),
    "wrong bytes everywhere": ("E: Failed to fetch http://a.example.org/x  Hash Sum mismatch", ["integrity"] * 2, 65),
    "unknown signing key": ("W: GPG error: NO_PUBKEY 0123456789ABCDEF", ["integrity"] * 2, 65),
    "refused login": ("E: Failed to fetch http://a.example.org/x  401  Unauthorized [IP: 192.0.2.1 80]", ["auth"], 77),
    "disk full": ("E: Write error - write (28: No space left on device)", ["disk-full"], 73),
    "locked": ("E: Could not get lock /var/lib/dpkg/lock-frontend", ["lock-contention"] * 4, 75),
}


@pytest.mark.parametrize(("answer", "classes", "code"), ENDS.values(), ids=ENDS.keys())
def test_failure_ends_with_the_code_of_its_class(install: Install, answer: str, classes: list[str], code: int) -> None:
    """Outages are retried in two rounds, other failures are not; each ends with the code of its class."""
    seen = install(f"default {OTHER}", [answer] * 9)
    assert seen.verbs == ["update"] * len(classes)
    assert (seen.classes, seen.result.rc) == (classes, code), repr(seen.result)


def test_apt_configuration_of_the_caller_is_used_at_every_source(install: Install, tmp_path: Path) -> None:
    """The caller's APT_CONFIG is in force at the default archive and at other mirrors."""
    (tmp_path / "own.conf").write_text("")
    seen = install(f"default {OTHER}", [DOWN, DOWN], APT_CONFIG=str(tmp_path / "own.conf"))
    own = str(tmp_path / "own.conf")
    assert [call["includes"] for call in seen.calls] == [[own]] * 5
    assert [archive == OWN for archive in seen.archives] == [True, False, True, True, True]


def test_mirror_is_used_with_the_callers_apt_configuration(install: Install, tmp_path: Path) -> None:
    """Options of the caller's APT_CONFIG are in force for a mirror as well."""
    (tmp_path / "own.conf").write_text('Acquire::https::Verify-Host "true";\n')
    seen = install(OTHER, APT_CONFIG=str(tmp_path / "own.conf"))
    assert seen.calls[0]["includes"] == [str(tmp_path / "own.conf")]


def test_every_archive_of_a_line_is_replaced(install: Install, tmp_path: Path) -> None:
    """If a source names two archives, the mirror takes the place of both, and is named once."""
    (tmp_path / "etc/sources.list.d/archive.sources").write_text(
        "Types: deb\nURIs: http://a.example.org/debian http://c.example.org/ubuntu/\nSuites: trixie\nComponents: main\n"
    )
    seen = install(OTHER)
    wanted = f"Types: deb\nURIs: {OTHER}\nSuites: trixie\nComponents: main\n"
    assert seen.calls[0]["sources"]["archive.sources"] == wanted


def test_sources_that_no_mirror_can_replace_are_used_with_a_warning(install: Install, tmp_path: Path) -> None:
    """An image whose sources cannot use a mirror installs from its own archive, with a warning."""
    (tmp_path / "etc/sources.list").write_text("# the archive\ndeb [x=y] http://a.example.org/own trixie main\n")
    (tmp_path / "etc/sources.list.d/archive.sources").unlink()
    seen = install(OTHER)
    assert (seen.result.rc, seen.archives) == (0, ["http://a.example.org/own"] * 3)
    assert "SEAWALL_APT_MIRRORS is not used" in seen.result.err


def test_call_without_packages_is_refused(kit: Path) -> None:
    """A call without package names ends with code 64 and one line."""
    result = run([*DASH, kit / "stage" / "system-packages.sh"])
    assert (result.rc, result.out, result.err.count("\n")) == (64, "", 1)
    assert "wanted the names of packages, saw none" in result.err


def test_user_without_root_is_refused(install: Install, tmp_path: Path) -> None:
    """A user without root gets code 71 and one line, and apt-get is not called."""
    fake_id = tmp_path / "bin" / "id"
    fake_id.write_text("#!/bin/sh\nprintf '1000\\n'\n")
    fake_id.chmod(0o755)
    seen = install("default")
    assert (seen.calls, seen.result.rc, seen.result.err.count("\n")) == ([], 71, 1)
    assert "wanted root to install packages, saw uid 1000" in seen.result.err
    assert seen.lists == ["of_yesterday"]


def test_odd_characters_of_sources_and_mirrors_are_data(install: Install, tmp_path: Path) -> None:
    """Characters that are special to sed and awk stay as they are in URLs, options and mirrors."""
    mirror = "https://b.example.org/$x'&|\\1;s/x/y/;e%20touch%20/pwned/debian"
    line = "# a\ndeb [a=b#c&d] http://archive.example.org/$x'&|\\1;/debian trixie main contrib # why\n"
    stanza = "# why\nTypes: deb\nURIs: http://a.example.org/$x'&|\\1;/debian\n http://c.example.org/debian/\n"
    stanza += "Suites: trixie\n"
    (tmp_path / "etc/sources.list").write_text(line)
    (tmp_path / "etc/sources.list.d/archive.sources").write_text(stanza + "Components: main")
    (tmp_path / "etc/sources.list.d/large.list").write_text("# x\n" * 20_000 + line.replace("trixie", "trixie-updates"))
    seen, there = install(mirror), f"{mirror}/"
    assert seen.result.rc == 0, repr(seen.result)
    sources = seen.calls[0]["sources"]
    line = line.replace("http://archive.example.org/$x'&|\\1;/debian", there.replace("%", "%25"))
    assert sources["sources.list"] == line
    wanted = f"# why\nTypes: deb\nURIs: {there}\nSuites: trixie\nComponents: main\n"
    assert sources["archive.sources"] == wanted
    assert sources["large.list"].endswith(line.replace("trixie", "trixie-updates"))
    assert not Path("/pwned").exists()
