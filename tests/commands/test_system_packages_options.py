"""scripts/stage/system-packages.sh with the real apt-get: options, lists of mirrors, plain apt-get beside it."""

from __future__ import annotations

import os

import pytest
from harness.builds.apt_image import KEY, SIGNER
from harness.sites.apt_site import SUITE, Archive
from harness.sites.artifacts import Package

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")

OLD, NEW, SMALL = Package("hello-seawall"), Package("hello-seawall", "2.0"), Package("small-seawall")
MAIN = Archive([OLD, SMALL], SIGNER)
NEWER = Archive([NEW], SIGNER, suite=f"{SUITE}-backports")
HELD = "Package: *\nPin: release n=stable-backports\nPin-Priority: 100\n"
CALLS = {
    "suite": ["-t", f"{SUITE}-backports", "hello-seawall"],
    "suite, glued": [f"-t{SUITE}-backports", "hello-seawall"],
    "suite, equals": [f"--target-release={SUITE}-backports", "hello-seawall"],
    "cluster": ["-qyt", f"{SUITE}-backports", "hello-seawall"],
    "behind the names": ["hello-seawall", "--default-release", f"{SUITE}-backports"],
    "settings": ["-o", "Dpkg::Options::=--force-confold", "-o", "Acquire::Languages=none", "hello-seawall"],
    "setting with a blank": ["-o", "Acquire::http::User-Agent=a b", "hello-seawall", "small-seawall"],
    "flags": ["--no-install-suggests", "--reinstall", "-y", "-q=2", "-V", "hello-seawall"],
    "simulation": ["--simulate", "hello-seawall"],
    "ends options": ["-y", "--", "hello-seawall"],
    "config file": ["-c", "/etc/apt/own.conf", "hello-seawall"],
    "unknown suite": ["-t", "nothing", "hello-seawall"],
    "unknown option": ["--zork", "hello-seawall"],
    "unknown short option": ["-z", "hello-seawall"],
    "setting without a value": ["-o", "foo", "hello-seawall"],
}
CODES = {"unknown suite": 69, "unknown option": 64, "unknown short option": 64, "setting without a value": 64}


OTHER_FORMS = ("suite, glued", "suite, equals", "setting with a blank", "unknown short option")
"""Forms of what another call has, too."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in OTHER_FORMS else ()) for name in CALLS]
)
def test_options_mean_what_they_mean_to_apt(image, up, name: str) -> None:
    """Options of apt-get install, in each form, with the sources of the image and with a mirror after a dead host."""
    own, dead, mirror = up(MAIN, NEWER), up(fault="503x*"), up(MAIN, NEWER)
    lines = "".join(f"deb [signed-by={KEY}] URL/debian {suite} main\n" for suite in (SUITE, f"{SUITE}-backports"))
    image.machine.has({"sources.list": lines.replace("URL", own.url), "preferences.d/held": HELD, "own.conf": ""})
    plain = image.plain(*CALLS[name])
    wanted = image.installed
    assert (plain.rc == 0) == (name not in CODES), repr(plain)
    result = image.install("default", *CALLS[name])
    assert (result.rc, image.installed) == (CODES.get(name, 0), wanted), repr(result)
    image.machine.has({"sources.list": lines.replace("URL", dead.url)})
    result = image.install(f"default {mirror.url}/debian", *CALLS[name])
    # The dead host may have the suite.
    code = 75 if name == "unknown suite" else CODES.get(name, 0)
    assert (result.rc, image.installed) == (code, wanted), repr(result)


@pytest.mark.parametrize("words", [["-d", "hello-seawall"], ["hello-seawall", "-t"], ["-qd", "x"], ["-y"]],
                         ids=["only download", "no value", "cluster", "no name"])  # fmt: skip
def test_call_that_installs_nothing_is_refused(image, words: list[str]) -> None:
    """An option without its value, without a name, or that installs nothing: code 64 and one line."""
    image.machine.has({"sources.list": ""})
    result = image.install("default", *words)
    assert (result.rc, result.err.count("\n")) == (64, 1), repr(result)


def test_option_that_accepts_unsigned_packages_excludes_other_mirrors(image, up) -> None:
    """With --allow-unauthenticated only the first mirror is used, because another one could serve anything."""
    dead, mirror = up(fault="503x*"), up(Archive([OLD]))
    image.machine.has({"sources.list": f"deb [signed-by={KEY}] {dead.url}/debian {SUITE} main\n"})
    words = ["--allow-unauthenticated", "--allow-insecure-repositories", "hello-seawall"]
    result = image.install(f"default {mirror.url}/debian", *words)
    assert (result.rc, image.installed, mirror.paths) == (75, set(), []), repr(result)


LISTS = [
    pytest.param("sources.list", "deb [signed-by={key}] mirror+file:{list} {suite} main\n", id="one line",
                 marks=pytest.mark.long),
    pytest.param("sources.list", "deb [signed-by={key}] mirror+file://{list} {suite} main\n", id="three slashes"),
    pytest.param("sources.list.d/a.sources",
                 "Types: deb\nURIs: mirror+file:{list}\nSuites: {suite}\nComponents: main\nSigned-By: {key}\n",
                 id="deb822"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), LISTS)
def test_list_of_mirrors_in_a_file_is_replaced_by_a_mirror(image, up, name: str, text: str) -> None:
    """`mirror+file:` is left to apt while one of its mirrors is healthy; else another mirror serves."""
    dead, other, mirror = up(fault="503x*"), up(MAIN), up(MAIN)
    image.machine.has({name: text.format(key=KEY, suite=SUITE, list="/etc/apt/mirrors.txt")})
    image.machine.has({"mirrors.txt": f"{dead.url}/debian\n{other.url}/debian\n"})
    assert image.plain("hello-seawall").rc == 0
    result = image.install(f"default {mirror.url}/debian")
    assert (result.rc, image.installed, mirror.paths) == (0, {"hello-seawall 1.0"}, []), repr(result)
    image.machine.has({"mirrors.txt": f"# ours\n{dead.url}/debian/\tpriority:1\n"})
    assert image.plain("hello-seawall").rc == 100
    result = image.install(f"default {mirror.url}/debian")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.0"}), repr(result)


@pytest.mark.parametrize("days", [0.5, pytest.param(3, marks=pytest.mark.long), 400])
def test_release_from_the_future_is_left_for_the_next_mirror(image, up, days: float) -> None:
    """A mirror whose clock is wrong is left for the next one; if all say so, it is this machine's clock: 71."""
    ahead, good = up(Archive([OLD], SIGNER, made=days, good_for=500)), up(MAIN)
    image.machine.has({"sources.list": f"deb [signed-by={KEY}] {ahead.url}/debian {SUITE} main\n"})
    result = image.install(f"default {good.url}/debian")
    assert (result.rc, image.installed) == (0, {"hello-seawall 1.0"}), repr(result)
    assert image.install("default", SEAWALL_BUDGET="0").rc == 71
