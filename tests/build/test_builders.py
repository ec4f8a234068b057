"""Builders that are dead, stuck, or lose their daemon during a build: which one takes over, and what is restarted."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.broken_socket import cut_socket
from harness.builds.builder import Builder, name_remote, plugin_in_use
from harness.builds.cache_build import filled, frm, make_project, seen, up
from harness.builds.engine import Engine
from harness.machine.load import allowed
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.machine.run import Result, run
from harness.wire.loopback import refusing, upstream
from harness.wire.server import Running

TAKEN_OVER_WITHIN_S = 5
"""Seconds more than with the good builder alone. buildx waits 20 s for a dead builder; the benchmark allows 2."""
OTHERS_GO_ON_WITHIN_S = 30
ENDS_WITHIN_S = 60


@pytest.fixture
def project(tmp_path):
    """A build that no engine has seen."""
    return make_project(tmp_path)


@pytest.fixture
def builder(builder: Builder, tmp_path: Path) -> Builder:
    """With a configuration folder for buildx that ends with the test."""
    return replace(builder, env=builder.env | {"BUILDX_CONFIG": str(tmp_path / "buildx")})


@pytest.fixture
def named(engine: Engine, builder: Builder) -> Iterator[Callable[[str, str], str]]:
    """Makes builders at an address, until the end of the test: a docker `context`, or one of the `remote` driver."""
    with ExitStack() as stack:

        def call(kind: str, address: str) -> str:
            name = f"lab-{token_hex(4)}"
            if kind == "context":
                engine.check_docker("context", "create", name, "--docker", f"host={address}")
                stack.callback(engine.check_docker, "context", "rm", "--force", name)
            else:
                name_remote(builder.env, name, address)
            return name

        yield call


@pytest.fixture
def silent_address() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def verdicts(builder: Builder) -> list[tuple[object, object]]:
    """Each builder with its verdict, in order."""
    return [(event["source"], event["verdict"]) for event in builder.events("probe") if event["upstream"] == "builder"]


class TestOrderedBuilders:
    """SEAWALL_BUILDERS."""

    @pytest.mark.parametrize("kind", ["context", "remote"])
    def test_build_fails_over_from_a_dead_builder(self, builder, project, named, kind):
        """If the first of SEAWALL_BUILDERS refuses connections, the next one builds within seconds."""
        context = project.folder / "context"
        healthy = builder.ours("--no-cache", context, SEAWALL_BUILDERS="default")
        with refusing() as url:
            dead = named(kind, url.replace("http", "tcp"))
            result = builder.ours("--no-cache", context, SEAWALL_BUILDERS=f"{dead} default")
        assert (healthy.rc, result.rc, verdicts(builder)) == (0, 0, [(dead, "elsewhere")]), repr(result)
        assert result.seconds - healthy.seconds <= allowed(TAKEN_OVER_WITHIN_S)
        assert f"builder {dead} is unavailable: using default" in result.err

    def test_silent_builder_is_skipped_by_the_next_build(self, builder, project, named, silent_address):
        """A builder that accepts connections and never answers costs seconds once; the next build does not try it."""
        context = project.folder / "context"
        healthy = builder.ours("--no-cache", context, SEAWALL_BUILDERS="default")
        dead = named("remote", silent_address)
        first = builder.ours("--no-cache", context, SEAWALL_BUILDERS=f"{dead} default")
        second = builder.ours("--no-cache", context, SEAWALL_BUILDERS=f"{dead} default")
        assert (healthy.rc, first.rc, second.rc) == (0, 0, 0), f"{first!r}\n{second!r}"
        assert first.seconds - healthy.seconds <= allowed(TAKEN_OVER_WITHIN_S + 1)
        assert second.seconds - healthy.seconds <= allowed(1), repr(second)

    def test_build_fails_over_from_a_builder_that_cannot_boot(self, builder, project):
        """B1: a new container builder starts with a pull; if that fails, the next builder builds."""
        image = "nowhere.invalid/buildkit:1"
        Engine(builder.env).check_docker(
            "buildx", "create", "--name", "unborn", "--driver", "docker-container", "--driver-opt", f"image={image}"
        )
        result = builder.ours(project.folder / "context", SEAWALL_BUILDERS="unborn default")
        ended = [(event["source"], event["class"]) for event in builder.events("attempt")]
        assert ended == [("unborn", "builder-boot"), ("default", "")], repr(result)
        assert result.rc == 0, repr(result)

    def test_builder_of_the_call_is_the_only_one(self, builder, project, named):
        """`--builder` on the command line overrides SEAWALL_BUILDERS, and no other builder is probed."""
        with refusing() as url:
            dead = named("context", url.replace("http", "tcp"))
            result = builder.ours("--builder", "default", project.folder / "context", SEAWALL_BUILDERS=dead)
        assert (result.rc, verdicts(builder)) == (0, []), repr(result)

    @pytest.mark.parametrize("names", [" ", " default "])
    def test_blank_builder_names_are_ignored(self, builder, project, names):
        """Blanks in SEAWALL_BUILDERS do not count as names, and print no warning."""
        result = builder.ours(project.folder / "context", SEAWALL_BUILDERS=names)
        assert (result.rc, result.err.count("docker-build:")) == (0, 0), repr(result)

    def test_unknown_builder_name_is_a_wrong_setting(self, builder, project):
        """A name in SEAWALL_BUILDERS that buildx does not know ends with code 78."""
        result = builder.ours(project.folder / "context", SEAWALL_BUILDERS="nobody default")
        assert result.rc == 78, repr(result)
        assert "SEAWALL_BUILDERS: wanted builders or contexts that buildx knows, saw 'nobody'" in result.err

    def test_builder_for_other_platforms_does_not_take_over(self, builder, project, named):
        """A build for s390x does not fail over to a builder without that platform: it ends as an outage, code 75."""
        with refusing() as url:
            dead = named("context", url.replace("http", "tcp"))
            words = ("--platform", "linux/s390x", project.folder / "context")
            result = builder.ours(*words, SEAWALL_BUILDERS=f"{dead} default", SEAWALL_DEADLINE="20")
        assert result.rc == 75, repr(result)
        assert "builder default does not build for linux/s390x" in result.err


def step_that_waits(folder: Path, lab: Running, seconds: int) -> tuple[str | Path, ...]:
    """Arguments of a build with a short step and one that sends a request to the lab, then takes `seconds`."""
    root_with_busybox(folder / "root")
    (folder / "root" / "mark").write_text(token_hex(8))
    last = f"{BUSYBOX} wget -O /told {lab.url}/told && {BUSYBOX} sleep {seconds}"
    (folder / "Dockerfile").write_text(
        f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "touch", "/done"]\nRUN ["{BUSYBOX}", "sh", "-c", "{last}"]\n'
    )
    return "--network", "host", "--allow", "network.host", "--output", f"type=local,dest={folder / 'out'}", folder


def test_missing_emulator_is_not_an_outage(builder, tmp_path):
    """B10: a step for s390x without an emulator ends after one attempt with code 69."""
    (folder := tmp_path / "context").mkdir()
    (folder / "program").write_bytes(b"\x7fELF\x02\x02\x01" + bytes(9) + b"\0\x02\0\x16" + bytes(44))
    (folder / "program").chmod(0o755)
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY program /program\nRUN ["/program"]\n')
    result = builder.ours("--platform", "linux/s390x", folder)
    ended = [event["class"] for event in builder.events("attempt")]
    assert (result.rc, ended) == (69, ["platform-mismatch"]), repr(result)


def test_socket_that_breaks_during_a_build_costs_one_attempt(engine, builder, tmp_path):
    """B2: if the engine's socket breaks during a build, the second attempt continues from the cache."""
    with cut_socket(engine, tmp_path) as (behind, cut), upstream({"/told": b"x"}) as lab, ThreadPoolExecutor(1) as pool:
        through = replace(builder, env=behind.env | {"BUILDX_CONFIG": builder.env["BUILDX_CONFIG"]})
        build = pool.submit(through.ours, *step_that_waits(tmp_path / "context", lab, 3))
        lab.journal.wait_for("the step", lambda entry: entry.path == "/told")
        cut.set()
        result = build.result()
    assert len(lab.journal) <= 2, "each attempt runs the step at most once"
    assert [event["class"] for event in through.events("attempt")] == ["daemon-crashed", ""]
    assert (result.rc, (tmp_path / "context" / "out" / "mark").exists()) == (0, True), repr(result)
    assert result.err.count("CACHED") >= 2, repr(result)


