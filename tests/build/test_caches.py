"""Caches that fail in every way: the build is right, is one build, and leaves the builder free for the next one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from harness.builds.cache_build import SIZE, Project, filled, frm, make_project, seen, to, up
from harness.builds.engine import Engine
from harness.machine.load import allowed
from harness.machine.run import Result
from harness.sites.cache_site import Cache, token
from harness.sites.registry_site import Registry
from harness.wire.loopback import refusing
from harness.wire.server import Running

MORE_S = 5
"""Seconds that a dead cache may add to a build."""
NEXT_S = 5
"""Seconds that the next, unrelated build may take."""
FAILING = {
    "503": "503(body=twirp)x*", "429": "429x*", "page": "400(body=html)x*", "page with 200": "htmlx*",
    "reset": "rstx*", "silent": "stall x*",
}  # fmt: skip
LOST = {"flipped": "ok x2 -> flip@50x*", "cut": "ok x2 -> fin@50x*", "gone": "ok x2 -> 404(body=azure)x*"}
"""The first two requests are those for the index: by the probe, then by the builder."""
LONG = {"page", "page with 200", "reset", "cut"}
"""Cases that unit tests cover too and that differ little for a build; they run with --all."""
pytestmark = pytest.mark.usefixtures("exporter")


def cases(names: Iterable[str]) -> list[ParameterSet]:
    """The names as parameters; those of LONG have the mark."""
    return [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in names]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A build that no engine has seen."""
    return make_project(tmp_path)


@pytest.fixture
def ours(builder, project) -> Callable[..., Result]:
    """Builds the project with the kit, then another one with buildx, which must not wait."""

    def call(*words: str, **settings: str) -> Result:
        output = ("--output", f"type=local,dest={project.folder / 'out'}")
        result = builder.ours(*output, *words, project.folder / "context", **settings)
        other = make_project(project.folder)
        begun = time.monotonic()
        assert builder.plain("--output", "type=cacheonly", other.folder / "context", timeout=60).rc == 0
        assert time.monotonic() - begun <= allowed(NEXT_S), "the next build had to wait"
        return result

    return call


@pytest.fixture
def attempts(builder) -> Callable[[], int]:
    """The number of builds that were started."""
    return lambda: len(builder.events("attempt"))


@pytest.fixture
def healthy(engine, project) -> float:
    """Seconds of a plain build without any cache."""
    begun = time.monotonic()
    assert project.build(engine).rc == 0
    project.forget(engine)
    return time.monotonic() - begun


def in_registry(lab: Running) -> tuple[str, str, str, str]:
    """Arguments that import from a registry cache and export to it."""
    ref = f"{lab.host}/team/cache:main"
    return "--cache-from", ref, "--cache-to", f"type=registry,ref={ref},mode=max"


def fault_of(schedule: str) -> str:
    """The last fault of a schedule."""
    return schedule.rpartition("-> ")[2].removesuffix("x*")


def report(project: Project) -> dict[str, Any]:
    """The kit's report on the last build."""
    return json.loads((project.folder.parent / "state" / "report.json").read_text())


def check_filled_and_used(engine: Engine, ours: Callable[..., Result], project: Project, lab: Running, *words: str):
    """The second of two builds, on an engine without records of the first, takes its layers from the cache."""
    first = ours(*words)
    project.forget(engine)
    assert [entry for entry in lab.journal if entry.method == "PUT" and entry.status == 201], lab.journal.table()
    lab.journal.clear()
    second = ours(*words)
    downloads = [entry.sent for entry in lab.journal if entry.method == "GET" and entry.path_class == "blob"]
    assert len([sent for sent in downloads if sent >= SIZE]) == 1, lab.journal.table()
    assert (first.rc, second.rc, project.is_whole) == (0, 0, True), f"{first!r}\n{second!r}"
    assert second.err.count("CACHED") >= 2, repr(second)
    taken = [row for row in report(project)["caches"] if row["way"] == "import"]
    assert [row["hits"] for row in taken] == [2]
    assert SIZE <= taken[0]["bytes"] <= SIZE * 1.1, "the layer of the noise, and a small one"


