"""A mirror never decides about a tag: the own registry does, even a slow one; and which names each mirror sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.builds.builder import Mortal
from harness.catalogue.schedule import parse
from harness.machine.load import allowed
from harness.machine.run import Result, clean_environment, run
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise
from harness.sites.registry_site import Registry
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

ROOMS = "base attempt verdict ladder host/machine host/registry host/call host/bases host/images"
PRELUDE = f"""set -euf
. "$SEAWALL_LIB/load.sh"; load {ROOMS}
LOG_NAME=t SETTINGS_FROM=' SEAWALL_REGISTRY_MIRRORS=environment '
docker() {{ return 1; }}
view_find() {{ VIEW=ours; }}
state_use "$STATE_FOLDER" ""
"""
# Image, source and verdict of each row of the image plan.
CHOSEN = """cut -f 2,5,6 "$SCRATCH/image-plan.tsv"
"""
CHOOSE = f"""images_choose "$@"; hedge_stop
{CHOSEN}printf 'unverified %s\\n' "$(image_plan_list unverified)"
"""
CLASSES = (("digest", "/manifests/sha256:"), *registry_site.CLASSES)
SLOW = {"manifest": "delay(s=0.6)x*", "digest": "delay(s=0.6)x*"}
FAILURES = ["503x*", "429x*", "rstx*", "htmlx*", "stall x*"]


def site_of(size: int) -> Registry:
    """A registry with `team/app:1`, whose bytes depend on SIZE."""
    site = Registry()
    site.add_image("team/app", "1", Image(noise(size)))
    return site


OWN, OTHER = site_of(1000), site_of(2000)
DIGEST, WRONG = OWN.tags["team/app"]["1"], OTHER.tags["team/app"]["1"]


@pytest.fixture
def registry() -> Iterator[Callable[..., Running]]:
    """Registries with schedules by path class."""
    with ExitStack() as stack:

        def call(site: Registry = OWN, **schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            return stack.enter_context(serve(Upstream("registry", site, CLASSES, rules)))

        yield call


@pytest.fixture
def ask(kit: Path, tmp_path: Path) -> Callable[..., Result]:
    """Runs shell code with the modules; the state is that of the test, the scratch folder is new for each call."""
    calls = iter(range(9))

    def call(script: str, *words: str, argv: Sequence[str] = ("sh",), **settings: str) -> Result:
        scratch = tmp_path / f"scratch-{next(calls)}"
        scratch.mkdir()
        env = clean_environment(tmp_path) | {
            "SEAWALL_LIB": str(kit / "lib"), "SCRATCH": str(scratch), "STATE_FOLDER": str(tmp_path / "state"),
            "SEAWALL_REGISTRY_MIRRORS": "", "SEAWALL_BASE_FALLBACKS": "", "SEAWALL_EVENTS": str(tmp_path / "events"),
            "SEAWALL_RUN": "r", "SEAWALL_LAST_GOOD_MAX_AGE": "604800",
        } | settings  # fmt: skip
        return run([*argv, "-c", PRELUDE + script, "t", *words], env=env, cwd=tmp_path)

    return call


def image_of(own: Running) -> str:
    return f"{own.host}/team/app:1"


def mirrored(own: Running, *mirrors: Running) -> str:
    return " ".join(f"{own.host}={mirror.host}" for mirror in mirrors)


class TestTag:
    """Resolving a tag that is not known yet."""

    def test_slow_registry_is_believed_and_not_the_mirror(self, ask, registry):
        """The own registry takes 0.6 s per request and still decides; the fast mirror has another digest."""
        own, mirror = registry(**SLOW), registry(OTHER)
        result = ask(CHOOSE, image_of(own), SEAWALL_REGISTRY_MIRRORS=mirrored(own, mirror))
        assert result.out == f"{image_of(own)}\t{image_of(own)}\tdefault\nunverified \n", repr(result)
        assert WRONG not in result.out + result.err

    def test_what_a_slow_registry_said_binds_the_mirror_later(self, ask, registry):
        """The digest is stored, so that the mirror is asked for it when the registry fails later."""
        own, mirror = registry(manifest="delay(s=0.4)x1 -> 503x*"), registry(OTHER)
        mirrors = mirrored(own, mirror)
        assert "default" in ask(CHOOSE, image_of(own), SEAWALL_REGISTRY_MIRRORS=mirrors).out
        forget = "REGISTRY_MEMORY_SECONDS=-1; BREAKER_INTERVAL_SECONDS=-1; "
        result = ask(forget + CHOOSE, image_of(own), SEAWALL_REGISTRY_MIRRORS=mirrors)
        assert WRONG not in result.out, repr(result)
        assert {entry.status for entry in mirror.journal if DIGEST in entry.path} == {404}

    @pytest.mark.parametrize("fault", FAILURES)
    def test_failed_registry_leaves_it_to_the_mirror_and_it_is_said(self, ask, registry, tmp_path, fault):
        """If the registry fails, the mirror decides about the tag, with a warning."""
        own, mirror = registry(manifest=fault), registry()
        begun = time.monotonic()
        result = ask(CHOOSE, image_of(own), SEAWALL_REGISTRY_MIRRORS=mirrored(own, mirror))
        place = f"docker-image://{mirror.host}/team/app:1@{DIGEST}"
        assert f"{image_of(own)}\t{place}\tunverified tag\nunverified {image_of(own)}\n" in result.out, repr(result)
        assert result.err.count("unverified tag") == 1
        assert '"verdict":"unverified tag"' in (tmp_path / "events").read_text()
        assert time.monotonic() - begun <= allowed(5)

    def test_failure_that_comes_late_is_one(self, ask, registry):
        """If the registry fails late, the answer of the mirror is used at once."""
        own, mirror = registry(Mortal(dead=True), manifest="delay(s=1)x*"), registry()
        result = ask(CHOOSE, image_of(own), SEAWALL_REGISTRY_MIRRORS=mirrored(own, mirror))
        assert "unverified tag" in result.out, repr(result)

    def test_digest_of_the_first_answer_counts_whatever_comes_later(self, ask, registry):
        """If the registry gives the digest and no bytes, the mirror with that digest serves, not another one."""
        own, stale, mirror = registry(manifest="delay(s=0.4)x*", digest="stall x*"), registry(OTHER), registry()
        result = ask(CHOOSE, image_of(own), SEAWALL_REGISTRY_MIRRORS=mirrored(own, stale, mirror))
        place = f"docker-image://{mirror.host}/team/app:1@{DIGEST}"
        assert f"\t{place}\tmirror\nunverified \n" in result.out, repr(result)
        later = ask('places_known_digest "$1"', image_of(own)).out
        assert later == f"{DIGEST}\n"

    def test_digest_without_bytes_is_looked_at_again(self, ask, registry):
        """A digest whose bytes were not checked is checked again by the next build."""
        own = registry(digest="flip@10x*")
        for _ in range(2):
            ask("BREAKER_FAILURES=9; " + CHOOSE, image_of(own))
        methods = [entry.method for entry in own.journal if entry.path_class in ("manifest", "digest")]
        assert methods == ["HEAD", "GET", "HEAD", "GET"]

    @pytest.mark.parametrize("fault", ["404x*", "401x*"])
    def test_no_of_the_registry_is_no_failure(self, ask, registry, fault):
        """A 404 or a 401 of the registry is an answer, not an outage: the builder uses the registry, not the mirror."""
        own, mirror = registry(manifest=fault), registry()
        result = ask(CHOOSE, image_of(own), SEAWALL_REGISTRY_MIRRORS=mirrored(own, mirror))
        assert "\tdefault\nunverified \n" in result.out, repr(result)

    def test_known_digest_comes_from_whoever_is_first(self, ask, registry):
        """A known digest is served by the first source that answers."""
        own, mirror = registry(digest="delay(s=2)x*"), registry()
        image = f"{image_of(own)}@{DIGEST}"
        result = ask(CHOOSE, image, SEAWALL_REGISTRY_MIRRORS=mirrored(own, mirror))
        assert f"docker-image://{mirror.host}/team/app:1@{DIGEST}\tmirror" in result.out, repr(result)


class TestBlame:
    """A build that fails: the place that was chosen for this attempt is left, and no other."""

    FAIL = """image=$1 own=$2 mirror=$3
    hedge_probe "$image"; images_choose "$image"
    # The own registry answers while the build runs.
    places_find_answer "$image"
    until [ -f "$PLACES_ANSWER" ]; do clock_sleep 0.05; done
    printf '%s\\n' " > [1/2] FROM $image:" \\
        "ERROR: failed to copy: GET http://$mirror/v2/team/app/blobs/x: 503 Service Unavailable" >"$SCRATCH/said"
    judge_attempt 1 "$SCRATCH/said" buildkit ''
    ! blame_registry "$SCRATCH/said" "$SCRATCH/progress" || printf 'another place\\n'
    for host in "$mirror" "$own"; do
        if registry_is_ejected "$host"; then printf 'ejected\\n'; else printf 'healthy\\n'; fi
    done
    images_forget; hedge_probe "$image"; images_choose "$image"; hedge_stop
    """

    def test_mirror_that_fails_in_the_build_is_blamed_and_not_the_own_registry(self, ask, registry):
        """The own registry was slow before the build and answers during it; the mirror answers 503 in the build.

        The next attempt uses the own registry, and other builds do not avoid it.
        """
        own, mirror = registry(digest="delay(s=1.6)x1"), registry()
        image = f"{image_of(own)}@{DIGEST}"
        result = ask(self.FAIL + CHOSEN, image, own.host, mirror.host, SEAWALL_REGISTRY_MIRRORS=mirrored(own, mirror))
        assert result.out == f"another place\nejected\nhealthy\n{image}\t{image}\tdefault\n", repr(result)


class TestNames:
    """The names that each registry and mirror sees."""

    DEFAULT = "SETTINGS_FROM=' SEAWALL_STATE=user '; "
    LIST = 'for image in "$@"; do places_of "$image" | sed 1d; done'
    PUBLIC = (
        "golang:1",
        "docker/dockerfile:1",
        "moby/buildkit:buildx-stable-1",
        "tonistiigi/binfmt",
        "index.docker.io/golang",
    )
    PRIVATE = (
        "mycompany/secret-app:1", "docker.io/mycompany/app", "moby/buildkit-private:1",
        "library.example.org/library/x:1", "docker/dockerfile-private:1", "tonistiigi/xx:1",
    )  # fmt: skip

    def test_mirrors_that_nobody_named_hear_public_names_only(self, ask):
        """Default mirrors see names of public images only."""
        mirrors = "docker.io=mirror.example.org"
        result = ask(self.DEFAULT + self.LIST, *self.PUBLIC, *self.PRIVATE, SEAWALL_REGISTRY_MIRRORS=mirrors)
        assert result.out.splitlines() == [
            "mirror.example.org/library/golang:1", "mirror.example.org/docker/dockerfile:1",
            "mirror.example.org/moby/buildkit:buildx-stable-1", "mirror.example.org/tonistiigi/binfmt",
            "mirror.example.org/library/golang",
        ], repr(result)  # fmt: skip

    def test_mirror_that_the_user_named_hears_all(self, ask):
        """A mirror that the user configured sees every name of its registry."""
        result = ask(self.LIST, *self.PRIVATE[:2], SEAWALL_REGISTRY_MIRRORS="docker.io=mirror.example.org")
        assert result.out.splitlines() == [
            "mirror.example.org/mycompany/secret-app:1", "mirror.example.org/mycompany/app",
        ]  # fmt: skip

    def test_private_name_is_never_asked_at_a_default_mirror(self, ask, registry):
        """While its registry is down, neither a build nor preflight.sh sends a private name to a default mirror."""
        mirror = registry()
        for option in ("", "--all"):
            ask(
                self.DEFAULT + f"http_ask() {{ return 7; }}; hedge_probe {option} team/app:1; hedge_stop",
                SEAWALL_REGISTRY_MIRRORS=f"docker.io={mirror.host}",
            )
        assert list(mirror.journal) == []

    def test_pairs_are_strings(self, ask):
        """The name of a registry in a pair is compared as text, not as a pattern."""
        result = ask(
            self.LIST,
            "dockerXio/team/app:1",
            "docker.io/team/app",
            SEAWALL_REGISTRY_MIRRORS="docker?io=m.example.org d*=n.example.org",
        )
        assert result.out == "", repr(result)


class TestMemory:
    """The shared files of digests."""

    def test_bad_line_is_skipped_and_said_once(self, ask, shell, tmp_path):
        """Malformed numbers, code and future times are skipped with one warning, without an error of a shell."""
        bad = (
            "08 {}", "99999999999999999999 {}", "-5 {}", "HOME[0] {}", "x {}", " ", "1 2 3 4", "{0} {0}", "$(id) {}",
            "9999999999 {}", "HOME[$(id>pwned)] {}", "1 {}", "+1 {}", "0x1 {}",
        )  # fmt: skip
        script = """name=$1 digest=$2; shift 2; digests_remember "$name" "$digest"
        for line in "$@"; do printf '%s\n' "$line" >>"$DIGESTS"; done
        digests_recall "$name" 60; digests_recall "$name" 60 seen"""
        lines = [line.format(WRONG) for line in bad]
        result = ask(script, "registry.example.org/team/app:1", DIGEST, *lines, argv=shell.argv)
        assert (result.rc, result.out) == (0, f"{DIGEST}\n{DIGEST}\n"), repr(result)
        assert result.err.count("\n") == 1
        assert "saw another line and skipped it" in result.err
        assert not (tmp_path / "pwned").exists()

    def test_digest_that_was_only_seen_is_no_answer(self, ask):
        """A line with an unchecked digest does not replace an earlier, checked one."""
        script = """digests_remember "$1" "$2"; digests_remember "$1" "$3" seen
        digests_recall "$1" 60 || printf 'none\\n'; digests_recall "$1" 60 seen"""
        assert ask(script, "registry.example.org/a:1", DIGEST, WRONG).out == f"none\n{WRONG}\n"
