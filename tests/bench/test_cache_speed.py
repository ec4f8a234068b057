"""Builds whose caches, builders or targets are ill, by docker-build.sh and by buildx, each on an engine of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.builds.builder import Builder, name_remote
from harness.builds.cache_build import Project, filled, frm, make_project, to, up
from harness.catalogue.schedule import parse
from harness.sites import registry_site
from harness.sites.cache_site import Cache, token
from harness.sites.push_site import Target, context_of_layers
from harness.sites.registry_site import Registry
from harness.sites.site import Rule, Site, Upstream
from harness.wire.loopback import refusing
from harness.wire.server import Running, serve

PATIENCE_S = 12
"""What a plain build gets; it takes half a second where all is well."""
MORE_S = 5
NEXT_S = 5


@dataclass(frozen=True)
class Side:
    """A builder on an engine of the test's own: the kit's builds and plain ones, and how the next one fares."""

    builder: Builder
    folder: Path

    def out(self) -> tuple[str, str]:
        """As every build here gives its result."""
        return "--output", f"type=local,dest={self.folder / 'out'}"

    def healthy(self) -> float:
        """Seconds of a kit's build without caches."""
        return self.builder.ours(*self.out(), make_project(self.folder).folder / "context").seconds

    def ours(self, project: Project, *words: str, **settings: str) -> tuple[float, int]:
        """Seconds and builds; the result must be right, and the next build must not wait."""
        before = len(self.builder.events("attempt"))
        result = self.builder.ours(*self.out(), *words, project.folder / "context", **settings)
        assert result.rc == 0, repr(result)
        assert (self.folder / "out" / "noise").read_bytes() == (project.folder / "context" / "noise").read_bytes()
        begun = time.monotonic()
        other = make_project(self.folder)
        assert self.builder.plain("--output", "type=cacheonly", other.folder / "context").rc == 0
        assert time.monotonic() - begun <= NEXT_S
        return result.seconds, len(self.builder.events("attempt")) - before

    def plain(self, project: Project, *words: str) -> str:
        """How buildx alone fares, and the build after it."""
        try:
            result = self.builder.plain(*self.out(), *words, project.folder / "context", timeout=PATIENCE_S)
            told = f"{result.seconds:.1f} s{'' if result.rc == 0 else ' fails'}"
        except AssertionError:
            told = f"over {PATIENCE_S} s"
        try:
            other = make_project(self.folder)
            self.builder.plain("--output", "type=cacheonly", other.folder / "context", timeout=PATIENCE_S)
        except AssertionError:
            told += ", the next build too"
        return told


@pytest.fixture
def side(breakable, builder, tmp_path) -> Side:
    """An engine that a plain build may freeze."""
    return Side(Builder(builder.kit, breakable.env, tmp_path), tmp_path)


@contextmanager
def registry_up(site: Site, **schedules: str) -> Iterator[Running]:
    """A registry."""
    rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
    with serve(Upstream("registry", site, registry_site.CLASSES, rules)) as lab:
        yield lab


ILL = {
    "503": "503x*", "429": "429x*", "silent": "stall x*", "page, 200": "htmlx*", "reset": "rstx*", "refused": "",
}  # fmt: skip


@contextmanager
def ill_actions_cache(case: str) -> Iterator[Sequence[str]]:
    """The words that import from it and export to it."""
    if case == "refused":
        with refusing() as url:
            spec = f"type=gha,url_v2={url}/,token={token()}"
            yield "--cache-from", spec, "--cache-to", spec
    elif case in ILL:
        with up(Cache(), ILL[case], "lookup") as lab:
            yield (*frm(lab), *to(lab))
    else:
        bearer = {"read-only token": token(write=False), "malformed token": "x"}.get(case, "")
        with up(Cache()) as lab:
            spec = f"type=gha,mode=max,version=1,url={lab.url}/,token={token()}"
            retired = ("--cache-from", spec, "--cache-to", spec)
            yield retired if case == "retired v1" else (*frm(lab, bearer), *to(lab, "", bearer))


@contextmanager
def ill_registry_cache(case: str) -> Iterator[Sequence[str]]:
    """The same in a registry."""

    def words(host: str) -> Sequence[str]:
        ref = f"{host}/team/cache:main"
        return "--cache-from", ref, "--cache-to", f"type=registry,ref={ref},mode=max"

    if case == "refused":
        with refusing() as url:
            yield words(url.removeprefix("http://"))
    else:
        with registry_up(Registry(), manifest=ILL[case]) as lab:
            yield words(lab.host)


CASES = [
    *((ill_actions_cache, case) for case in (*ILL, "read-only token", "malformed token", "retired v1")),
    *((ill_registry_cache, case) for case in ILL),
]


