"""The core inside real RUN steps, with the network, the PID namespace and the cache mounts of the builder."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from harness.catalogue.schedule import parse
from harness.machine.load import allowed
from harness.machine.run import Result, run
from harness.sites.artifacts import Release, noise
from harness.sites.pypi_site import CLASSES, pypi
from harness.sites.site import Rule, Upstream
from harness.wire.server import Running, serve

RELEASE = Release("hello-seawall", source=f"NOISE = {noise(100_000)!r}\n")
DOCKERFILE = """FROM python:3.13-trixie
COPY requirements.txt /
ENV PIP_TRUSTED_HOST=GATEWAY
RUN --mount=type=bind,from=kit,target=/seawall \\
    --mount=type=cache,id=CACHE,target=/var/lib/seawall \\
    --mount=type=secret,id=seawall.conf,target=/run/seawall.conf \\
    /seawall/stage/python-packages.sh --require-hashes --target /app -r /requirements.txt
"""
LEAVES_A_STALL_WITHIN_S = 10
LEAVES_A_SILENT_SOURCE_WITHIN_S = 1

Index = Callable[..., Running]
Build = Callable[..., Result]


@pytest.fixture(scope="module")
def gateway(engine) -> str:
    """The address of this machine on the engine's bridge."""
    return engine.check_docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")


@pytest.fixture
def index(gateway) -> Iterator[Index]:
    """Indexes on the engine's bridge, each with its schedule: `index(file="503x*")`."""
    with ExitStack() as stack:

        def call(**schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            upstream = Upstream("pypi", pypi([RELEASE]), CLASSES, rules)
            return stack.enter_context(serve(upstream, address=gateway, allowed=[f"{gateway}/32"]))

        yield call


@pytest.fixture
def build(engine, gateway, base, kit_image, tmp_path) -> Build:
    """Builds the image above with these indexes, without cached steps; the cache mount is new for each test."""
    cache = f"seawall-test-{uuid4().hex}"
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Dockerfile").write_text(DOCKERFILE.replace("CACHE", cache).replace("GATEWAY", gateway))
    lock = f"{RELEASE.name}==1.0.0 --hash=sha256:{RELEASE.sha256}\n"

    def call(*indexes: Running, **settings: str) -> Result:
        lines = {"SEAWALL_PYPI_INDEXES": " ".join(f"{found.url}/simple/" for found in indexes), "SEAWALL_SEED": "84"}
        (tmp_path / "settings").write_text("".join(f"{name}={value}\n" for name, value in (lines | settings).items()))
        # A new comment makes a new layer; --no-cache would also empty the cache mount.
        (tmp_path / "context" / "requirements.txt").write_text(f"# {uuid4()}\n{lock}")
        words: list[str | Path] = ["docker", "buildx", "build", "--progress", "plain"]
        words += ["--build-context", base, "--build-context", f"kit={kit_image}"]
        words += ["--secret", f"id=seawall.conf,src={tmp_path / 'settings'}"]
        words += ["--output", "type=cacheonly", tmp_path / "context"]
        return run(words, env=engine.env, timeout=200)

    return call


def events(result: Result) -> list[dict]:
    """The events that the step printed into the log."""
    return [json.loads(text) for text in re.findall(r"seawall-event: (\{.*\})$", result.err, re.MULTILINE)]


def test_silent_source_is_skipped_by_the_next_build(build, index):
    """In a RUN step, a silent index costs one request and less than a second; the next build does not ask it."""
    silent, good = index(index="stall x*"), index()
    first = build(silent, good)
    assert (first.rc, len(silent.journal)) == (0, 1), repr(first)
    probe = events(first)[0]
    # The next index is probed beside the silent one, and answers first.
    assert (probe["event"], probe["class"]) == ("probe", "")
    assert probe["elapsed_s"] <= allowed(LEAVES_A_SILENT_SOURCE_WITHIN_S)
    second = build(silent, good)
    assert (second.rc, len(silent.journal)) == (0, 1), repr(second)


@pytest.mark.parametrize(
    "fault", ["stall@100000", pytest.param("rate(bps=1)", marks=pytest.mark.long)], ids=["stall", "drip"]
)
def test_stalled_source_is_replaced(build, index, fault):
    """In a RUN step, an index that stalls or drips in a file is left within seconds, and the next one serves."""
    stalling, good = index(file=f"{fault}x*"), index()
    result = build(stalling, good)
    assert [entry.path_class for entry in good.journal if entry.path_class == "file"] == ["file"], repr(result)
    attempt = next(event for event in events(result) if event["event"] == "attempt")
    assert attempt["class"] == "timeout", repr(result)
    assert attempt["elapsed_s"] <= allowed(LEAVES_A_STALL_WITHIN_S)
    assert result.rc == 0, repr(result)


def test_slow_source_is_not_interrupted(build, index):
    """In a RUN step, a slow index that makes progress is used to the end."""
    slow, good = index(file="rate(bps=20000)x*"), index()
    result = build(slow, good)
    assert (result.rc, len(good.journal)) == (0, 0), repr(result)


def test_outage_of_every_source_ends_the_step_with_75(build, index):
    """If every index fails, the RUN step ends with code 75, which the log of the build shows."""
    result = build(index(index="503x*"), index(index="503x*"), SEAWALL_BUDGET="3")
    assert result.rc == 1
    assert "exit code: 75" in result.err, repr(result)