class TestActionsCache:
    """`type=gha`, import and export."""

    def test_healthy_cache_is_filled_and_used(self, engine, ours, project, attempts):
        """A healthy Actions cache gets the layers of the first build, and the second build takes them from it."""
        with up(Cache()) as lab:
            check_filled_and_used(engine, ours, project, lab, *frm(lab), *to(lab))
        assert attempts() == 2

    @pytest.mark.parametrize("case", cases(FAILING))
    def test_failing_cache_costs_seconds(self, ours, project, attempts, healthy, case):
        """A cache service that fails is probed once each way and left out; the build loses seconds and stays right."""
        with up(Cache(), FAILING[case], "lookup") as lab:
            result = ours(*frm(lab), *to(lab))
            assert len(seen(lab, "lookup")) == 2, lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= allowed(healthy + MORE_S)
        assert result.err.count(" dropped: ") == 2

    def test_unreachable_cache_costs_seconds(self, ours, project, attempts, healthy):
        """A cache service that refuses connections costs seconds, not the build."""
        with refusing() as url:
            spec = f"type=gha,url_v2={url}/,token={token()}"
            result = ours("--cache-from", spec, "--cache-to", spec)
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= allowed(healthy + MORE_S)

    @pytest.mark.parametrize("bearer", ["x", token(expires=-1)], ids=["malformed", "expired"])
    def test_invalid_token_leaves_the_cache_out(self, engine, ours, project, attempts, bearer):
        """A malformed or expired token fails a plain build; the kit builds once, without the cache."""
        with up(Cache()) as lab:
            assert project.build(engine, *to(lab, ",ignore-error=true", bearer)).rc == 1
            result = ours(*frm(lab, bearer), *to(lab, "", bearer))
            assert len(lab.journal) == 0, "neither buildx nor the kit sends the token"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)

    def test_read_only_token_still_imports(self, engine, ours, project, attempts):
        """The read-only token of a fork imports from the cache and skips the export, which fails a plain build."""
        with up(filled(engine, project)) as lab:
            reader = token(write=False)
            assert project.build(engine, *to(lab, "", reader)).rc == 1
            project.forget(engine)
            result = ours(*frm(lab, reader), *to(lab, "", reader))
            assert seen(lab, "reserve") == [("ok", 403)], "the plain build's"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.err.count("CACHED") >= 2

    def test_retired_service_version_is_named_and_left_out(self, engine, ours, project, attempts):
        """Version 1 of the service, which GitHub retired, is named and left out; the build runs without it."""
        with up(Cache()) as lab:
            spec = f"type=gha,mode=max,version=1,url={lab.url}/,token={token()}"
            assert project.build(engine, "--cache-to", spec).rc == 1
            lab.journal.clear()
            result = ours("--cache-from", spec, "--cache-to", spec)
            assert set(seen(lab, "v1")) == {("ok", 422)}, lab.journal.table()
            assert len(lab.journal) <= 2, "one request each way"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert "the first version of the service is retired" in result.err

    @pytest.mark.parametrize("fault", ["stall x*", "503(body=azure)x*"])
    def test_dead_signed_url_is_never_given_to_the_builder(self, engine, ours, project, attempts, healthy, fault):
        """A download URL that stalls or fails costs one request each way; the builder never gets it."""
        with up(filled(engine, project), fault, "blob") as lab:
            result = ours(*frm(lab), *to(lab))
            assert len(seen(lab, "blob")) == 2, "one question for each way"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= allowed(healthy + MORE_S)

    @pytest.mark.parametrize("case", cases(LOST))
    def test_lost_layer_costs_one_more_build(self, engine, ours, project, attempts, case):
        """A layer that the cache promises and cannot deliver costs one retry without the cache."""
        with up(filled(engine, project), LOST[case], "blob") as lab:
            result = ours(*frm(lab))
            faults = [fault for fault, _ in seen(lab, "blob")]
            assert (faults[:2], set(faults[2:])) == (["ok", "ok"], {fault_of(LOST[case])}), lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 2), repr(result)
        assert "a layer that it listed is missing" in result.err

    @pytest.mark.parametrize("path_class", ["reserve", "finalize"])
    def test_export_that_fails_late_keeps_the_build(self, engine, ours, project, attempts, path_class):
        """An export that fails after the build fails a plain build; the kit keeps the result and says so."""
        with up(Cache(), "503(body=twirp)x*", path_class) as lab:
            assert project.build(engine, *to(lab)).rc == 1
            result = ours(*to(lab))
            assert seen(lab, path_class) == [("503(body=twirp)", 503)] * 2, "one of the plain build, one of the kit"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert "cache gha:lab: the export failed, the image is complete" in result.err, repr(result)

    @pytest.mark.parametrize("lag", [1, 9])
    def test_entry_that_is_not_visible_yet_is_a_miss(self, engine, ours, project, attempts, lag):
        """G9: an entry that is not visible yet, to the probe or to the builder too, is a cache miss."""
        with up(filled(engine, project, Cache(lag=lag))) as lab:
            result = ours(*frm(lab))
            assert set(seen(lab, "lookup")) == {("ok", 200)}, lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)

    @pytest.mark.fault("G8")
    def test_refused_reservation_skips_the_upload(self, ours, project, attempts):
        """G8: a cache that refuses a new entry gets no upload; the build is unaffected."""
        with up(Cache(refusal="cache entry with the same key already exists")) as lab:
            result = ours(*to(lab))
            assert not [entry for entry in lab.journal if entry.method == "PUT"], lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)