@pytest.mark.parametrize(("cache", "case"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_cache_that_is_ill(bench_table, side, cache, case):
    healthy = side.healthy()
    with cache(case) as words:
        seconds, builds = side.ours(make_project(side.folder), *words)
        plain = side.plain(make_project(side.folder), *words)
    name = "gha" if cache is ill_actions_cache else "registry cache"
    bench_table(f"{name}: {case}", f"{seconds - healthy:+.1f} s", f"+{MORE_S} s, one build     plain {plain}")
    assert (builds, seconds - healthy <= MORE_S) == (1, True)


def test_lost_layer(bench_table, side, breakable):
    project, other = make_project(side.folder), make_project(side.folder)
    for one, ours in ((project, True), (other, False)):
        with up(
            filled(breakable, one), "ok x2 -> 404(body=azure)x*" if ours else "ok -> 404(body=azure)x*", "blob"
        ) as lab:
            if ours:
                seconds, builds = side.ours(one, *frm(lab))
            else:
                plain = side.plain(one, *frm(lab))
    bench_table("gha: lost layer", f"{builds} builds", f"2, here in {seconds:.1f} s     plain {plain}")
    assert builds == 2


def test_signed_url_that_is_dead(bench_table, side, breakable):
    project = make_project(side.folder)
    healthy = side.healthy()
    with up(filled(breakable, project), "stall x*", "blob") as lab:
        seconds, builds = side.ours(project, *frm(lab))
        plain = side.plain(make_project(side.folder), *frm(lab))
    bench_table("gha: dead signed URL", f"{seconds - healthy:+.1f} s", f"never entered     plain {plain}")
    assert (builds, seconds - healthy <= MORE_S) == (1, True)


def test_signed_url_that_dies_later(bench_table, side, breakable):
    project = make_project(side.folder)
    with up(filled(breakable, project), "ok x1 -> stall x*", "blob") as lab, ThreadPoolExecutor(2) as pool:
        first = pool.submit(side.builder.ours, *frm(lab), project.folder / "context")
        lab.journal.wait_for("the fetch that stalls", lambda entry: entry.fault.startswith("stall"))
        second = pool.submit(side.builder.ours, make_project(side.folder).folder / "context")
    ours, other = first.result(), second.result()
    bench_table(
        "gha: the same, entered",
        f"{ours.seconds:.0f} s",
        f"60 s, others 30 s: {other.seconds:.0f} s     plain as above",
    )
    assert (ours.rc, other.rc, ours.seconds <= 60, other.seconds <= 30) == (0, 0, True, True), f"{ours!r}\n{other!r}"


def test_export_that_fails_late(bench_table, side):
    with up(Cache(), "503(body=twirp)x*", "reserve") as lab:
        seconds, builds = side.ours(make_project(side.folder), *to(lab))
        plain = side.plain(make_project(side.folder), *to(lab))
    bench_table("gha: export fails late", f"{seconds:.1f} s", f"build kept     plain {plain}")
    assert builds == 1


def test_healthy_caches(bench_table, side, breakable):
    """Both, filled; plain and ours by turns, each from a builder that has forgotten."""
    project = make_project(side.folder)
    plain, ours, hits = [], [], []
    with up(Cache()) as lab, registry_up(Registry()) as place:
        ref = f"{place.host}/team/cache:main"
        words = (*frm(lab), "--cache-from", ref, *to(lab), "--cache-to", f"type=registry,ref={ref},mode=max")
        # Filled, and then fetched once: a layer that the builder still has is no news to its progress.
        for _ in range(2):
            side.builder.plain(*side.out(), *words, project.folder / "context")
            project.forget(breakable)
        for _ in range(3):
            project.forget(breakable)
            alone = side.builder.plain(*side.out(), *words, project.folder / "context")
            project.forget(breakable)
            kit = side.builder.ours(*side.out(), *words, project.folder / "context")
            plain.append(alone.seconds)
            ours.append(kit.seconds)
            hits.append((alone.err.count("CACHED"), kit.err.count("CACHED")))
    bench_table(
        "healthy, both caches", f"{min(ours) - min(plain):+.2f} s", f"+0.5 s, same hits     plain {min(plain):.1f} s"
    )
    assert min(ours) - min(plain) <= 0.5
    assert len({count for pair in hits for count in pair}) == 1, hits


def test_dead_first_builder(bench_table, side, breakable):
    context = make_project(side.folder).folder / "context"
    env = breakable.env | {"BUILDX_CONFIG": str(side.folder / "buildx")}
    there = Builder(side.builder.kit, env, side.folder)
    healthy = min(there.ours("--no-cache", context, SEAWALL_BUILDERS="default").seconds for _ in range(2))
    with refusing() as url:
        name_remote(env, "dead", url.replace("http", "tcp"))
        begun = time.monotonic()
        assert there.plain("--builder", "dead", context).rc != 0
        plain = time.monotonic() - begun
        ours = there.ours("--no-cache", context, SEAWALL_BUILDERS="dead default")
    bench_table("dead first builder", f"{ours.seconds - healthy:+.1f} s", f"+2 s     plain fails after {plain:.0f} s")
    assert (ours.rc, ours.seconds - healthy <= 2) == (0, True), repr(ours)


def test_push_that_is_cut(bench_table, side):
    layers, size = 20, 100_000
    folder = context_of_layers(side.folder / "layers", layers, size)
    site, alone = Target(cut_at=18), Target(cut_at=18)
    with registry_up(site) as lab, registry_up(alone) as other:
        plain = side.builder.plain("--push", "--tag", f"{other.host}/team/app:1", folder)
        ours = side.builder.ours("--push", "--tag", f"{lab.host}/team/app:1", folder)
    again = sum(site.received.values()) / (layers * size) - 1
    bench_table("push cut at 90 %", f"{again:.0%} again", f"20 %     plain code {plain.rc}, {ours.seconds:.1f} s here")
    assert (ours.rc, again <= 0.2) == (0, True), repr(ours)


def test_all_plans_dead(bench_table, side):
    plans = "gha-full gha-only registry-only no-cache"
    with up(Cache(), "503(body=twirp)x*", "lookup") as service, registry_up(Registry(), manifest="503x*") as place:
        known = {"ACTIONS_RESULTS_URL": f"{service.url}/", "ACTIONS_RUNTIME_TOKEN": token()}
        seconds, builds = side.ours(
            make_project(side.folder), SEAWALL_STRATEGIES=plans, SEAWALL_CACHE_REF=f"{place.host}/team/cache:main",
            ACTIONS_CACHE_SERVICE_V2="True", **known,
        )  # fmt: skip
    bench_table("all plans dead", f"{builds} build", f"1, here in {seconds:.1f} s     12 in the usual loop")
    assert builds == 1
