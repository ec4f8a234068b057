"""buildx's own integration tests of builds, bakes and Compose with the kit in place of buildx: what passes passes here.

The builder is a buildkitd whose registry mirrors stand in its buildkitd.toml; this machine reaches no public registry.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.builds.builder import plugin_in_use
from harness.builds.engine import Engine
from harness.machine.programs import copy_with_libraries

MODULE = "github.com/docker/buildx@v0.29.1"
BUILDKIT = "github.com/moby/buildkit"
IMAGES = ("library/busybox:latest", "library/alpine:latest", "moby/buildkit:buildx-stable-1",
          "docker/dockerfile-upstream:1.18.0")  # fmt: skip
"""What the suite expects in its mirror; every name gets the same busybox."""
DOCKERFILE = 'FROM scratch\nCOPY . /\nENV PATH=/bin\nCMD ["sh"]\n'
CONFIG = "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\nhttp:\n  addr: 127.0.0.1:0\n"
OUTCOME = re.compile(r"^ *--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
TEST_ENDS_WITHIN_S = 150
PASSING = {"build": 41, "bake": 40, "compose": 3}
"""Tests of each command, subtests included, that pass with buildx 0.29.1 itself."""
SLOWER_AT_MOST = 2.5
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def check(words: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Runs a command that must succeed; returns its output."""
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Suite:
    """The suite's programs, its mirror, and the names of its tests by command."""

    programs: Path
    mirror: Path
    names: dict[str, tuple[str, ...]]
    env: dict[str, str]

    def run(self, name: str, front: Path, settings: Mapping[str, str]) -> tuple[dict[str, str], float]:
        """The outcome of one test and of its subtests, and its seconds; `front` is the folder with `buildx`."""
        env = self.env | settings | {"PATH": f"{front}:{self.programs}:{self.env['PATH']}"}
        if name.startswith("TestCompose"):
            env["DOCKER_CONFIG"] = str(front / "config")
        words = [self.programs / "buildx.test", "-test.v", "-test.run", f"^TestIntegration$/^{name}$"]
        begun = time.monotonic()
        try:
            done = subprocess.run(
                words, env=env, cwd=front, capture_output=True, text=True, check=False, timeout=TEST_ENDS_WITHIN_S
            )
            out = done.stdout
        except subprocess.TimeoutExpired as late:
            out = (late.stdout or b"").decode(errors="replace")
        found = {test: word for word, test in OUTCOME.findall(out) if "/" in test}
        return found or {f"TestIntegration/{name}": "FAIL"}, time.monotonic() - begun


def compile_programs(folder: Path) -> dict[str, tuple[str, ...]]:
    """Compiles the suite, buildkitd and buildctl into `folder`; returns the names of the suite's tests by command."""
    source = Path(json.loads(check(["go", "mod", "download", "-json", MODULE], folder))["Dir"])
    copy = folder / "buildx"
    shutil.copytree(source, copy)
    for file in [copy, *copy.rglob("*")]:
        file.chmod(0o755 if file.is_dir() else 0o644)
    check(["go", "test", "-c", "-o", folder / "buildx.test", "./tests"], copy)
    version = check(["go", "list", "-m", "-f", "{{.Version}}", BUILDKIT], copy).strip()
    (folder / "daemon").mkdir()
    (folder / "daemon" / "go.mod").write_text("module example.org/builder\n\ngo 1.24.0\n")
    packages, env = [f"{BUILDKIT}/cmd/buildkitd", f"{BUILDKIT}/cmd/buildctl"], os.environ | {"CGO_ENABLED": "0"}
    check(["go", "get", *(f"{package}@{version}" for package in packages)], folder / "daemon", env)
    check(["go", "build", "-o", f"{folder}/", *packages], folder / "daemon", env)
    found = {}
    for command in PASSING:
        text = (copy / "tests" / f"{command}.go").read_text()
        listed = text.partition(f"var {command}Tests = ")[2].partition("\n}")[0]
        found[command] = tuple(f"T{name}" for name in re.findall(r"^\tt(est\w+),$", listed, re.MULTILINE))
    return found


