"""scripts/lib/host/call/dockerfile.sh beside BuildKit's own parser: the same sources for each construct.

What BuildKit says is recorded in fixtures/dockerfiles; tests/security/test_dockerfile_readers.py asks it again.
"""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness.machine.load import allowed
from harness.machine.run import Result, run

FOLDER = Path(__file__).resolve().parents[4] / "fixtures" / "dockerfiles"
CASES: list[dict[str, Any]] = tomllib.loads((FOLDER / "cases.toml").read_text())["case"]
READ = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call
dockerfile_sources "$@"
"""
PLATFORM = "linux/amd64"
AWKS = ("mawk", "busybox")
LONGEST_S = 8


def name_of(case: dict[str, Any]) -> str:
    return str(case["name"])


def written(case: dict[str, Any], folder: Path) -> list[str]:
    """The file of a case and the words that read it."""
    (folder / "Dockerfile").write_bytes(case["text"].encode())
    (folder / "arguments").write_text("".join(f"{word}\n" for word in case.get("arguments", [])))
    return [str(folder / "Dockerfile"), case.get("target", ""), str(folder / "arguments")]


def identifier(line: str) -> str:
    """A line of ours in BuildKit's words."""
    how, _, what = line.partition("\t")
    if how not in ("from", "copy", "mount"):
        return what if how == "add" else f"{how} {what}"
    host, slash, _ = what.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        what = f"docker.io/{what}" if slash else f"docker.io/library/{what}"
    tagged = "@" in what or ":" in what.rpartition("/")[2]
    return f"docker-image://{what}" if tagged else f"docker-image://{what}:latest"


@pytest.fixture(params=AWKS)
def with_awk(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PATH whose awk is this one."""
    found = shutil.which(request.param)
    assert found, f"wanted {request.param}, which every Debian has: ./tests/run installs it"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "awk").symlink_to(found)
    return f"{tmp_path / 'bin'}:/usr/bin:/bin"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_sources_are_those_that_buildkit_sees(with_awk: str, kit: Path, tmp_path: Path, case: dict[str, Any]):
    env = {"PATH": with_awk, "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib"), "LANG": "C.UTF-8"}
    result = run(["sh", "-euc", READ, "read", *written(case, tmp_path), PLATFORM], env=env)
    assert (result.rc, result.err) == (0, ""), repr(result)
    # What BuildKit refuses it is left to refuse.
    if case["sources"] != ["error"]:
        lines = [line for line in result.out.splitlines() if not line.startswith("policy\t")]
        assert {identifier(line) for line in lines} == set(case["sources"])


def test_every_shell_reads_it_the_same(sh: Callable[..., Result], tmp_path: Path):
    case = next(case for case in CASES if case["name"] == "target platform in a name")
    assert sh(READ, *written(case, tmp_path), "linux/arm64").out == "from\tbusybox\n"
    assert sh(READ, *written(case, tmp_path), "linux/amd64", "linux/arm64").out == "from\talpine:3\nfrom\tbusybox\n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n",
        b"\0\1\2\xff\xfe" * 1000,
        b"FROM\n",
        b"FROM ${A\n",
        b"RUN <<EOF\n",
        b"COPY --from=\n",
        b"FROM a AS\n",
    ],
    ids=["empty", "blank", "binary", "no image", "open brace", "open heredoc", "no name", "no stage"],
)
def test_what_is_no_dockerfile_does_no_harm(sh: Callable[..., Result], tmp_path: Path, text: bytes):
    (tmp_path / "Dockerfile").write_bytes(text)
    (tmp_path / "arguments").write_text("")
    result = sh(READ, str(tmp_path / "Dockerfile"), "", str(tmp_path / "arguments"))
    assert (result.rc, result.err) == (0, ""), repr(result)


def test_variable_that_is_not_understood_is_said(sh: Callable[..., Result], tmp_path: Path):
    (tmp_path / "Dockerfile").write_text("ARG A=alpine-3\nFROM ${A^^}\n")
    (tmp_path / "arguments").write_text("")
    assert sh(READ, str(tmp_path / "Dockerfile"), "", str(tmp_path / "arguments")).out == (
        "unread\tline 2: wanted a modifier of variables that BuildKit has\n"
    )


def test_five_megabytes_are_read_in_seconds(kit: Path, tmp_path: Path):
    (tmp_path / "Dockerfile").write_text("FROM alpine:3\n" + "RUN true && echo some words of a step\n" * 140_000)
    (tmp_path / "arguments").write_text("")
    env = {"PATH": "/usr/bin:/bin", "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    begun = time.monotonic()
    result = run(["sh", "-euc", READ, "read", tmp_path / "Dockerfile", "", tmp_path / "arguments"], env=env)
    assert result.out == "from\talpine:3\n"
    assert time.monotonic() - begun < allowed(LONGEST_S)


@pytest.mark.parametrize(
    ("where", "wanted"),
    {
        "BUILDX_BUILDER=far": ["arm64", "arm64"],
        "DOCKER_HOST=ssh://far": ["arm64", "arm64"],
        "DOCKER_CONTEXT=far": ["arm64", "arm64"],
        "DOCKER_HOST=unix:///run/docker.sock": ["amd64", "amd64"],
        "BUILDX_BUILDER=default": ["amd64", "amd64"],
    }.items(),
)
def test_platform_is_that_of_a_builder_on_another_machine(kit: Path, tmp_path: Path, where: str, wanted: list[str]):
    """BUILDPLATFORM and the default platform are those of the builder; a Dockerfile without them asks nobody."""
    (tmp_path / "Dockerfile").write_text("FROM a:$BUILDARCH AS a\nFROM b:$TARGETARCH\nCOPY --from=a / /\n")
    (tmp_path / "plain").write_text("FROM a\n")
    script = """. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call
    platform_own() { printf 'linux/amd64\\n'; }
    builder_inspect() { printf 'asked\\n' >>asked; }
    builder_field() { printf 'linux/arm64*, linux/amd64\\n'; }
    dockerfile_sources plain '' /dev/null; [ ! -f asked ]; dockerfile_sources Dockerfile '' /dev/null"""
    env = {"PATH": "/usr/bin:/bin", "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    result = run(["sh", "-euc", script], env=env | dict([where.split("=")]), cwd=tmp_path)
    assert result.out.splitlines() == [
        "from\ta",
        *(f"from\t{name}:{arch}" for name, arch in zip("ab", wanted, strict=True)),
    ]
