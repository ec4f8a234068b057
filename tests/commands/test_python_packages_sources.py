"""scripts/stage/python-packages.sh: which indexes may serve what, how soon a bad one is left, uv, last known good."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import Release, noise
from harness.sites.pypi_site import CLASSES, pypi
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

Index = Callable[..., Running]
Install = Callable[..., Result]

BIG = Release("hello-seawall", source=f"NOISE = {noise(300_000)!r}\n")
PRIVATE, PUBLIC = Release("company-lib", "1.0.0"), Release("company-lib", "99.0.0", source="EVIL = True\n")
LOCK = f"hello-seawall==1.0.0 --hash=sha256:{BIG.sha256}"
LEFT_WITHIN_S = 1
SILENT_LEFT_WITHIN_S = 3
STALL_LEFT_WITHIN_S = 10


@pytest.fixture
def index() -> Iterator[Index]:
    """Indexes of some releases, each with schedules by path class: `index(BIG, file="503x*")`."""
    with ExitStack() as stack:

        def call(*releases: Release, **schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            return stack.enter_context(serve(Upstream("pypi", pypi(releases), CLASSES, rules)))

        yield call


def simple(running: Running) -> str:
    return f"{running.url}/simple/"


@pytest.fixture
def install(kit: Path, tmp_path: Path) -> Install:
    """Runs the command with these indexes and words, into a folder of the test's own."""

    def call(indexes: str, *words: str, **more: str) -> Result:
        env = clean_environment(tmp_path) | {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_FIND_LINKS": "",
            "PATH": f"{Path(sys.executable).parent}:{clean_environment()['PATH']}",
            "SEAWALL_PYPI_INDEXES": indexes,
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_SEED": "84",
        }
        target = ["--target", str(tmp_path / "kit")]
        return run([kit / "stage" / "python-packages.sh", *target, *words], env=env | more)

    return call


@pytest.fixture
def lock(tmp_path: Path) -> list[str]:
    """The words that install the big release by its hash."""
    (tmp_path / "requirements.txt").write_text(LOCK + "\n")
    return ["--require-hashes", "--requirement", str(tmp_path / "requirements.txt")]


def left_after(tmp_path: Path) -> float:
    """Seconds from the first event to the attempt that followed it; whole seconds, so one more may be seen."""
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    return events[0]["elapsed_s"]


@pytest.mark.parametrize(
    ("fault", "name"),
    [("503x*", "http-5xx"), ("403x*", "auth"), ("429(retry-after=30)x*", "rate-limited"), ("rstx*", "connection-reset"),
     ("htmlx*", "html-instead-of-json"), ("finx*", "connection-reset"), ("redirect(to=loop)x*", "http-4xx-other")],
    ids=["503", "403", "429", "reset", "html", "closed", "loop"],
)  # fmt: skip
def test_bad_index_is_left_at_once(install: Install, index: Index, classes, tmp_path, lock, fault, name):
    bad, good = index(BIG, index=fault), index(BIG)
    result = install(f"{simple(bad)} {simple(good)}", *lock)
    assert result.rc == 0, repr(result)
    assert len(good.journal) >= 2
    # A client follows a redirect some times before it calls it a loop.
    assert len(bad.journal) <= (11 if "loop" in fault else 1), repr(result)
    assert classes() == [name, ""]
    assert left_after(tmp_path) <= LEFT_WITHIN_S


def test_silent_index_is_left_after_the_probe(install: Install, index: Index, classes, tmp_path, lock):
    silent, good = index(BIG, index="stall x*"), index(BIG)
    result = install(f"{simple(silent)} {simple(good)}", *lock)
    assert (result.rc, len(silent.journal)) == (0, 1), repr(result)
    assert classes() == ["timeout", ""]
    assert left_after(tmp_path) <= SILENT_LEFT_WITHIN_S + 1


