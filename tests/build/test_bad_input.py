"""Input that cannot be built: at most one line of the kit, the right code, and nothing changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

DIGEST = "sha256:" + "1" * 64


def one_line(result, code: int, words: str) -> None:
    """Asserts that the command ended with this code and one line, which contains these words."""
    assert (result.rc, result.err.count("\n")) == (code, 1), repr(result)
    assert words in result.err


class TestCall:
    """Arguments and settings."""

    def test_unknown_option_gets_a_suggestion(self, builder):
        """A misspelt option of docker-build.sh ends with code 64 and the nearest option."""
        one_line(builder.ours("--atempts", "1", "--", "."), 64, "perhaps --attempts")

    def test_number_of_attempts_must_be_a_number(self, builder):
        """A word in place of a number ends with code 64 and the allowed range."""
        one_line(builder.ours("--attempts", "many", "--", "."), 64, "from 1 to 10, saw 'many'")

    def test_call_without_a_context_is_refused(self, builder):
        """A call without arguments for buildx ends with code 64 and says what is missing."""
        one_line(builder.ours(), 64, "wanted the arguments of docker buildx build")

    def test_mirror_without_a_name_is_refused(self, builder):
        """A mirror that is not NAME=OTHER is a wrong setting: code 78."""
        one_line(builder.ours(".", SEAWALL_REGISTRY_MIRRORS="docker.io"), 78, "NAME=OTHER")

    @pytest.mark.parametrize(
        ("lines", "words"),
        [("HOST/team/hello:1 sha256:12\n", "64 hexadecimal digits"),
         (f"HOST/team/hello:1 {DIGEST}\nHOST/team/hello:1 {DIGEST.replace('1', '2')}\n", "remove one line")],
        ids=["no-digest", "conflict"],
    )  # fmt: skip
    def test_image_lock_with_a_wrong_line_is_refused(self, builder, registry, context, tmp_path, lines, words):
        """A malformed or contradictory image lock ends with code 78, before any request to the registry."""
        own = registry()
        (tmp_path / "lock").write_text(lines.replace("HOST", own.host))
        result = builder.ours(context(own.host), SEAWALL_IMAGE_LOCK=str(tmp_path / "lock"))
        assert len(own.journal) == 0, own.journal.table()
        one_line(result, 78, words)


class TestMachine:
    """Missing and outdated programs."""

    def test_missing_docker_client_is_named(self, builder, tmp_path):
        """Without a docker client the command ends with code 71 and names the client."""
        (tmp_path / "bin").mkdir()
        for name in ("sh", "sed", "cut", "date", "mktemp", "rm", "mkdir", "cat", "dirname", "env", "tr"):
            (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
        env = builder.env | {"PATH": str(tmp_path / "bin")}
        one_line(replace(builder, env=env).ours("."), 71, "wanted the docker client")

    @pytest.fixture
    def with_client(self, builder, tmp_path):
        """A fake client that answers `version` and fails for everything else."""

        def call(version: str):
            (tmp_path / "bin").mkdir()
            client = f"#!/bin/sh\n[ $1 != version ] || {{ echo {version}; exit; }}\nexit 1\n"
            (tmp_path / "bin" / "docker").write_text(client)
            (tmp_path / "bin" / "docker").chmod(0o755)
            return replace(builder, env=builder.env | {"PATH": f"{tmp_path / 'bin'}:{builder.env['PATH']}"})

        return call

    def test_missing_buildx_plugin_is_named(self, with_client):
        """Without the buildx plugin the command ends with code 71 and names the plugin."""
        one_line(with_client("28.0.0").ours("."), 71, "wanted the buildx plugin")

    def test_old_engine_is_refused_with_both_versions(self, with_client):
        """An engine before Docker 24 ends with code 71; the message has the required and the found version."""
        one_line(with_client("20.10.24").ours("."), 71, "wanted Docker 24 or newer, saw 20.10.24")


class TestDockerfile:
    """The builder prints the error; the kit adds the exit code, after one attempt."""

    @pytest.fixture
    def build(self, builder, tmp_path):
        """Builds a Dockerfile with this content."""

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
    def test_unusable_dockerfile_is_one_attempt_with_code_1(self, build, builder, body):
        """A missing, empty, binary or huge broken Dockerfile fails as with buildx, without a retry."""
        result = build(body)
        assert (result.rc, len(builder.events("attempt"))) == (1, 1), repr(result)

    def test_dockerfile_with_windows_line_ends_builds(self, build):
        """A Dockerfile with CR LF line ends builds."""
        assert build(b"FROM scratch\r\nCOPY Dockerfile \\\r\n  /x\r\n").rc == 0

    def test_output_in_a_missing_folder_is_refused_before_the_build(self, builder, tmp_path):
        """An output or image ID file in a missing folder ends with code 73, before the build starts."""
        folder: Path = tmp_path / "context"
        folder.mkdir()
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /x\n")
        for words in (("--output", "type=tar,dest=/proc/nothing/image.tar"), ("--iidfile", "/proc/nothing/iid")):
            result = builder.ours(*words, folder)
            assert builder.events("attempt") == []
            one_line(result, 73, "cannot write to the folder /proc/nothing")
