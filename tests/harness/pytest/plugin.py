"""Options, marks and fixtures of all tests."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from harness.bats.hooks import Variant
from harness.builds.engine import Engine, engine_of_worker, engine_to_break
from harness.builds.kept_images import Kept, kept_images
from harness.machine.cleanup import at_end
from harness.machine.run import Result, clean_environment, run
from harness.machine.shells import SHELLS, Shell
from harness.proofs.containers import Containers
from harness.pytest.lab_containers import containers_up

REPOSITORY = Path(__file__).resolve().parents[3]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --all."""
    parser.addoption(
        "--all", action="store_true", help="run the tests marked `long` too, and each shell test in all shells"
    )


def pytest_configure() -> None:
    """Restores signals that our caller ignores (nohup, a background job): commands would inherit that."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips long tests without --all."""
    if config.getoption("--all"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long: runs with --all"))


def pytest_bats_variants(path: Path) -> Sequence[Variant] | None:
    """The bats tests of the kit run in each shell; tests/kit/helpers.bash reads these variables."""
    if not path.is_relative_to(REPOSITORY / "tests" / "kit"):
        return None
    lib = str(REPOSITORY / "scripts" / "lib")
    return [
        Variant(
            shell.name,
            {"TEST_SHELL": " ".join(shell.argv), "LIB": lib, "SEAWALL_LIB": lib, "PYTHON": sys.executable},
            absent="" if shell.is_there else f"wanted {shell.argv[0]} on this machine: ./tests/run installs it",
        )
        for shell in SHELLS
    ]


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def kit() -> Path:
    """The folder `scripts`."""
    return REPOSITORY / "scripts"


@pytest.fixture(params=SHELLS, ids=lambda shell: shell.name)
def shell(request: pytest.FixtureRequest) -> Shell:
    """Each shell in turn; a missing shell fails under CI and skips elsewhere."""
    found: Shell = request.param
    if not found.is_there:
        reason = f"wanted {found.argv[0]} on this machine: ./tests/run installs it"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return found


@pytest.fixture
def sh(shell: Shell, kit: Path, tmp_path: Path) -> Callable[..., Result]:
    """Runs a snippet in the test's shell with `set -eu`; LIB is scripts/lib, the words are its arguments."""

    def call(script: str, *words: str, env: dict[str, str] | None = None, **options: object) -> Result:
        setting = clean_environment(tmp_path) | {"LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")} | (env or {})
        return run([*shell.argv, "-c", f"set -eu\n{script}", "snippet", *words], env=setting, **options)  # type: ignore[arg-type] # run's own options

    return call


@pytest.fixture
def classes(tmp_path: Path) -> Callable[[], list[str]]:
    """The classes of all attempts and failed probes, in order, from the events."""

    def call() -> list[str]:
        events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
        told = [
            event
            for event in events
            if event["event"] == "attempt" or (event["event"] == "probe" and event.get("exit"))
        ]
        return [event["class"] for event in told]

    return call


@pytest.fixture(scope="session")
def engine(kit: Path, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A Docker engine; stopped afterwards if the tests started it."""
    worker = str(getattr(pytestconfig, "workerinput", {}).get("workerid", ""))
    folder = tmp_path_factory.mktemp("engine") / "state"
    with engine_of_worker(kit, worker, folder) as found, pytest.MonkeyPatch.context() as patch:
        # For plugins that run docker themselves: pytest-docker and testinfra.
        for name in ("DOCKER_HOST", "DOCKER_CONFIG", "PATH", "SEAWALL_STATE"):
            if name in found.env:
                patch.setenv(name, found.env[name])
        yield found


@pytest.fixture
def exporter(engine: Engine) -> Engine:
    """An engine that exports caches; the docker driver needs the containerd image store for that."""
    if not engine.exports_caches:
        pytest.skip("wanted an engine with the containerd image store, for its cache exporters; saw another store")
    return engine


@pytest.fixture
def breakable(engine: Engine, kit: Path, tmp_path: Path) -> Iterator[Engine]:
    """An engine for one test, which may freeze or stop it; its state is in tmp_path / "state"."""
    with engine_to_break(kit, engine, tmp_path / "state") as found:
        if found is None:
            pytest.skip("wanted a private engine, for a second one to break; saw one that was there before")
        yield found


@pytest.fixture(scope="session")
def lab_image(engine: Engine, kit: Path) -> Iterator[str]:
    """The image of the lab, under a name of this run; removed afterwards."""
    name = f"seawall-lab-{os.getpid()}"
    with at_end(["docker", "image", "rm", name], engine.env):
        result = run([kit / "build-lab-image.sh", "--tag", name], env=engine.env, timeout=900)
        assert result.rc == 0, repr(result)
        yield name


@pytest.fixture(scope="session")
def containers(engine: Engine, lab_image: str) -> Iterator[Containers]:
    """The lab in containers; URLs choose the faults."""
    with containers_up(engine, REPOSITORY, lab_image, lab_image) as found:
        yield found


@pytest.fixture(scope="session")
def kept(engine: Engine, kit: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The images of one run of the main job with --keep."""
    with kept_images(engine, kit, tmp_path_factory.mktemp("kept")) as found:
        yield found
