"""scripts/lib/host/registry/registry.sh and images/hedge.sh with the lab's registry: requests and results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.load import allowed
from harness.machine.run import Result, clean_environment, run
from harness.machine.shells import Shell
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise
from harness.sites.registry_site import Registry
from harness.sites.site import Rule, Upstream
from harness.wire.loopback import refusing
from harness.wire.server import Running, serve

ROOMS = "base attempt verdict ladder host/machine host/registry host/call host/bases host/images"
PRELUDE = (
    f'. "$SEAWALL_LIB/load.sh"; load {ROOMS}\n'
    """LOG_NAME=t
settings_place() { printf "environment\\n"; }
state_use "$STATE_FOLDER" ""
tell() { [ -f "$1" ] && { printf "ok "; cat "$1"; } || { cat "$1.class"; }; }
"""
)
ANSWERS = {
    "good": ({}, "ok {digest}"),
    "503": ({"manifest": "503x*"}, "http-5xx"),
    "429": ({"manifest": "429x*"}, "rate-limited"),
    "403": ({"manifest": "403x*"}, "auth"),
    "401": ({"manifest": "401x*"}, "auth"),
    "404": ({"manifest": "404x*"}, "not-found"),
    "page": ({"manifest": "htmlx*"}, "html-instead-of-json"),
    "reset": ({"manifest": "rstx*"}, "connection-reset"),
    "silent": ({"manifest": "stall x*"}, "timeout"),
    "manifest that lies": ({"manifest": "flip@10x*"}, "integrity"),
    "configuration that lies": ({"blob": "flip@10x*"}, "integrity"),
}


@pytest.fixture
def snippet(shell: Shell, kit: Path, tmp_path: Path) -> Callable[..., Result]:
    """Runs shell code that has the modules; state and scratch are the test's own."""
    (tmp_path / "scratch").mkdir()

    def call(script: str, *words: str, **settings: str) -> Result:
        env = clean_environment(tmp_path) | {
            "SEAWALL_LIB": str(kit / "lib"), "SCRATCH": str(tmp_path / "scratch"),
            "STATE_FOLDER": str(tmp_path / "state"), "SEAWALL_REGISTRY_MIRRORS": "", "SEAWALL_EVENTS": "/dev/null",
        } | settings  # fmt: skip
        return run([*shell.argv, "-c", "set -eu\n" + PRELUDE + script, "t", *words], env=env, cwd=tmp_path)

    return call


@pytest.fixture
def site() -> Registry:
    found = Registry()
    found.digest = found.add_image("team/hello", "1", Image(noise(1000)))  # type: ignore[attr-defined]
    return found


@pytest.fixture
def registry(site: Registry) -> Iterator[Callable[..., Running]]:
    with ExitStack() as stack:

        def call(other: Registry | None = None, **schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            return stack.enter_context(serve(Upstream("registry", other or site, registry_site.CLASSES, rules)))

        yield call


ASK = 'registry_ask "$1" "$SCRATCH/a" || :; tell "$SCRATCH/a"'


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_has_a_class(snippet, registry, site, name):
    faults, wanted = ANSWERS[name]
    result = snippet(ASK, f"{registry(**faults).host}/team/hello:1")
    assert result.out.strip() == wanted.format(digest=site.digest), repr(result)


def test_nobody_listens(snippet):
    with refusing() as url:
        assert snippet(ASK, f"{url.partition('//')[2]}/team/hello:1").out.strip() == "connection-refused"


def test_token_is_fetched_once(snippet, registry, site):
    own = registry(Registry(True, site.blobs, site.tags))
    result = snippet(ASK, f"{own.host}/team/hello:1")
    assert result.out.startswith("ok "), repr(result)
    assert [entry.status for entry in own.journal if entry.method == "HEAD"] == [401, 200]
    assert len([entry for entry in own.journal if entry.path_class == "token"]) == 1


def test_digest_that_is_wanted_is_the_one_that_counts(snippet, registry):
    other = "sha256:" + "1" * 64
    assert snippet(ASK, f"{registry().host}/team/hello:1@{other}").out.strip() == "not-found"


def test_answer_holds_for_other_builds(snippet, registry):
    own = registry()
    for _ in range(2):
        assert snippet(ASK, f"{own.host}/team/hello:1").out.startswith("ok ")
    assert [entry.method for entry in own.journal if entry.path_class == "manifest"] == ["HEAD", "GET"]


def test_ill_registry_is_left_alone(snippet, registry):
    own = registry(manifest="503x*")
    for _ in range(3):
        assert snippet(ASK, f"{own.host}/team/hello:1").out.strip() == "http-5xx"
    assert len([entry for entry in own.journal if entry.path_class == "manifest"]) == 1


def test_time_that_is_asked_for_is_kept(snippet, registry):
    own = registry(manifest="429(retry-after=60)x*")
    script = ASK + '; registry_seconds_left "$2"'
    seconds = int(snippet(script, f"{own.host}/team/hello:1", own.host).out.split()[-1])
    assert 58 <= seconds <= 61


HEDGE = 'hedge_probe "$1"; picks_place "$1"; hedge_stop'


class TestHedge:
    """An image's own registry and a mirror of it."""

    def test_good_registry_is_the_one(self, snippet, registry):
        own, mirror = registry(), registry()
        image = f"{own.host}/team/hello:1"
        result = snippet(HEDGE, image, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert result.out.strip() == image, repr(result)

    @pytest.mark.parametrize("faults", ["503x*", "stall x*", "htmlx*"])
    def test_mirror_is_found_within_a_second_or_two(self, snippet, registry, faults):
        own, mirror = registry(manifest=faults), registry()
        begun = time.monotonic()
        result = snippet(HEDGE, f"{own.host}/team/hello:1", SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert result.out.strip() == f"{mirror.host}/team/hello:1", repr(result)
        assert time.monotonic() - begun <= allowed(6 if "stall" in faults else 4)

    def test_mirror_must_have_the_digest_that_is_known(self, snippet, registry, site):
        own, moved = registry(manifest="ok -> 503x*"), Registry()
        moved.add_image("team/hello", "1", Image(noise(2000)))
        mirror = registry(moved)
        image, mirrors = f"{own.host}/team/hello:1", f"{own.host}={mirror.host}"
        assert snippet(HEDGE, image, SEAWALL_REGISTRY_MIRRORS=mirrors).out.strip() == image
        forget = "REGISTRY_MEMORY_SECONDS=-1; BREAKER_INTERVAL_SECONDS=-1; images_forget; "
        result = snippet(forget + HEDGE, image, SEAWALL_REGISTRY_MIRRORS=mirrors)
        assert result.out.strip() == "", repr(result)
        assert {entry.status for entry in mirror.journal if site.digest in entry.path} == {404}