@pytest.mark.parametrize("fault", ["stall@100000x*", "rate(bps=1)x*"], ids=["stall", "drip"])
def test_index_that_stalls_half_way_is_left(install: Install, index: Index, classes, tmp_path, lock, fault):
    stalling, good = index(BIG, file=fault), index(BIG)
    begun = time.monotonic()
    result = install(f"{simple(stalling)} {simple(good)}", *lock, SEAWALL_STALL="3")
    assert (result.rc, classes()) == (0, ["timeout", ""]), repr(result)
    assert time.monotonic() - begun <= STALL_LEFT_WITHIN_S


def test_slow_index_is_left_alone(install: Install, index: Index, lock):
    slow, other = index(BIG, file="rate(bps=200000)x*"), index(BIG)
    result = install(f"{simple(slow)} {simple(other)}", *lock, SEAWALL_STALL="2")
    assert (result.rc, len(other.journal)) == (0, 0), repr(result)


def test_patience_with_the_only_index(install: Install, index: Index, lock):
    slow = index(BIG, file="delay(s=4)")
    result = install(simple(slow), *lock, SEAWALL_STALL="1")
    assert (result.rc, len(slow.journal)) == (0, 2), repr(result)


@pytest.mark.parametrize("fault", ["htmlx*", "503x*", "stall x*"], ids=["html", "503", "silent"])
def test_only_index_that_is_down_is_an_outage(install: Install, index: Index, lock, fault):
    down = index(BIG, index=fault)
    result = install(simple(down), *lock, SEAWALL_BUDGET="3", SEAWALL_SILENCE="2")
    assert result.rc == 75, repr(result)
    assert len(down.journal) <= 4  # an attempt and the probe that settles it, twice


def test_only_index_that_asks_for_time_gets_it(install: Install, index: Index, lock):
    limited = index(BIG, index="429(retry-after=3)x2")
    result = install(simple(limited), *lock)
    probe, again = (entry.time for entry in list(limited.journal)[1:3])
    assert result.rc == 0, repr(result)
    assert again - probe >= 2.9


def test_total_outage_stays_within_the_budget(install: Install, index: Index, lock):
    first, second = index(BIG, index="503x*"), index(BIG, index="503x*")
    result = install(f"{simple(first)} {simple(second)}", *lock, SEAWALL_BUDGET="3")
    assert result.rc == 75
    assert max(len(first.journal), len(second.journal)) <= 3, repr(result)


