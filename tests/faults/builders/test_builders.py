"""B, P9 and R: builds while the daemon, its network, a mirror, memory, processors or the frontend fail."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.broken_socket import cut_socket
from harness.builds.engine import Engine
from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.machine.load import allowed
from harness.machine.run import run
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise
from harness.sites.registry_site import Registry
from harness.sites.site import Request, Rule, Upstream
from harness.wire.loopback import refusing
from harness.wire.server import serve

S390X = b"\x7fELF\x02\x02\x01" + bytes(9) + b"\0\x02\0\x16" + bytes(44)
"""The header of a program for s390x."""


@pytest.fixture(scope="session")
def probe(repo, tmp_path_factory) -> Path:
    """The program of fixtures/probe."""
    program = tmp_path_factory.mktemp("probe") / "probe"
    env = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-modcacherw"}
    result = run(["go", "build", "-o", program, "."], env=env, cwd=repo / "fixtures/probe")
    assert result.rc == 0, repr(result)
    return program


@pytest.fixture
def context(probe, tmp_path):
    """A build context with the probe and a file with random content."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "mark").write_text(token_hex(8))

    def write(dockerfile: str) -> Path:
        shutil.copy(probe, folder / "probe")
        (folder / "Dockerfile").write_text(dockerfile)
        return folder

    return write


PLAIN = "FROM scratch\nCOPY mark /mark\nCOPY probe /probe\n"
RUNS = PLAIN + 'RUN ["/probe", "memory", "1"]\n'


def build(engine: Engine, folder: Path, *words: str, timeout: float = 60):
    """Builds the context and keeps nothing."""
    return engine.docker("buildx", "build", "--progress", "plain", *words, str(folder), timeout=timeout)


@contextmanager
def image(engine: Engine, folder: Path) -> Iterator[str]:
    """An image of the context, removed at the end of the block."""
    name = f"seawall-probe:{token_hex(4)}"
    engine.check_docker("buildx", "build", "--load", "--tag", name, str(folder))
    try:
        yield name
    finally:
        engine.check_docker("image", "rm", "--force", name)


def registry(schedule: str = "ok") -> tuple[Registry, Upstream]:
    """A registry with a random image, and its upstream with this schedule."""
    site = Registry()
    site.add_image("team/noise", "1", Image(noise(4096, token_hex())))
    return site, Upstream("registry", site, registry_site.CLASSES, (Rule(parse(schedule)),))


@pytest.mark.fault("P9")
def test_unavailable_frontend_fails_a_build_that_needs_none(engine, context):
    """A `# syntax=` image that is unavailable fails a build that the built-in frontend could do."""
    _, faulty = registry("500x*")
    with serve(faulty) as lab:
        named = build(engine, context(f"# syntax={lab.host}/docker/dockerfile:1\n{PLAIN}"))
        assert named.rc == 1, repr(named)
        assert "failed to resolve source metadata" in named.err + named.out
    assert {entry.status for entry in lab.journal if entry.method != "TLS"} == {500}
    assert build(engine, context(PLAIN)).rc == 0, "INVALID: the built-in front end fails too"


@pytest.mark.fault("B1")
def test_builder_without_its_image_does_not_start(engine, context):
    """A container builder whose image is unavailable does not start; the daemon's own builder works."""
    _, faulty = registry("500x*")
    name = f"seawall-{token_hex(4)}"
    with serve(faulty) as lab:
        words = ["--driver", "docker-container", "--driver-opt", f"image={lab.host}/moby/buildkit:1"]
        try:
            created = engine.docker("buildx", "create", "--name", name, *words, "--bootstrap")
        finally:
            engine.docker("buildx", "rm", "--force", name)
    assert created.rc == 1, repr(created)
    assert {entry.status for entry in lab.journal if entry.method != "TLS"} == {500}
    assert build(engine, context(PLAIN)).rc == 0, "INVALID: the daemon's own builder fails too"


@pytest.mark.fault("B2")
def test_broken_socket_ends_the_build_and_the_next_call_works(engine, context, tmp_path):
    """A socket that breaks ends the build at once; the next build works."""
    site, _ = registry()
    with cut_socket(engine, tmp_path) as (behind, cut):

        def asked(request: Request) -> Reply:
            """The build is under way: its socket is cut, and its answer is still to come."""
            cut.set()
            return replace(site(request), delay=30)

        with serve(Upstream("registry", asked)) as lab:
            result = build(behind, context(f"FROM {lab.host}/team/noise:1\nCOPY mark /mark\n"))
    assert (result.rc, result.seconds < allowed(20)) == (1, True), repr(result)
    assert build(engine, context(PLAIN)).rc == 0


