"""The features around a build: frontends of `# syntax=` lines, https only, emergencies, preflight, reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness.builds.builder import asked
from harness.machine.run import run
from harness.pytest.plugin import REPOSITORY
from harness.sites.artifacts import tar_archive

SCHEMA = REPOSITORY / "scripts" / "build-report.schema.json"
LAYER_BYTES = 300_000
"""Size of the only layer of `team/hello`."""


class TestSyntaxLine:
    """The frontend image, which the builder fetches before it reads the Dockerfile."""

    LINE = "# syntax=docker/dockerfile:{}\nFROM HOST/team/hello:1\nCOPY mark /mark\n"

    def test_built_in_frontend_replaces_an_unavailable_one(self, builder, registry, context, tmp_path):
        """If the `# syntax=` image is unavailable, the built-in frontend builds, with the file's own .dockerignore."""
        folder = context(registry().host, self.LINE.format("1.7"))
        (folder / "Dockerfile.dockerignore").write_text("secret\n")
        (folder / "secret").write_text("x")
        assert builder.plain(folder).rc == 1
        result = builder.ours(folder)
        assert result.rc == 0, repr(result)
        assert "using the frontend that is built into the builder" in result.err

    def test_line_numbers_are_those_of_the_file(self, builder, registry, context):
        """An error has the line number of the user's Dockerfile, although a changed copy is built."""
        folder = context(registry().host, self.LINE.format("1") + "COPY nothing /x\n")
        result = builder.ours(folder)
        assert result.rc == 1
        assert "Dockerfile:4" in result.err

    @pytest.mark.parametrize("tag", ["1.99", "1.7-labs"])
    def test_newer_frontend_is_not_replaced(self, builder, registry, context, tag):
        """A frontend that is newer than the built-in one, or a labs one, is not replaced: code 75."""
        result = builder.ours("--attempts", "1", "--", context(registry().host, self.LINE.format(tag)))
        assert result.rc == 75, repr(result)


class TestHttpsOnly:
    """The rule of `--https-only` and SEAWALL_HTTPS_ONLY."""

    def test_insecure_registry_is_refused(self, builder, registry, context):
        """`--https-only` refuses a registry without TLS: code 77, one line with the image, and no request is sent."""
        own = registry()
        result = builder.ours("--https-only", "--", context(own.host))
        assert len(own.journal) == 0, own.journal.table()
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)
        assert f"saw {own.host}/team/hello:1" in result.err

    def test_exception_to_https_only_builds(self, builder, registry, context):
        """A registry in SEAWALL_HTTPS_EXCEPT is used without TLS."""
        own = registry()
        result = builder.ours(context(own.host), SEAWALL_HTTPS_ONLY="on", SEAWALL_HTTPS_EXCEPT=own.host)
        assert asked(own, "blob") > 0, own.journal.table()
        assert result.rc == 0, repr(result)

    def test_plain_url_is_refused(self, builder, context):
        """`--https-only` refuses ADD from an http URL: code 77, one line."""
        result = builder.ours("--https-only", "--", context("x", "FROM scratch\nADD http://127.0.0.1:1/file /file\n"))
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)

    def test_builder_enforces_https_only_for_an_archive(self, builder):
        """The kit does not follow links of a tar file; the builder's policy refuses the http URL."""
        text = b"FROM scratch\nADD http://127.0.0.1:1/file /file\n"
        tar = tar_archive({"Linked": text}, links={"Dockerfile": "Linked"}).decode()
        result = builder.ours("--https-only", "--attempts", "1", "--", "-", stdin=tar)
        assert result.rc != 0
        assert "denied by policy" in result.err, repr(result)
        assert "stdin is an archive: base images are not checked" in result.err

    def test_context_over_http_is_refused(self, builder):
        """`--https-only` refuses a context from an http URL: code 77, one line."""
        result = builder.ours("--https-only", "--", "http://127.0.0.1:1/context.tar")
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)

    def test_policy_of_the_caller_is_not_replaced(self, builder, registry, context):
        """A caller with a source policy of their own gets code 78 instead of a replaced policy."""
        own = registry()
        words = ("--https-only", "--", context(own.host))
        result = builder.ours(*words, EXPERIMENTAL_BUILDKIT_SOURCE_POLICY="/policy")
        assert asked(own, "blob") == 0, own.journal.table()
        assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)