def test_exit_code_0_of_a_wrapped_buildx_is_checked(builder, context, tmp_path):
    """B6: a wrapper around buildx that hides its exit code does not turn a failed build into a success."""
    (plugins := tmp_path / "docker" / "cli-plugins").mkdir(parents=True)
    (plugins / "docker-buildx").write_text(f'#!/bin/sh\n{plugin_in_use(builder.env)} "$@" || exit 0\n')
    (plugins / "docker-buildx").chmod(0o755)
    builder = replace(builder, env=builder.env | {"DOCKER_CONFIG": str(tmp_path / "docker")})
    words = ("--iidfile", tmp_path / "id", context("", "FROM scratch\nCOPY nothing /\n"))
    naive = builder.plain(*words)
    assert (naive.rc, (tmp_path / "id").exists()) == (0, False), f"INVALID: it is told\n{naive!r}"
    result = builder.ours(*words)
    assert (result.rc, (tmp_path / "id").exists()) == (1, False), repr(result)
    assert [event["class"] for event in builder.events("attempt")] == ["dockerfile-syntax"]


class TestOwnEngine:
    """A private engine, which the kit may restart."""

    @pytest.fixture
    def ours(self, breakable, builder) -> Builder:
        """Builds on that engine."""
        return Builder(builder.kit, breakable.env, builder.folder)

    def pid(self, engine: Engine) -> int:
        """The process id of its daemon."""
        return int(Path(engine.env["DOCKER_HOST"].removeprefix("unix://")).with_name("pid").read_text())

    def test_engine_that_a_cache_froze_is_restarted_for_all_builds(self, breakable, ours, project, tmp_path):
        """G5: a download URL that stalls freezes plain BuildKit for 15 minutes; here both builds finish in seconds."""
        other = make_project(tmp_path)
        with up(filled(breakable, project), "ok x1 -> stall x*", "blob") as lab, ThreadPoolExecutor(2) as pool:
            first = pool.submit(ours.ours, *frm(lab), project.folder / "context")
            lab.journal.wait_for("the fetch that stalls", lambda entry: entry.fault.startswith("stall"))
            second = pool.submit(ours.ours, other.folder / "context")
        assert [fault for fault, _ in seen(lab, "blob")][:2] == ["ok", "stall"], lab.journal.table()
        assert ("current", "again") in verdicts(ours)
        assert (first.result().rc, second.result().rc) == (0, 0), f"{first.result()!r}\n{second.result()!r}"
        assert second.result().seconds <= allowed(OTHERS_GO_ON_WITHIN_S)
        assert first.result().seconds <= allowed(ENDS_WITHIN_S)
        assert "its cache is kept" in first.result().err + second.result().err

    def in_the_middle(self, engine: Engine, ours: Builder, folder: Path, kill: signal.Signals) -> Result:
        """The result of a build whose daemon gets this signal during the last step."""
        with upstream({"/told": b"x"}) as lab, ThreadPoolExecutor(1) as pool:
            build = pool.submit(ours.ours, *step_that_waits(folder, lab, 3), SEAWALL_SILENCE="5")
            lab.journal.wait_for("the step", lambda entry: entry.path == "/told")
            os.kill(self.pid(engine), kill)
        return build.result()

    def test_killed_daemon_is_restarted_during_the_build(self, breakable, ours, tmp_path):
        """A private daemon that is killed during a step is restarted, and the build continues from its cache."""
        result = self.in_the_middle(breakable, ours, tmp_path / "context", signal.SIGKILL)
        assert (result.rc, (tmp_path / "context" / "out" / "mark").exists()) == (0, True), repr(result)
        assert result.err.count("CACHED") >= 2, repr(result)
        assert ours.plain("--output", "type=cacheonly", make_project(tmp_path).folder / "context").rc == 0

    @pytest.fixture
    def without_bridge(self, breakable, ours, tmp_path) -> Path:
        """B5: a build with a step that needs a network, on an engine whose bridge was deleted."""
        root_with_busybox((folder := tmp_path / "context") / "root")
        (folder / "Dockerfile").write_text(f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "touch", "/done"]\n')
        name = breakable.check_docker(
            "network", "inspect", "bridge", "--format", '{{index .Options "com.docker.network.bridge.name"}}'
        )
        assert name != "docker0", "that is not this engine's alone"
        assert ours.plain("--no-cache", folder).rc == 0, "INVALID: the control fails"
        assert run(["ip", "link", "delete", name]).rc == 0
        (folder / "root" / "mark").write_text(token_hex(8))
        hurt = ours.plain(folder)
        assert (hurt.rc, f"to bridge {name} failed" in hurt.err) == (1, True), f"INVALID\n{hurt!r}"
        return folder

    def test_deleted_bridge_is_recreated(self, ours, without_bridge):
        """B5: if the engine's bridge was deleted, the private engine restarts once, and plain builds work again."""
        result = ours.ours(without_bridge)
        assert [event["class"] for event in ours.events("attempt")] == ["daemon-unavailable", ""], repr(result)
        assert verdicts(ours) == [("current", "again")]
        assert result.rc == 0, repr(result)
        assert ours.plain("--no-cache", without_bridge).rc == 0

    def test_engine_of_others_without_a_bridge_is_not_restarted(self, breakable, ours, without_bridge, tmp_path):
        """An engine that the kit did not start is not restarted: one attempt, code 71, a message with the fix."""
        (socket_of_others := tmp_path / "other.sock").symlink_to(breakable.env["DOCKER_HOST"].removeprefix("unix://"))
        pid = self.pid(breakable)
        result = replace(ours, env=ours.env | {"DOCKER_HOST": f"unix://{socket_of_others}"}).ours(without_bridge)
        assert (result.rc, len(ours.events("attempt")), self.pid(breakable)) == (71, 1, pid), repr(result)
        assert "is not managed by Seawall, so it was not restarted: restart the Docker daemon" in result.err

    @pytest.mark.long
    def test_frozen_daemon_is_restarted_during_the_build(self, breakable, ours, tmp_path):
        """A private daemon that freezes during a step is restarted, and the build finishes."""
        result = self.in_the_middle(breakable, ours, tmp_path / "context", signal.SIGSTOP)
        assert (result.rc, (tmp_path / "context" / "out" / "mark").exists()) == (0, True), repr(result)
        assert "silent for" in result.err
