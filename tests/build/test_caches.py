"""Caches that are ill in every way: the build is right, is one build, and leaves the builder free for the next one."""

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
from harness.machine.run import Result
from harness.sites.cache_site import Cache, token
from harness.sites.registry_site import Registry
from harness.wire.loopback import refusing
from harness.wire.server import Running

MORE_S = 5
"""What a dead cache may cost over a healthy one."""
NEXT_S = 5
"""What the next build, which has nothing to do with it, may take."""
ILL = {
    "503": "503(body=twirp)x*",
    "429": "429x*",
    "page": "400(body=html)x*",
    "page with 200": "htmlx*",
    "reset": "rstx*",
    "silent": "stall x*",
}
LOST = {"flipped": "ok x2 -> flip@50x*", "cut": "ok x2 -> fin@50x*", "gone": "ok x2 -> 404(body=azure)x*"}
"""The probe has the index first, then the builder."""
LONG = {"page", "page with 200", "reset", "cut"}
"""Told apart by unit tests, and much alike to a build."""
pytestmark = pytest.mark.usefixtures("exporter")


def cases(names: Iterable[str]) -> list[ParameterSet]:
    """Each as a parameter; some are long."""
    return [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in names]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A build that no engine has seen."""
    return make_project(tmp_path)


@pytest.fixture
def ours(builder, project) -> Callable[..., Result]:
    """Builds it by the kit, and another one afterwards, which must not wait."""

    def call(*words: str, **settings: str) -> Result:
        output = ("--output", f"type=local,dest={project.folder / 'out'}")
        result = builder.ours(*output, *words, project.folder / "context", **settings)
        other = make_project(project.folder)
        begun = time.monotonic()
        assert builder.plain("--output", "type=cacheonly", other.folder / "context", timeout=60).rc == 0
        assert time.monotonic() - begun <= NEXT_S, "the builder was captured"
        return result

    return call


@pytest.fixture
def attempts(builder) -> Callable[[], int]:
    """How many builds were begun."""
    return lambda: len(builder.events("attempt"))


@pytest.fixture
def healthy(engine, project) -> float:
    """Seconds of a plain build, from nothing."""
    begun = time.monotonic()
    assert project.build(engine).rc == 0
    project.forget(engine)
    return time.monotonic() - begun


def in_registry(lab: Running) -> tuple[str, str, str, str]:
    """The words that import from it and export to it."""
    ref = f"{lab.host}/team/cache:main"
    return "--cache-from", ref, "--cache-to", f"type=registry,ref={ref},mode=max"


def report(project: Project) -> dict[str, Any]:
    """What the kit says of the last build."""
    found: dict[str, Any] = json.loads((project.folder.parent / "state" / "report.json").read_text())
    return found


def check_filled_and_used(engine: Engine, ours: Callable[..., Result], project: Project, *words: str) -> None:
    """The second of two builds, on an engine that has forgotten the first, takes its layers from the cache."""
    first = ours(*words)
    project.forget(engine)
    second = ours(*words)
    assert (first.rc, second.rc, project.is_whole) == (0, 0, True), f"{first!r}\n{second!r}"
    assert second.err.count("CACHED") >= 2, repr(second)
    taken = [row for row in report(project)["caches"] if row["way"] == "import"]
    assert [row["hits"] for row in taken] == [2]
    assert SIZE <= taken[0]["bytes"] <= SIZE * 1.1, "the layer of the noise, and a small one"


class TestActionsCache:
    """`type=gha`, both ways."""

    def test_good_one_is_filled_and_used(self, engine, ours, project, attempts):
        with up(Cache()) as lab:
            check_filled_and_used(engine, ours, project, *frm(lab), *to(lab))
        assert attempts() == 2

    @pytest.mark.parametrize("case", cases(ILL))
    def test_ill_one_costs_seconds(self, ours, project, attempts, healthy, case):
        with up(Cache(), ILL[case], "lookup") as lab:
            result = ours(*frm(lab), *to(lab))
            assert len(seen(lab, "lookup")) == 2, lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= healthy + MORE_S
        assert result.err.count("[degrade]") == 2

    def test_one_that_is_not_there(self, ours, project, attempts, healthy):
        with refusing() as url:
            spec = f"type=gha,url_v2={url}/,token={token()}"
            result = ours("--cache-from", spec, "--cache-to", spec)
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= healthy + MORE_S

    @pytest.mark.parametrize("bearer", ["x", token(expires=-1)], ids=["none in shape", "too old"])
    def test_token_that_fails_a_plain_build(self, engine, ours, project, attempts, bearer):
        with up(Cache()) as lab:
            assert project.build(engine, *to(lab, ",ignore-error=true", bearer)).rc == 1
            result = ours(*frm(lab, bearer), *to(lab, "", bearer))
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)

    def test_token_of_a_fork_reads(self, engine, ours, project, attempts):
        with up(filled(engine, project)) as lab:
            reader = token(write=False)
            assert project.build(engine, *to(lab, "", reader)).rc == 1
            project.forget(engine)
            result = ours(*frm(lab, reader), *to(lab, "", reader))
            assert seen(lab, "reserve") == [("ok", 403)], "the plain build's"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.err.count("CACHED") >= 2

    def test_retired_version(self, engine, ours, project, attempts):
        with up(Cache()) as lab:
            spec = f"type=gha,mode=max,version=1,url={lab.url}/,token={token()}"
            assert project.build(engine, "--cache-to", spec).rc == 1
            result = ours("--cache-from", spec, "--cache-to", spec)
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert "the first version of the service is retired" in result.err

    @pytest.mark.parametrize("fault", ["stall x*", "503(body=azure)x*"])
    def test_signed_url_that_is_dead_is_never_entered(self, engine, ours, project, attempts, healthy, fault):
        with up(filled(engine, project), fault, "blob") as lab:
            result = ours(*frm(lab), *to(lab))
            assert len(seen(lab, "blob")) == 2, "one question for each way"
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= healthy + MORE_S

    @pytest.mark.parametrize("case", cases(LOST))
    def test_lost_layer_costs_one_more_build(self, engine, ours, project, attempts, case):
        with up(filled(engine, project), LOST[case], "blob") as lab:
            result = ours(*frm(lab))
        assert (result.rc, project.is_whole, attempts()) == (0, True, 2), repr(result)
        assert "a layer that it listed is missing" in result.err

    @pytest.mark.parametrize("path_class", ["reserve", "finalize"])
    def test_export_that_fails_late_leaves_the_build(self, engine, ours, project, attempts, path_class):
        with up(Cache(), "503(body=twirp)x*", path_class) as lab:
            assert project.build(engine, *to(lab)).rc == 1
            result = ours(*to(lab))
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert "cache gha:lab: the export failed, the image is complete" in result.err, repr(result)

    @pytest.mark.parametrize("lag", [1, 9])
    def test_entry_that_is_not_visible_yet_is_a_miss(self, engine, ours, project, attempts, lag):
        """G9: to the probe alone, or to the builder too."""
        with up(filled(engine, project, Cache(lag=lag))) as lab:
            result = ours(*frm(lab))
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)

    @pytest.mark.fault("G8")
    def test_reserve_that_is_refused_skips_the_upload(self, ours, project, attempts):
        with up(Cache(refusal="cache entry with the same key already exists")) as lab:
            result = ours(*to(lab))
            assert not [entry for entry in lab.journal if entry.method == "PUT"], lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)


class TestRegistryCache:
    """`type=registry`, both ways."""

    def test_good_one_is_filled_and_used(self, engine, ours, project, attempts, registry):
        check_filled_and_used(engine, ours, project, *in_registry(registry(Registry())))
        assert attempts() == 2

    @pytest.mark.parametrize("case", cases(["503", "429", "page with 200", "reset", "silent"]))
    def test_ill_one_costs_seconds(self, ours, project, attempts, healthy, registry, case):
        lab = registry(Registry(), manifest=ILL[case].replace("(body=twirp)", ""))
        result = ours(*in_registry(lab))
        assert len(list(lab.journal)) <= 2 + 2, lab.journal.table()
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.seconds <= healthy + MORE_S
        assert result.err.count("[degrade]") == 2

    def test_one_that_wants_a_login_is_left_out(self, ours, project, attempts, registry):
        result = ours(*in_registry(registry(Registry(), manifest="401x*")))
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert result.err.count("left out: auth") == 2

    def test_one_that_is_not_there(self, engine, ours, project, attempts):
        with refusing() as url:
            ref = f"{url.removeprefix('http://')}/team/cache:main"
            words = ("--cache-from", ref, "--cache-to", f"type=registry,ref={ref}")
            assert project.build(engine, *words).rc == 1
            result = ours(*words)
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)

    def test_export_that_fails_late_leaves_the_build(self, engine, ours, project, attempts, registry):
        lab = registry(Registry(), upload="403x*")
        assert project.build(engine, *in_registry(lab)).rc == 1
        result = ours(*in_registry(lab))
        assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
        assert "/team/cache:main: the export failed, the image is complete" in result.err


def test_all_caches_dead_is_one_build(builder, ours, project, attempts):
    with refusing() as url:
        gha = f"type=gha,url_v2={url}/,token={token()}"
        ref = f"{url.removeprefix('http://')}/team/cache:main"
        result = ours(
            "--cache-from", gha, "--cache-from", ref, "--cache-to", gha, "--cache-to", f"type=registry,ref={ref}"
        )
    assert (result.rc, project.is_whole, attempts()) == (0, True, 1), repr(result)
    assert [event["verdict"] for event in builder.events("cache")] == ["degrade"] * 4


PLANS = {"SEAWALL_STRATEGIES": "gha-full gha-only registry-only no-cache", "ACTIONS_CACHE_SERVICE_V2": "True"}


@pytest.mark.parametrize("plan", ["gha-full", "registry-only", "no-cache"])
def test_plan_is_one_build_whatever_is_dead(ours, project, attempts, registry, plan):
    lab = registry(Registry(), manifest="503x*" if plan == "no-cache" else "ok")
    with up(Cache(), "ok" if plan == "gha-full" else "503(body=twirp)x*", "lookup") as service:
        known = {"ACTIONS_RESULTS_URL": f"{service.url}/", "ACTIONS_RUNTIME_TOKEN": token()}
        result = ours(**PLANS, **known, SEAWALL_CACHE_REF=f"{lab.host}/team/cache:main")
        assert len(seen(service, "finalize")) == (4 if plan == "gha-full" else 0), service.journal.table()
    assert (result.rc, project.is_whole, attempts(), report(project)["plan"]) == (0, True, 1, plan), repr(result)
    exported = [entry for entry in lab.journal if entry.method == "PUT" and entry.path_class == "manifest"]
    assert bool(exported) == (plan != "no-cache")


@pytest.mark.parametrize("spec", ["type=registry", "mode=max", "type=gha,,scope=x"])
def test_options_that_do_not_parse(builder, project, spec):
    result = builder.ours("--cache-to", spec, project.folder / "context")
    assert result.rc == 64, repr(result)
    assert result.err.startswith("docker-build: error: --cache-to: wanted ")
    assert not (project.folder / "out").exists()
