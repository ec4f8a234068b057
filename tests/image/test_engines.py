"""Builds and the main job on the engines of Debian stable and testing, with both image stores."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.builds.builder import Builder, name_remote, new_site
from harness.builds.engine import Engine
from harness.machine.run import run
from harness.wire.server import Running

START = """
set -eu
. "$LIB/load.sh"; load base attempt host/machine host/bases host/engine
LOG_NAME=other-engine TOOLBOX_SUITES=$1
[ "$2" = containerd ] || daemon__configuration() { printf '{"features":{"containerd-snapshotter":false}}'; }
settings_load /nonexistent
private_use manual
version_check_engine
printf 'DOCKER_HOST=%s\\nDOCKER_CONFIG=%s\\nPATH=%s\\n' "$DOCKER_HOST" "$DOCKER_CONFIG" "$PATH"
"""


@dataclass(frozen=True)
class Kind:
    """An engine: its Debian suite, its image store, and its major version when this test was written."""

    suite: str
    store: str
    oldest: int


KINDS = (
    pytest.param(Kind("stable", "graphdriver", 26), id="stable-graphdriver", marks=pytest.mark.long),
    pytest.param(Kind("stable", "containerd", 26), id="stable-containerd", marks=pytest.mark.long),
    pytest.param(Kind("testing", "graphdriver", 28), id="testing-graphdriver", marks=pytest.mark.long),
)


@pytest.fixture(scope="module", params=KINDS)
def other(request, kit, tmp_path_factory):
    """An engine of another kind, in its own state folder, with hard links to the bases of the usual one."""
    home = Path(os.environ.get("SEAWALL_STATE", Path.home() / ".local/state/seawall"))
    state = tmp_path_factory.mktemp("other") / "state"
    shutil.copytree(home / "bases", state / "bases", copy_function=os.link)
    env = dict(os.environ) | {"SEAWALL_STATE": str(state), "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    for name in ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT"):
        env.pop(name, None)
    kind: Kind = request.param
    try:
        started = run(["sh", "-c", START, "other-engine", kind.suite, kind.store], env=env, timeout=300)
        assert started.rc == 0, repr(started)
        yield kind, Engine(env | dict(line.split("=", 1) for line in started.out.splitlines()))
    finally:
        run([kit / "setup-engine.sh", "--stop"], env=env)


FAULTS = {"503": {"manifest": "503x*"}, "stall": {"blob": "ok -> stall@100000x*"}, "liar": {"blob": "flip@100x*"}}


def test_builds_fail_over(other, kit, tmp_path, registry, context):
    """On older engines and other image stores, builds fail over from 503, stalls and wrong bytes."""
    kind, engine = other
    for name, faults in FAULTS.items():
        site = new_site()
        own, mirror = registry(site, **faults), registry(site)
        builder = Builder(kit, engine.env, tmp_path)
        result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert result.rc == 0, f"{name}: {result!r}"
    assert int(engine.check_docker("version", "--format", "{{.Server.Version}}").split(".")[0]) >= kind.oldest
    driver = engine.check_docker("info", "--format", "{{.Driver}} {{.DriverStatus}}")
    assert ("io.containerd.snapshotter" in driver) == (kind.store == "containerd")


def test_options_that_a_fallback_builder_lacks_are_dropped(other, kit, tmp_path, registry, context):
    """Docker's own builder stands in for a dead one; without attestations or caches, it drops the option."""
    kind, engine = other
    able = kind.store == "containerd"
    builder = Builder(kit, engine.env | {"BUILDX_CONFIG": str(tmp_path / "buildx")}, tmp_path)
    name_remote(builder.env, "dead", "tcp://127.0.0.1:1")
    folder = context(registry(new_site()).host)

    def words(cache: Running) -> tuple[str | Path, ...]:
        return "--attest", "type=provenance,mode=max", "--cache-to", f"type=registry,ref={cache.host}/team/c:1", folder

    naive = builder.plain("--builder", "default", *words(registry(new_site())))
    assert (naive.rc == 0) == able, f"INVALID: the naive build\n{naive!r}"
    cache = registry(new_site())
    result = builder.ours(*words(cache), SEAWALL_BUILDERS="dead default")
    assert result.rc == 0, repr(result)
    assert ("does not support" in result.err) != able
    assert any(entry.method == "PUT" and entry.path_class == "manifest" for entry in cache.journal) == able


@pytest.mark.long
@pytest.mark.timeout(900)
def test_main_job_passes(other, kept, kit, tmp_path):
    """The main job passes on an engine that it did not start, and leaves nothing on it."""
    _, engine = other
    before = engine.inventory()
    result = run([kit / "test-docker-build.sh", "--report", tmp_path / "report"], env=engine.env, timeout=600)
    assert result.rc == 0, repr(result)
    assert json.loads((tmp_path / "report" / "report.json").read_text())["engine"]["kind"] == "found"
    assert engine.left_since(before) == []