class TestConfusion:
    """1.0.0 on the company's index, 99.0.0 under the same name on a public one."""

    def test_two_indexes_hurt_without_the_kit(self, index: Index, tmp_path):
        down, public = index(PRIVATE, index="503x*"), index(PUBLIC)
        words = [sys.executable, "-m", "pip", "install", "--retries", "0", "--target", tmp_path / "plain"]
        extra = ["--index-url", simple(down), "--extra-index-url", simple(public), "company-lib"]
        env = clean_environment(tmp_path) | {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""}
        assert run([*words, *extra], env=env).rc == 0
        assert list((tmp_path / "plain").glob("company_lib-99*"))

    @pytest.mark.parametrize("wanted", ["company-lib", "company-lib>=1", "company-lib==1.0.0"])
    def test_public_index_is_never_taken_for_the_private_one(self, install: Install, index: Index, tmp_path, wanted):
        down, public = index(PRIVATE, index="503x*"), index(PUBLIC)
        result = install(f"{simple(down)} {simple(public)}", wanted)
        assert result.rc == 75, repr(result)
        assert not list((tmp_path / "kit").glob("company_lib*"))

    def test_private_version_comes_while_its_index_is_up(self, install: Install, index: Index, tmp_path):
        private, public = index(PRIVATE), index(PUBLIC)
        result = install(f"{simple(private)} {simple(public)}", "company-lib")
        assert (result.rc, len(public.journal)) == (0, 0), repr(result)
        assert list((tmp_path / "kit").glob("company_lib-1*"))
        assert "only the first of SEAWALL_PYPI_INDEXES is used" in result.err

    def test_extra_index_of_a_file_is_not_asked(self, install: Install, index: Index, tmp_path):
        private, public = index(PRIVATE), index(PUBLIC)
        (tmp_path / "pip.conf").write_text(
            f"[global]\nindex-url = {simple(private)}\nextra-index-url = {simple(public)}\n"
        )
        result = install("default", "company-lib", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
        assert (result.rc, len(public.journal)) == (0, 0), repr(result)
        assert "an extra index is configured and not asked" in result.err

    def test_extra_index_of_a_requirements_file_is_refused(self, install: Install, index: Index, tmp_path):
        private, public = index(PRIVATE), index(PUBLIC)
        (tmp_path / "both").write_text(f"--extra-index-url {simple(public)}\ncompany-lib\n")
        result = install(simple(private), "-r", str(tmp_path / "both"))
        assert (result.rc, len(private.journal), len(public.journal)) == (64, 0, 0), repr(result)
        assert f"{tmp_path}/both: wanted one index at a time" in result.err

    def test_index_of_a_requirements_file_is_the_only_one(self, install: Install, index: Index, tmp_path):
        """Pip asks that one whatever it is told, so another attempt elsewhere would be none."""
        own, other = index(PRIVATE, index="503x*"), index(PRIVATE)
        (tmp_path / "own").write_text(f"--index-url {simple(own)}\ncompany-lib==1.0.0\n")
        result = install(f"default {simple(other)}", "-r", str(tmp_path / "own"), SEAWALL_BUDGET="1")
        assert (result.rc, len(other.journal)) == (75, 0), repr(result)
        assert "a requirements file names its own index: only that is asked" in result.err

    def test_extra_index_of_the_call_is_refused(self, install: Install):
        result = install("default", "--extra-index-url=https://b.example.org/simple", "company-lib")
        assert (result.rc, result.err.count("\n")) == (64, 1)


def test_index_of_the_call_takes_the_place_of_default(install: Install, index: Index, lock):
    own, other = index(BIG, index="503x*"), index(BIG)
    result = install(f"default {simple(other)}", "--index-url", simple(own), *lock)
    assert (result.rc, len(own.journal)) == (0, 1), repr(result)


def test_next_build_does_not_ask_a_dead_index(install: Install, index: Index, lock, tmp_path):
    silent, good = index(BIG, index="stall x*"), index(BIG)
    for _ in range(2):
        result = install(f"{simple(silent)} {simple(good)}", *lock, SEAWALL_STATE=str(tmp_path / "state"))
        assert result.rc == 0, repr(result)
    assert len(silent.journal) == 1


def test_last_known_good_serves_when_all_is_gone(install: Install, index: Index, lock, tmp_path):
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    assert install(simple(index(BIG)), *lock, **kept).rc == 0
    down = simple(index(BIG, index="503x*"))
    healed = install(down, "--upgrade", *lock, **kept)
    assert healed.rc == 0, repr(healed)
    assert "using what was kept" in healed.err
    assert '"event":"degraded"' in (tmp_path / "events.jsonl").read_text()
    (tmp_path / "kept" / "pypi" / "seawall-kept").write_text("1\n")
    too_old = install(down, "--upgrade", *lock, **kept)
    assert too_old.rc == 75, repr(too_old)
    assert "SEAWALL_LAST_GOOD_MAX_AGE allows 604800: not used" in too_old.err


def test_uv_serves_where_there_is_no_pip(install: Install, index: Index, lock, tmp_path):
    (tmp_path / "bin").mkdir()
    tools = [*(Path(sys.executable).parent / name for name in ("uv", "python3")), *Path("/usr/bin").iterdir()]
    for tool in tools:
        if not tool.name.startswith("pip") and not (tmp_path / "bin" / tool.name).exists():
            (tmp_path / "bin" / tool.name).symlink_to(tool)
    path = str(tmp_path / "bin")
    bad, good = index(BIG, index="503x*"), index(BIG)
    result = install(f"{simple(bad)} {simple(good)}", *lock, PATH=path)
    assert (result.rc, len(bad.journal)) == (0, 1), repr(result)
    assert (tmp_path / "kit" / "hello_seawall.py").exists()
