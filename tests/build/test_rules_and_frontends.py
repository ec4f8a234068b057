"""What stands around a build: the frontend of a `# syntax=` line, https only, emergencies, preflight, reports."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from harness.machine.run import run
from harness.pytest.plugin import REPOSITORY

SCHEMA = REPOSITORY / "scripts" / "build-report.schema.json"


class TestSyntaxLine:
    """An image that the builder fetches before it reads the Dockerfile."""

    LINE = "# syntax=docker/dockerfile:{}\nFROM HOST/team/hello:1\nCOPY mark /mark\n"

    def test_built_in_frontend_stands_in(self, builder, registry, context, tmp_path):
        """No registry has it here; the copy without the line keeps its numbers, and its own .dockerignore."""
        folder = context(registry().host, self.LINE.format("1.7"))
        (folder / "Dockerfile.dockerignore").write_text("secret\n")
        (folder / "secret").write_text("x")
        assert builder.plain(folder).rc == 1
        result = builder.ours(folder)
        assert result.rc == 0, repr(result)
        assert "using the frontend that is built into the builder" in result.err

    def test_line_numbers_are_those_of_the_file(self, builder, registry, context):
        folder = context(registry().host, self.LINE.format("1") + "COPY nothing /x\n")
        result = builder.ours(folder)
        assert result.rc == 1
        assert "Dockerfile:4" in result.err

    @pytest.mark.parametrize("tag", ["1.99", "1.7-labs"])
    def test_newer_frontend_is_not_replaced(self, builder, registry, context, tag):
        result = builder.ours("--attempts", "1", "--", context(registry().host, self.LINE.format(tag)))
        assert result.rc == 75, repr(result)


class TestHttpsOnly:
    """A rule that the user asked for."""

    def test_insecure_registry_is_refused(self, builder, registry, context):
        own = registry()
        result = builder.ours("--https-only", "--", context(own.host))
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)
        assert f"saw {own.host}/team/hello:1" in result.err

    def test_exception_is_let_through(self, builder, registry, context):
        own = registry()
        result = builder.ours(context(own.host), SEAWALL_HTTPS_ONLY="on", SEAWALL_HTTPS_EXCEPT=own.host)
        assert result.rc == 0, repr(result)

    def test_plain_url_is_refused(self, builder, context):
        result = builder.ours("--https-only", "--", context("x", "FROM scratch\nADD http://127.0.0.1:1/file /file\n"))
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)

    def test_builder_refuses_what_cannot_be_read_here(self, builder, tmp_path):
        """A Dockerfile in a tar file."""
        (tmp_path / "Dockerfile").write_text("FROM scratch\nADD http://127.0.0.1:1/file /file\n")
        with tarfile.open(tmp_path / "context.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
            archive.add(tmp_path / "Dockerfile", "Dockerfile")
        tar = (tmp_path / "context.tar").read_text()
        result = builder.ours("--https-only", "--attempts", "1", "--", "-", stdin=tar)
        assert result.rc != 0
        assert "denied by policy" in result.err, repr(result)
        assert "stdin is an archive: base images are not checked" in result.err

    def test_context_over_http_is_refused(self, builder):
        result = builder.ours("--https-only", "--", "http://127.0.0.1:1/context.tar")
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)

    def test_policy_of_the_caller_is_not_replaced(self, builder, registry, context):
        result = builder.ours(
            "--https-only", "--", context(registry().host), EXPERIMENTAL_BUILDKIT_SOURCE_POLICY="/policy"
        )
        assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)


def test_emergency_build_ships_one_platform_with_a_label(builder, registry, context, tmp_path):
    own, other = registry(manifest="503x*"), registry()
    command = [
        builder.kit / "emergency-build.sh", "--or", f"{own.host}/team/hello:1={other.host}/team/hello:1", "--",
        "--platform", "linux/amd64,linux/arm64", "--cache-from", "type=gha", "--sbom=true",
        "--output", f"type=oci,dest={tmp_path / 'image'},tar=false", context(own.host),
    ]  # fmt: skip
    env = builder.env | {"SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null"}
    result = run(command, env=env, cwd=tmp_path)
    assert result.rc == 0, repr(result)
    index = json.loads((tmp_path / "image" / "index.json").read_text())
    blobs = [path.read_bytes() for path in (tmp_path / "image" / "blobs" / "sha256").iterdir()]
    assert len(index["manifests"]) == 1
    assert any(b'"seawall.degraded":"emergency"' in blob for blob in blobs)


class TestPreflight:
    """What a build needs, and who serves it."""

    @pytest.fixture
    def preflight(self, builder, tmp_path):
        """Runs the command."""

        def call(*words: str | Path, mirrors: str = "none"):
            env = builder.env | {
                "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null",
                "SEAWALL_REGISTRY_MIRRORS": mirrors,
            }  # fmt: skip
            return run([builder.kit / "preflight.sh", *words], env=env, cwd=tmp_path)

        return call

    def test_table_has_every_place(self, preflight, registry, context, base):
        own, mirror = registry(manifest="503x*"), registry()
        result = preflight(context(own.host), mirrors=f"{own.host}={mirror.host}")
        rows = [line.split() for line in result.out.splitlines()]
        assert result.rc == 0, repr(result)
        assert [row[:4] for row in rows] == [
            ["needs", "what", "place", "verdict"],
            ["from", f"{own.host}/team/hello:1", own.host, "http-5xx"],
            ["from", f"{own.host}/team/hello:1", mirror.host, "ok"],
        ]
        assert rows[2][4] == base.digest
        assert [entry.method for entry in own.journal if entry.path_class == "manifest"] == ["HEAD"]

    def test_json(self, preflight, registry, context):
        own = registry()
        result = preflight("--json", "--", context(own.host))
        (line,) = result.out.splitlines()
        assert json.loads(line)["verdict"] == "ok"

    @pytest.mark.parametrize(("faults", "code"), [("503x*", 75), ("401x*", 77), ("404x*", 69)])
    def test_code_says_what_is_wrong(self, preflight, registry, context, faults, code):
        assert preflight(context(registry(manifest=faults).host)).rc == code


def test_report_says_what_was_done(builder, registry, context, tmp_path):
    own, mirror = registry(manifest="503x*"), registry()
    result = builder.ours(
        "--report", tmp_path / "report.json", "--", "--provenance=false", context(own.host),
        SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}", GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
    )  # fmt: skip
    check = ["check-jsonschema", "--schemafile", SCHEMA, tmp_path / "report.json"]
    assert run(check, env=builder.env).rc == 0, repr(result)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["exit"], report["builds"], report["bases"][0]["verdict"]) == (0, 1, "unverified tag")
    assert report["digest"].startswith("sha256:")
    assert result.err.count("::warning title=docker-build::") == 1
    assert "| unverified tag |" in (tmp_path / "summary.md").read_text()
