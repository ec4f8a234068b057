"""scripts/stage/python-packages.sh: the index of each package, how soon it leaves a failing one, uv, kept copies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.lean_python import lean_bin
from harness.machine.load import allowed
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
    """Runs the command with these indexes and arguments, into a folder of this test."""

    def call(indexes: str, *words: str, **more: str) -> Result:
        env = clean_environment(tmp_path) | {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_FIND_LINKS": "",
            "PATH": f"{lean_bin()}:{clean_environment()['PATH']}",
            "SEAWALL_PYPI_INDEXES": indexes,
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_SEED": "84",
        }
        target = ["--target", str(tmp_path / "kit")]
        return run([kit / "stage" / "python-packages.sh", *target, *words], env=env | more)

    return call


@pytest.fixture
def lock(tmp_path: Path) -> list[str]:
    """The arguments that install the big release by its hash."""
    (tmp_path / "requirements.txt").write_text(LOCK + "\n")
    return ["--require-hashes", "--requirement", str(tmp_path / "requirements.txt")]


def left_after(tmp_path: Path) -> float:
    """Seconds that the first event took; whole seconds, so that one more is possible."""
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    return events[0]["elapsed_s"]


@pytest.mark.parametrize(
    ("fault", "name"),
    [("503x*", "http-5xx"), ("403x*", "auth"), ("429(retry-after=30)x*", "rate-limited"), ("rstx*", "connection-reset"),
     ("htmlx*", "html-instead-of-json"), pytest.param("finx*", "connection-reset", marks=pytest.mark.long),
     ("redirect(to=loop)x*", "http-4xx-other")],
    ids=["503", "403", "429", "reset", "html", "closed", "loop"],
)  # fmt: skip
def test_failing_index_is_left_after_one_request(install: Install, index: Index, classes, tmp_path, lock, fault, name):
    """An index that fails costs one request and a second at most."""
    bad, good = index(BIG, index=fault), index(BIG)
    result = install(f"{simple(bad)} {simple(good)}", *lock)
    # A client follows some redirects before it reports a loop.
    assert 1 <= len(bad.journal) <= (11 if "loop" in fault else 1), repr(result)
    assert len(good.journal) >= 2
    assert (classes(), result.rc) == ([name, ""], 0), repr(result)
    assert left_after(tmp_path) <= allowed(LEFT_WITHIN_S)


def test_silent_index_is_left_after_the_probe(install: Install, index: Index, classes, tmp_path, lock):
    """An index that accepts the connection and never answers costs one request and less than a second."""
    silent, good = index(BIG, index="stall x*"), index(BIG)
    result = install(f"{simple(silent)} {simple(good)}", *lock)
    assert (result.rc, len(silent.journal)) == (0, 1), repr(result)
    assert "" in classes()
    assert left_after(tmp_path) <= allowed(LEFT_WITHIN_S)


@pytest.mark.parametrize(
    "fault",
    [pytest.param("stall@100000x*", id="stall"), pytest.param("rate(bps=1)x*", id="drip", marks=pytest.mark.long)],
)
def test_stalled_index_is_replaced(install: Install, index: Index, classes, tmp_path, lock, fault):
    """An index that stalls or drips in a wheel is left within seconds, and the next one serves."""
    stalling, good = index(BIG, file=fault), index(BIG)
    begun = time.monotonic()
    result = install(f"{simple(stalling)} {simple(good)}", *lock, SEAWALL_STALL="3")
    assert [entry.path_class for entry in stalling.journal].count("file") == 1, repr(result)
    assert [entry.path_class for entry in good.journal].count("file") == 1
    assert (result.rc, classes()) == (0, ["timeout", ""]), repr(result)
    assert time.monotonic() - begun <= allowed(STALL_LEFT_WITHIN_S)


def test_slow_index_is_not_interrupted(install: Install, index: Index, lock):
    """A slow index that makes progress is used to the end, and the other index sees no request."""
    slow, other = index(BIG, file="rate(bps=200000)x*"), index(BIG)
    result = install(f"{simple(slow)} {simple(other)}", *lock, SEAWALL_STALL="2")
    assert (result.rc, len(other.journal)) == (0, 0), repr(result)


def test_only_index_gets_more_time_than_the_stall_limit(install: Install, index: Index, lock):
    """A single index that needs longer than the stall limit is not interrupted."""
    slow = index(BIG, file="delay(s=4)")
    result = install(simple(slow), *lock, SEAWALL_STALL="1")
    assert (result.rc, len(slow.journal)) == (0, 2), repr(result)


@pytest.mark.parametrize(
    "fault",
    [pytest.param("htmlx*", id="html", marks=pytest.mark.long), pytest.param("503x*", id="503"),
     pytest.param("stall x*", id="silent")],
)  # fmt: skip
def test_only_index_that_is_down_is_an_outage(install: Install, index: Index, lock, fault):
    """A single index that fails gets at most four requests: code 75."""
    down = index(BIG, index=fault)
    result = install(simple(down), *lock, SEAWALL_BUDGET="3", SEAWALL_SILENCE="2")
    assert 1 <= len(down.journal) <= 4, "two attempts, each with the probe that decides about a retry"
    assert result.rc == 75, repr(result)


def test_retry_after_of_the_only_index_is_respected(install: Install, index: Index, lock):
    """After 429 with Retry-After: 3, the next request comes after three seconds."""
    limited = index(BIG, index="429(retry-after=3)x2")
    result = install(simple(limited), *lock)
    probe, again = (entry.time for entry in list(limited.journal)[1:3])
    assert again - probe >= 2.9, repr(result)
    assert result.rc == 0, repr(result)


def test_total_outage_stays_within_the_budget(install: Install, index: Index, lock):
    """If every index fails, none gets more than three requests; code 75."""
    first, second = index(BIG, index="503x*"), index(BIG, index="503x*")
    result = install(f"{simple(first)} {simple(second)}", *lock, SEAWALL_BUDGET="3")
    assert 1 <= max(len(first.journal), len(second.journal)) <= 3, repr(result)
    assert result.rc == 75


class TestConfusion:
    """1.0.0 on the company's index, 99.0.0 under the same name on a public one."""

    def test_plain_pip_installs_the_public_package(self, index: Index, tmp_path):
        """While the company's index is down, plain pip installs 99.0.0 from the public index."""
        down, public = index(PRIVATE, index="503x*"), index(PUBLIC)
        words = [lean_bin() / "python3", "-m", "pip", "install", "--retries", "0", "--target", tmp_path / "plain"]
        extra = ["--index-url", simple(down), "--extra-index-url", simple(public), "company-lib"]
        env = clean_environment(tmp_path) | {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""}
        hurt = run([*words, *extra], env=env)
        assert any("company_lib-99" in path for path in public.paths), repr(hurt)
        assert hurt.rc == 0, repr(hurt)
        assert list((tmp_path / "plain").glob("company_lib-99*"))

    @pytest.mark.parametrize(
        "wanted", ["company-lib", pytest.param("company-lib>=1", marks=pytest.mark.long), "company-lib==1.0.0"]
    )
    def test_public_index_never_replaces_the_private_one(self, install: Install, index: Index, tmp_path, wanted):
        """While the company's index is down, nothing of the public one is downloaded or installed: code 75."""
        down, public = index(PRIVATE, index="503x*"), index(PUBLIC)
        result = install(f"{simple(down)} {simple(public)}", wanted)
        assert not [path for path in public.paths if path.endswith(".whl")], repr(result)
        assert {entry.status for entry in down.journal} == {503}
        assert result.rc == 75, repr(result)
        assert not list((tmp_path / "kit").glob("company_lib*"))

    def test_healthy_private_index_is_the_only_one_used(self, install: Install, index: Index, tmp_path):
        """While the company's index is healthy, its version is installed, and the public index sees no request."""
        private, public = index(PRIVATE), index(PUBLIC)
        result = install(f"{simple(private)} {simple(public)}", "company-lib")
        assert (result.rc, len(public.journal)) == (0, 0), repr(result)
        assert list((tmp_path / "kit").glob("company_lib-1*"))
        assert "only the first index of SEAWALL_PYPI_INDEXES is used" in result.err

    def test_extra_index_of_a_pip_configuration_sees_no_request(self, install: Install, index: Index, tmp_path):
        """With a list of indexes an extra index in pip.conf is ignored with a warning and sees no request."""
        private, public = index(PRIVATE), index(PUBLIC)
        (tmp_path / "pip.conf").write_text(
            f"[global]\nindex-url = {simple(private)}\nextra-index-url = {simple(public)}\n"
        )
        result = install(simple(private), "company-lib", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
        assert (result.rc, len(public.journal)) == (0, 0), repr(result)
        assert "saw an extra index in the configuration, which is used only with default" in result.err

    def test_extra_index_of_a_requirements_file_is_refused(self, install: Install, index: Index, tmp_path):
        """An extra index in a requirements file ends with code 64, before any request."""
        private, public = index(PRIVATE), index(PUBLIC)
        (tmp_path / "both").write_text(f"--extra-index-url {simple(public)}\ncompany-lib\n")
        result = install(simple(private), "-r", str(tmp_path / "both"))
        assert (result.rc, len(private.journal), len(public.journal)) == (64, 0, 0), repr(result)
        assert f"{tmp_path}/both: wanted one index at a time" in result.err

    def test_index_of_a_requirements_file_is_the_only_one_used(self, install: Install, index: Index, tmp_path):
        """A requirements file that names an index: pip always uses that one, so no other is tried, code 75."""
        own, other = index(PRIVATE, index="503x*"), index(PRIVATE)
        (tmp_path / "own").write_text(f"--index-url {simple(own)}\ncompany-lib==1.0.0\n")
        result = install(f"default {simple(other)}", "-r", str(tmp_path / "own"), SEAWALL_BUDGET="1")
        assert (result.rc, len(other.journal)) == (75, 0), repr(result)
        assert "wanted no index in requirements files, saw one: only that index is used" in result.err

    def test_extra_index_of_the_call_is_refused(self, install: Install):
        """With a list of indexes `--extra-index-url` on the command line ends with code 64 and one line."""
        result = install(
            "default https://a.example.org/simple", "--extra-index-url=https://b.example.org/simple", "company-lib"
        )
        assert (result.rc, result.err.count("\n")) == (64, 1)


def test_index_of_the_call_replaces_default(install: Install, index: Index, lock):
    """`--index-url` on the command line stands in for `default`; the other index serves when it fails."""
    own, other = index(BIG, index="503x*"), index(BIG)
    result = install(f"default {simple(other)}", "--index-url", simple(own), *lock)
    assert (result.rc, len(own.journal)) == (0, 1), repr(result)


def test_next_build_skips_a_dead_index(install: Install, index: Index, lock, tmp_path):
    """An index that was silent in one build gets no request in the next one."""
    silent, good = index(BIG, index="stall x*"), index(BIG)
    state = str(tmp_path / "state")
    results = [install(f"{simple(silent)} {simple(good)}", *lock, SEAWALL_STATE=state) for _ in range(2)]
    assert len(silent.journal) == 1
    assert [result.rc for result in results] == [0, 0], repr(results)


def test_last_known_good_copy_serves_until_it_is_too_old(install: Install, index: Index, lock, tmp_path):
    """The kept wheel installs during an outage; a copy older than the limit is not used: code 75."""
    kept = {"SEAWALL_LAST_GOOD": str(tmp_path / "kept")}
    assert install(simple(index(BIG)), *lock, **kept).rc == 0
    down = index(BIG, index="503x*")
    healed = install(simple(down), "--upgrade", *lock, **kept)
    assert {entry.status for entry in down.journal} == {503}, "asked before the kept copy is used"
    assert '"event":"degraded"' in (tmp_path / "events.jsonl").read_text()
    assert healed.rc == 0, repr(healed)
    assert "used the last known good copy" in healed.err
    (tmp_path / "kept" / "pypi" / "seawall-kept").write_text("1\n")
    too_old = install(simple(down), "--upgrade", *lock, **kept)
    assert too_old.rc == 75, repr(too_old)
    assert "of at most 604800 s, saw one of" in too_old.err


def test_uv_installs_in_an_image_without_pip(install: Install, index: Index, lock, tmp_path):
    """In an image with uv and without pip, the command fails over in the same way."""
    (tmp_path / "bin").mkdir()
    tools = [*(lean_bin() / name for name in ("uv", "python3")), *Path("/usr/bin").iterdir()]
    for tool in tools:
        if not tool.name.startswith("pip") and not (tmp_path / "bin" / tool.name).exists():
            (tmp_path / "bin" / tool.name).symlink_to(tool)
    path = str(tmp_path / "bin")
    bad, good = index(BIG, index="503x*"), index(BIG)
    result = install(f"{simple(bad)} {simple(good)}", *lock, PATH=path)
    assert (result.rc, len(bad.journal)) == (0, 1), repr(result)
    assert (tmp_path / "kit" / "hello_seawall.py").exists()