@pytest.mark.fault("B3")
def test_restarted_daemon_still_has_its_cache(breakable, kit, context, tmp_path):
    """A killed daemon, restarted by setup-engine.sh, builds from its cache."""
    folder = context(RUNS)
    assert build(breakable, folder).rc == 0
    pid = int(Path(breakable.env["DOCKER_HOST"].removeprefix("unix://")).with_name("pid").read_text())
    os.kill(pid, signal.SIGKILL)
    dead = build(breakable, folder, timeout=30)
    assert dead.rc == 1, f"INVALID: the daemon still answers\n{dead!r}"
    env = {name: value for name, value in breakable.env.items() if not name.startswith("DOCKER_")}
    command = [kit / "setup-engine.sh", "--lease", str(os.getpid())]
    again = run(command, env=env | {"SEAWALL_STATE": str(tmp_path / "state")}, timeout=120)
    assert again.rc == 0, repr(again)
    found = dict(line.split("=", 1) for line in again.out.splitlines())
    result = build(Engine(breakable.env | found), folder)
    assert (result.rc, "CACHED" in result.err + result.out) == (0, True), repr(result)


@pytest.mark.fault("B5")
def test_step_without_a_bridge_says_so_and_one_without_network_runs(breakable, context):
    """Without its bridge, a daemon fails RUN steps with the bridge's name, and runs those without a network."""
    name = '{{index .Options "com.docker.network.bridge.name"}}'
    bridge = breakable.check_docker("network", "inspect", "bridge", "--format", name)
    folder = context(RUNS)
    assert build(breakable, folder, "--no-cache").rc == 0, "INVALID: the control fails"
    if bridge == "docker0":
        pytest.skip("unsupported: wanted a bridge that is this engine's alone, saw docker0")
    assert run(["ip", "link", "delete", bridge]).rc == 0
    hurt = build(breakable, folder, "--no-cache")
    assert (hurt.rc, bridge in hurt.err + hurt.out) == (1, True), repr(hurt)
    assert build(breakable, folder, "--no-cache", "--network", "none").rc == 0


@pytest.mark.fault("B8")
def test_image_of_a_dead_mirror_is_pulled_by_its_other_name(engine, context):
    """An image of a dead mirror is pulled by its digest from another registry."""
    site, well = registry()
    digest = site.tags["team/noise"]["1"]
    with refusing() as dead, serve(well) as lab:
        mirror = dead.removeprefix("http://")
        hurt = build(engine, context(f"FROM {mirror}/team/noise@{digest}\nCOPY mark /mark\n"))
        assert (hurt.rc, "connection refused" in hurt.err + hurt.out) == (1, True), f"INVALID\n{hurt!r}"
        healed = build(engine, context(f"FROM {lab.host}/team/noise@{digest}\nCOPY mark /mark\n"))
    assert healed.rc == 0, repr(healed)
    assert "manifest" in {entry.path_class for entry in lab.journal}


@pytest.mark.fault("B10")
def test_step_of_another_platform_without_an_emulator_says_so_at_once(engine, context):
    """A step for another platform without an emulator fails with `exec format error`."""
    folder = context(RUNS)
    (folder / "probe").write_bytes(S390X)
    other = build(engine, folder, "--platform", "linux/s390x")
    assert (other.rc, "exec format error" in other.err + other.out) == (1, True), repr(other)
    assert build(engine, context(RUNS)).rc == 0, "INVALID: the control fails"


@pytest.mark.fault("R3")
def test_step_without_memory_ends_with_137(engine, context):
    """A container that exceeds its memory ends with code 137."""
    with image(engine, context(PLAIN)) as name:
        limits = ["--rm", "--memory", "32m", "--memory-swap", "32m", "--network", "none"]
        small = engine.docker("run", *limits, name, "/probe", "memory", "4")
        big = engine.docker("run", *limits, name, "/probe", "memory", "256")
    assert (small.rc, small.out) == (0, "took 4 MiB\n"), f"INVALID: the control fails\n{small!r}"
    assert big.rc == 137, repr(big)


@pytest.mark.fault("R6")
def test_step_that_gets_a_fiftieth_of_a_processor_needs_a_longer_limit(engine, context):
    """With 2 % of a processor, a program with a short limit fails, and one with a longer limit succeeds."""
    with image(engine, context(PLAIN)) as name:
        common = ["run", "--rm", "--network", "none"]
        well = engine.docker(*common, name, "/probe", "work", "2")
        hasty = engine.docker(*common, "--cpus", "0.02", name, "/probe", "work", "2")
        patient = engine.docker(*common, "--cpus", "0.02", name, "/probe", "work", "100")
    assert well.rc == 0, f"INVALID: the control fails\n{well!r}"
    assert (hasty.rc, "out of time" in hasty.err) == (1, True), f"INVALID: the naive client is whole\n{hasty!r}"
    assert (patient.rc, patient.out) == (0, well.out), repr(patient)
