"""`pytest` with `-k`, `-n`, `--lf` works as people expect, on bats files too."""

from __future__ import annotations

import os

import pytest
from harness.machine.run import clean_environment, run
from harness.pytest.lanes import ALONE, Lanes

CONFTEST = """
pytest_plugins = ["harness.pytest.lanes", "harness.pytest.slowest", "harness.bats.plugin"]
"""
INI = """
[pytest]
addopts = --import-mode=importlib
lanes =
    image
    builds/test_slow.py builds/test_other.py
alone =
    builds/test_slow.py::test_seconds
    timed/test_timed.py::test_seconds
"""
LOGGED = """
import os, time
from pathlib import Path

def log(name):
    with (Path(__file__).parents[1] / "log").open("a") as file:
        file.write(f"{os.environ['PYTEST_XDIST_WORKER']} {name}\\n")
"""
WORKERS = "4"


@pytest.fixture
def inner(pytester, inner_pytest, monkeypatch):
    """A folder with lanes; runs pytest there."""
    monkeypatch.setenv("PATH", "/nowhere/with/docker", prepend=os.pathsep)
    pytester.makeconftest(CONFTEST)
    (pytester.path / "pytest.ini").write_text(INI)
    files = {
        "image/test_image.py": "".join(f"\ndef test_{n}():\n    log('image')\n    time.sleep(0.2)\n" for n in range(6)),
        "builds/test_slow.py": "".join(f"\ndef test_{n}():\n    log('build')\n" for n in range(6))
        + "\ndef test_seconds():\n    log('alone')\n",
        "builds/test_other.py": "".join(f"\ndef test_{n}():\n    log('build')\n" for n in range(6)),
        "timed/test_timed.py": "\ndef test_seconds():\n    log('timed')\n",
        "free/test_free.py": "".join(f"\ndef test_{n}():\n    log('free')\n" for n in range(30)),
    }
    for name, text in files.items():
        (file := pytester.path / name).parent.mkdir(exist_ok=True)
        file.write_text(LOGGED + text)
    return lambda *words: pytester.runpytest_subprocess(*words)


def test_lane_stays_on_one_worker_and_what_measures_seconds_runs_last(inner, pytester):
    """The tests of a lane share an engine; the first lane is the first worker's, whose engine is that of the user."""
    inner("-n", WORKERS).assert_outcomes(passed=50)
    rows = [line.split() for line in (pytester.path / "log").read_text().splitlines()]
    workers = {name: {worker for worker, found in rows if found == name} for name in ("image", "build", "alone")}
    assert workers["image"] == {"gw0"}
    assert [len(found) for found in workers.values()] == [1, 1, 1]
    # A worker keeps its last test until it gets the next one.
    assert {"alone", "timed"} <= {name for _, name in rows[-4:]}
    assert len(rows) == 50


@pytest.mark.parametrize("path", ["builds/test_slow.py::test_seconds", "builds/test_slow.py", "free"])
def test_more_workers_than_work_end_too(inner, path):
    """With tests that run alone, without them, and with nothing else."""
    result = inner("-n", WORKERS, path)
    assert result.ret == 0
    assert "no tests ran" not in result.stdout.str()


def test_crash_of_a_worker_fails_one_test_and_the_others_run(inner, pytester):
    """A test that crashes its worker fails, and each of the other tests runs."""
    (pytester.path / "free/test_crash.py").write_text("import os\n\ndef test_crash():\n    os.abort()\n")
    inner("-n", "2").assert_outcomes(passed=50, failed=1)


def test_engine_of_the_machine_is_for_one_lane():
    """One engine for all: two workers on it would see each other's containers."""
    words = (["tests/image tests/selftest/engine", "tests/build"], ["tests/build/test_a.py::TestB::test_c"])
    ids = ["tests/image/test_x.py::test_y", "tests/build/test_a.py::test_c", "tests/kit/base/clock.bats::x[dash]"]
    assert [Lanes(*words, shared=False).of(found) for found in ids] == ["lane 1", "lane 2", ""]
    assert [Lanes(*words, shared=True).of(found) for found in ids] == ["lane 1", "lane 1", ""]
    together = Lanes(*words, [ids[2].partition("::")[0], ids[0].partition("::")[0]], shared=False)
    assert [together.of(found) for found in ids] == ["lane 1", "lane 2", "tests/kit/base/clock.bats"]
    assert Lanes(*words, shared=False).of("tests/build/test_a.py::TestB::test_c[x]") == f"{ALONE} lane 2"


def test_last_failed_are_run_again_and_only_these(inner, pytester):
    """A failed @test is one of them."""
    (pytester.path / "unit.bats").write_text('@test "good" { true; }\n@test "bad" { false; }\n')
    (pytester.path / "free/test_bad.py").write_text("def test_bad():\n    assert False\n")
    inner("-n", "2", "unit.bats", "free").assert_outcomes(passed=31, failed=2)
    for words in ((), ("-n", "2")):
        inner("--lf", *words).assert_outcomes(failed=2)


def test_slowest_tests_and_the_parts_are_shown(inner):
    """Set-up and cleanup count; no colour, for it is text."""
    result = inner("--slowest", "3", "-n", "2", "--color=no")
    shown = result.outlines[result.outlines.index(next(line for line in result.outlines if "slowest 3" in line)) :]
    rows = [line for line in shown if "::" in line]
    assert len(rows) == 3
    assert [float(row.split()[0]) for row in rows] == sorted((float(row.split()[0]) for row in rows), reverse=True)
    assert any(line.endswith("s  unit, 50 tests") for line in shown), shown


def test_paths_of_the_configuration_are_tests(pytestconfig, repo):
    """A test that was renamed would silently leave its lane."""
    for path in [*" ".join(pytestconfig.getini("lanes")).split(), *pytestconfig.getini("together")]:
        assert (repo / path).exists(), path
    for found in pytestconfig.getini("alone"):
        path, *_, name = found.split("::")
        head = f'@test "{name}" {{' if path.endswith(".bats") else f"def {name}("
        assert head in (repo / path).read_text(), found


def test_one_test_of_the_kit_needs_no_engine(repo, tmp_path):
    """What a newcomer runs first; PATH has no docker."""
    words = ["pytest", "-p", "no:cacheprovider", "-q", "tests/kit/base/clock.bats", "-k", "epoch", "--shell", "dash"]
    result = run(words, env=clean_environment(tmp_path), cwd=repo, timeout=120)
    assert result.rc == 0, repr(result)
    assert "1 passed" in result.out, repr(result)