def test_emergency_build_ships_one_platform_with_a_label(builder, registry, context, tmp_path):
    """emergency-build.sh drops caches and other platforms, builds on the alternative base and labels the image."""
    own, other = registry(manifest="503x*"), registry()
    command = [
        builder.kit / "emergency-build.sh", "--or", f"{own.host}/team/hello:1={other.host}/team/hello:1", "--",
        "--platform", "linux/amd64,linux/arm64", "--cache-from", "type=gha", "--sbom=true",
        "--output", f"type=oci,dest={tmp_path / 'image'},tar=false", context(own.host),
    ]  # fmt: skip
    env = builder.env | {"SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null"}
    result = run(command, env=env, cwd=tmp_path)
    assert asked(other, "blob") > 0, other.journal.table()
    assert result.rc == 0, repr(result)
    index = json.loads((tmp_path / "image" / "index.json").read_text())
    blobs = [path.read_bytes() for path in (tmp_path / "image" / "blobs" / "sha256").iterdir()]
    assert len(index["manifests"]) == 1
    assert any(b'"seawall.degraded":"emergency"' in blob for blob in blobs)


class TestPreflight:
    """The table of the images that a build needs, and the sources that serve them."""

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

    def test_table_lists_every_registry_of_an_image(self, preflight, registry, context, base):
        """preflight.sh lists the failing registry, after one HEAD request, and the mirror that serves."""
        own, mirror = registry(manifest="503x*"), registry()
        result = preflight(context(own.host), mirrors=f"{own.host}={mirror.host}")
        rows = [line.split() for line in result.out.splitlines()]
        assert [entry.method for entry in own.journal if entry.path_class == "manifest"] == ["HEAD"]
        assert max(entry.sent for entry in mirror.journal) < LAYER_BYTES, mirror.journal.table()
        assert result.rc == 0, repr(result)
        assert [row[:4] for row in rows] == [
            ["needs", "what", "place", "verdict"],
            ["from", f"{own.host}/team/hello:1", own.host, "http-5xx"],
            ["from", f"{own.host}/team/hello:1", mirror.host, "ok"],
        ]
        assert rows[2][4] == base.digest

    def test_json_prints_one_object_per_place(self, preflight, registry, context):
        """`--json` prints one JSON object with the verdict, and fetches no layer."""
        own = registry()
        result = preflight("--json", "--", context(own.host))
        assert max(entry.sent for entry in own.journal) < LAYER_BYTES, own.journal.table()
        (line,) = result.out.splitlines()
        assert json.loads(line)["verdict"] == "ok"

    @pytest.mark.parametrize(("faults", "code"), [("503x*", 75), ("401x*", 77), ("404x*", 69)])
    def test_exit_code_tells_outage_login_and_missing_image_apart(self, preflight, registry, context, faults, code):
        """An outage is code 75, a refused login 77, a missing image 69."""
        own = registry(manifest=faults)
        result = preflight(context(own.host))
        assert asked(own, "blob") == 0, own.journal.table()
        assert {entry.status for entry in own.journal if entry.path_class == "manifest"} == {int(faults[:3])}
        assert result.rc == code, repr(result)


def test_report_and_summary_name_the_mirror(builder, registry, context, tmp_path):
    """The report matches its schema and names the verdict of the base; GitHub gets one warning and a summary."""
    own, mirror = registry(manifest="503x*"), registry()
    result = builder.ours(
        "--report", tmp_path / "report.json", "--", "--provenance=false", context(own.host),
        SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}", GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
    )  # fmt: skip
    assert (asked(own) > 0, asked(mirror, "blob") > 0) == (True, True), mirror.journal.table()
    check = ["check-jsonschema", "--schemafile", SCHEMA, tmp_path / "report.json"]
    assert run(check, env=builder.env).rc == 0, repr(result)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["exit"], report["builds"], report["bases"][0]["verdict"]) == (0, 1, "unverified tag")
    assert report["digest"].startswith("sha256:")
    assert result.err.count("::warning title=docker-build::") == 1
    assert "| unverified tag |" in (tmp_path / "summary.md").read_text()
