"""What cannot be built: one line of ours at most, the right code, and nothing changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

DIGEST = "sha256:" + "1" * 64


def one_line(result, code: int, words: str) -> None:
    """The command ended with this code and one line, which says this."""
    assert (result.rc, result.err.count("\n")) == (code, 1), repr(result)
    assert words in result.err


class TestCall:
    """Arguments and settings."""

    def test_option_that_is_none_of_ours(self, builder):
        one_line(builder.ours("--atempts", "1", "--", "."), 64, "perhaps --attempts")

    def test_number_of_attempts(self, builder):
        one_line(builder.ours("--attempts", "many", "--", "."), 64, "from 1 to 10, saw 'many'")

    def test_nothing_to_build(self, builder):
        one_line(builder.ours(), 64, "wanted the arguments of docker buildx build")

    def test_mirrors_that_do_not_parse(self, builder):
        one_line(builder.ours(".", SEAWALL_REGISTRY_MIRRORS="docker.io"), 78, "NAME=OTHER")

    @pytest.mark.parametrize(
        ("lines", "words"),
        [("HOST/team/hello:1 sha256:12\n", "64 hexadecimal digits"),
         (f"HOST/team/hello:1 {DIGEST}\nHOST/team/hello:1 {DIGEST.replace('1', '2')}\n", "remove one line")],
        ids=["no-digest", "conflict"],
    )  # fmt: skip
    def test_lock_file(self, builder, registry, context, tmp_path, lines, words):
        own = registry()
        (tmp_path / "lock").write_text(lines.replace("HOST", own.host))
        result = builder.ours(context(own.host), SEAWALL_IMAGE_LOCK=str(tmp_path / "lock"))
        one_line(result, 78, words)
        assert not own.journal


class TestMachine:
    """What is not there."""

    def test_no_docker(self, builder, tmp_path):
        (tmp_path / "bin").mkdir()
        for name in ("sh", "sed", "cut", "date", "mktemp", "rm", "mkdir", "cat", "dirname", "env", "tr"):
            (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
        env = builder.env | {"PATH": str(tmp_path / "bin")}
        one_line(replace(builder, env=env).ours("."), 71, "wanted the docker client")

    @pytest.fixture
    def with_client(self, builder, tmp_path):
        """A client that is a fake: it answers `version`, and fails at all else."""

        def call(version: str):
            (tmp_path / "bin").mkdir()
            client = f"#!/bin/sh\n[ $1 != version ] || {{ echo {version}; exit; }}\nexit 1\n"
            (tmp_path / "bin" / "docker").write_text(client)
            (tmp_path / "bin" / "docker").chmod(0o755)
            return replace(builder, env=builder.env | {"PATH": f"{tmp_path / 'bin'}:{builder.env['PATH']}"})

        return call

    def test_no_buildx(self, with_client):
        one_line(with_client("28.0.0").ours("."), 71, "wanted the buildx plugin")

    def test_engine_that_is_too_old(self, with_client):
        one_line(with_client("20.10.24").ours("."), 71, "wanted Docker 24 or newer, saw 20.10.24")


class TestDockerfile:
    """The builder says it; ours is the code, and one attempt."""

    @pytest.fixture
    def build(self, builder, tmp_path):
        """Builds this Dockerfile."""

        def call(body: bytes | None):
            folder = tmp_path / "context"
            folder.mkdir()
            if body is not None:
                (folder / "Dockerfile").write_bytes(body)
            return builder.ours(folder)

        return call

    @pytest.mark.parametrize(
        "body", [None, b"", bytes(range(256)) * 40, b"FROM scratch\n" + b"# x\n" * 1_300_000 + b"FRUM\n"],
        ids=["none", "empty", "binary", "huge"],
    )  # fmt: skip
    def test_one_attempt_and_code_1(self, build, builder, body):
        result = build(body)
        assert (result.rc, len(builder.events("attempt"))) == (1, 1), repr(result)

    def test_line_ends_of_another_system(self, build):
        assert build(b"FROM scratch\r\nCOPY Dockerfile \\\r\n  /x\r\n").rc == 0

    def test_output_that_cannot_be_written(self, builder, tmp_path):
        folder: Path = tmp_path / "context"
        folder.mkdir()
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /x\n")
        for words in (("--output", "type=tar,dest=/proc/nothing/image.tar"), ("--iidfile", "/proc/nothing/iid")):
            one_line(builder.ours(*words, folder), 73, "cannot write to the folder /proc/nothing")
        assert builder.events("attempt") == []