def find_registry(folder: Path) -> None:
    """Puts Debian's docker-registry into `folder`, under the name that the suite looks for."""
    found = shutil.which("docker-registry")
    if not found:
        (folder / "lists" / "partial").mkdir(parents=True)
        apt = ["apt-get", "-o", f"Dir::State::lists={folder}/lists"]
        check([*apt, "update"], folder)
        check([*apt, "download", "docker-registry"], folder)
        (package,) = folder.glob("docker-registry_*.deb")
        check(["dpkg", "-x", package, folder / "registry-package"], folder)
        found = str(folder / "registry-package" / "usr/bin/docker-registry")
    (folder / "registry").symlink_to(found)


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[str]:
    """The registry that serves `folder`; yields its host and port."""
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder))
    words = [program, "serve", folder / "config.yaml"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        for line in process.stderr:
            if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", line):
                yield f"localhost:{found[1]}"
                break
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(scope="module")
def suite(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """The suite, compiled; its mirror holds a busybox made of this machine's."""
    folder, mirror = tmp_path_factory.mktemp("suite"), tmp_path_factory.mktemp("mirror")
    names = compile_programs(folder)
    find_registry(folder)
    root = folder / "context"
    (root / "bin").mkdir(parents=True)
    busybox = shutil.which("busybox")
    assert busybox
    copy_with_libraries(busybox, root, "bin/busybox")
    for applet in check([busybox, "--list"], folder).split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    (root / "Dockerfile").write_text(DOCKERFILE)
    with serving(folder / "registry", mirror) as host:
        tags = [word for image in IMAGES for word in ("--tag", f"{host}/{image}")]
        engine.check_docker("buildx", "build", "--provenance=false", "--push", *tags, str(root))
    env = {name: value for name, value in engine.env.items() if name not in ("DOCKER_HOST", "TEST_DOCKERD")}
    return Suite(folder, mirror, names, env | {"BUILDKIT_REGISTRY_MIRROR_DIR": str(mirror)})


@pytest.fixture(scope="module")
def fronts(engine: Engine, kit: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with the real buildx, and one with the kit's plugin in its place; `compose` finds it as a plugin."""
    real, ours = tmp_path_factory.mktemp("real"), tmp_path_factory.mktemp("ours")
    plugin = plugin_in_use(engine.env)
    (real / "buildx").symlink_to(plugin)
    text = (kit / "lib" / "host" / "plugin" / "plugin.sh").read_text()
    (ours / "buildx").write_text(f"#!/bin/sh\nSEAWALL_KIT='{kit}'\n{text}")
    (ours / "buildx").chmod(0o755)
    (ours / ".seawall").mkdir()
    (ours / ".seawall" / "docker-buildx").symlink_to(plugin)
    for front in (real, ours):
        (front / "compose").symlink_to(plugin_in_use(engine.env, "compose").resolve())
        (plugins := front / "config" / "cli-plugins").mkdir(parents=True)
        shutil.copy(front / "buildx", plugins / "docker-buildx")
        if front == ours:
            (plugins / ".seawall").mkdir()
            (plugins / ".seawall" / "docker-buildx").symlink_to(plugin)
    return real, ours


@pytest.mark.parametrize("told", [False, True], ids=["mirrors of the builder only", "mirrors told to the kit, too"])
@pytest.mark.parametrize("command", PASSING)
def test_what_passes_with_buildx_passes_with_the_kit(suite, fronts, tmp_path, capsys, command, told):
    """Test by test: none passes only without the kit, and all together take at most 2.5 times as long."""
    real, ours = fronts
    plain: dict[str, str] = {}
    mine: dict[str, str] = {}
    seconds = [0.0, 0.0]
    settings = {"SEAWALL_CONF": "/dev/null", "SEAWALL_STATE": str(tmp_path / "state")}
    with serving(suite.programs / "registry", suite.mirror) as host:
        settings |= {"SEAWALL_REGISTRY_MIRRORS": f"docker.io={host}" if told else "none"}
        for name in suite.names[command]:
            for number, (front, found) in enumerate(((real, plain), (ours, mine))):
                outcome, took = suite.run(name, front, settings)
                found |= outcome
                seconds[number] += took
    passing = [test for test, word in plain.items() if word == "PASS"]
    lost = [test for test in passing if mine.get(test) != "PASS"]
    with capsys.disabled():
        print(f"\n{len(passing)} pass with buildx, {len(lost)} of them not with the kit: {lost}")
        print(f"{seconds[0]:.0f} s with buildx, {seconds[1]:.0f} s with the kit")
        print("not with buildx:", sorted(test for test, word in plain.items() if word == "FAIL"))
    assert len(passing) >= PASSING[command], plain
    assert lost == []
    assert seconds[1] <= SLOWER_AT_MOST * seconds[0]