class TestRegistryCache:
    """`type=registry`, import and export."""

    def test_healthy_cache_is_filled_and_used(self, engine, ours, project, attempts, registry):
        """A registry cache gets the layers of the first build, and the second build takes them from it."""
        lab = registry(Registry())
        check_filled_and_used(engine, ours, project, lab, *in_registry(lab))
        assert attempts() == 2

    @pytest.mark.parametrize("case", cases(["503", "429", "page with 200", "reset", "silent"]))
    def test_failing_cache_costs_seconds(self, ours, project, attempts, healthy, registry, case):
        """A cache registry that fails gets at most four requests; the build loses seconds and stays right."""
        lab = registry(Registry(), manifest=FAILING[case].replace("(body=twirp)", ""))
        result = ours(*in_registry(lab))
        assert len(list(lab.journal)) <= 2 + 2, lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= allowed(healthy + MORE_S)
        assert result.err.count(" dropped: ") == 2

    def test_cache_that_requires_a_login_is_left_out(self, ours, project, attempts, registry):
        """A cache registry that answers 401 is left out in both directions."""
        lab = registry(Registry(), manifest="401x*")
        result = ours(*in_registry(lab))
        assert set(seen(lab, "manifest")) == {("401", 401)}, lab.journal.table()
        assert {entry.path_class for entry in lab.journal} <= {"hello", "manifest"}, "no upload"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.err.count("dropped: auth") == 2

    def test_unreachable_cache_is_left_out(self, engine, ours, project, attempts):
        """A cache registry that refuses connections fails a plain build; the kit builds once without it."""
        with refusing() as url:
            ref = f"{url.removeprefix('http://')}/team/cache:main"
            words = ("--cache-from", ref, "--cache-to", f"type=registry,ref={ref}")
            assert project.build(engine, *words).rc == 1
            result = ours(*words)
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)

    def test_export_that_fails_late_keeps_the_build(self, engine, ours, project, attempts, registry):
        """A registry that refuses the upload fails a plain build; the kit keeps the result and says so."""
        lab = registry(Registry(), upload="403x*")
        assert project.build(engine, *in_registry(lab)).rc == 1
        lab.journal.clear()
        result = ours(*in_registry(lab))
        assert set(seen(lab, "upload")) == {("403", 403)}, lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert "/team/cache:main: the export failed, the image is complete" in result.err


def test_all_caches_dead_is_one_build(builder, ours, project, attempts):
    """With every cache unreachable there is one build, without caches."""
    with refusing() as url:
        gha = f"type=gha,url_v2={url}/,token={token()}"
        ref = f"{url.removeprefix('http://')}/team/cache:main"
        result = ours(
            "--cache-from", gha, "--cache-from", ref, "--cache-to", gha, "--cache-to", f"type=registry,ref={ref}"
        )
    assert [event["verdict"] for event in builder.events("cache")] == ["degrade"] * 4
    assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)


PLANS = {"SEAWALL_STRATEGIES": "gha-full gha-only registry-only no-cache", "ACTIONS_CACHE_SERVICE_V2": "True"}


@pytest.mark.parametrize("plan", ["gha-full", "registry-only", "no-cache"])
def test_first_healthy_cache_plan_is_built_once(ours, project, attempts, registry, plan):
    """The first plan of SEAWALL_STRATEGIES whose caches are healthy is built, once."""
    lab = registry(Registry(), manifest="503x*" if plan == "no-cache" else "ok")
    with up(Cache(), "ok" if plan == "gha-full" else "503(body=twirp)x*", "lookup") as service:
        known = {"ACTIONS_RESULTS_URL": f"{service.url}/", "ACTIONS_RUNTIME_TOKEN": token()}
        result = ours(**PLANS, **known, SEAWALL_CACHE_REF=f"{lab.host}/team/cache:main")
        assert len(seen(service, "finalize")) == (4 if plan == "gha-full" else 0), service.journal.table()
    exported = [entry for entry in lab.journal if entry.method == "PUT" and entry.path_class == "manifest"]
    assert bool(exported) == (plan != "no-cache"), lab.journal.table()
    assert (result.rc, project.is_whole, attempts(), report(project)["plan"]) == (0, True, 1, plan), repr(result)


@pytest.mark.parametrize("spec", ["type=registry", "mode=max", "type=gha,,scope=x"])
def test_malformed_cache_option_is_refused_before_the_build(builder, project, spec):
    """A malformed --cache-to ends with code 64 and one line, and nothing is built."""
    result = builder.ours("--cache-to", spec, project.folder / "context")
    assert result.rc == 64, repr(result)
    assert result.err.startswith("docker-build: error: --cache-to: wanted ")
    assert not (project.folder / "out").exists()
