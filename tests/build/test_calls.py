"""Calls as people write them, on the real engine: what a build fetches, and what the plain build does with the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from harness.builds.builder import Builder, asked
from harness.machine.run import run
from harness.wire.loopback import upstream
from harness.wire.server import Running

LOAD = '. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call\n'


def test_help_of_buildx_has_no_flag_that_the_kit_does_not_know(builder: Builder):
    """A flag that takes a value must not hide the build's context: the table has each flag of the installed buildx."""
    shown = run(["docker", "buildx", "build", "--help"], env=builder.env)
    script = LOAD + 'printf "%s" "$FLAGS_TABLE"; printf "%s\\n" -- ; printf "%s" "$1" | flags_of_help'
    lib = str(builder.kit / "lib")
    env = {"PATH": "/usr/bin:/bin", "LIB": lib, "SEAWALL_LIB": lib}
    result = run(["sh", "-euc", script, "help", shown.out], env=env)
    table, _, flags = result.out.partition("--\n")
    known = {line.split()[0]: line.split()[1:3] for line in table.splitlines() if line}
    found = {line.split()[0]: line.split()[1:3] for line in flags.splitlines()}
    assert len(found) > 30, repr(result)
    assert {name: known.get(name) for name in found} == found


class TestNamedContexts:
    """--build-context beside registries that fail."""

    @pytest.mark.parametrize(
        "spelled",
        [
            "HOST/team/hello:latest=d",
            "HOST/team/hello=d",
            "HOST/team/hello=x HOST/team/hello:latest=d",
            pytest.param("HOST/team/hello=docker-image://HOST/none HOST/team/hello=d", marks=pytest.mark.long),
            pytest.param("HOST/team/hello:latest=x HOST/team/hello:latest=./d/", marks=pytest.mark.long),
        ],
    )
    def test_folder_takes_the_place_of_an_image_in_each_spelling(self, builder, registry, context, tmp_path, spelled):
        """The caller's folder is used as by plain buildx, whatever a mirror has; nobody waits for the registry."""
        own, mirror = registry(manifest="503x*"), registry()
        (tmp_path / "d").mkdir()
        (tmp_path / "d/mine").write_text("mine")
        folder = context(own.host, "FROM HOST/team/hello\nCOPY mark /mark\n")
        words = [word for pair in spelled.replace("HOST", own.host).split() for word in ("--build-context", pair)]
        line = " ".join(["$BUILD", *words, "--output $OUT", str(folder)])
        mirrors = f"{own.host}={mirror.host}"
        for out, build in {"plain": "docker buildx build", "kit": f"{builder.kit}/docker-build.sh"}.items():
            result = builder.line(line, BUILD=build, OUT=out, SEAWALL_REGISTRY_MIRRORS=mirrors)
            assert (asked(own), asked(mirror)) == (0, 0)
            assert result.rc == 0, repr(result)
            assert (tmp_path / out / "mine").read_text() == "mine"

    @pytest.mark.parametrize(
        "spelled",
        [
            "base=docker-image://IMAGE",
            "base:latest=docker-image://IMAGE@DIGEST",
            "docker.io/library/base=docker-image://IMAGE",
        ],
    )
    def test_image_of_a_context_comes_from_the_mirror(self, builder, registry, context, base, spelled):
        """`base=docker-image://IMAGE` is an image like any other: plain fails, the kit takes the mirror's."""
        own, mirror = registry(manifest="503x*"), registry()
        spelled = spelled.replace("IMAGE", f"{own.host}/team/hello:1").replace("DIGEST", base.digest)
        words = (f"--build-context={spelled}", context(own.host, "FROM base\nCOPY mark /\n"))
        assert builder.plain(*words).rc == 1
        result = builder.ours(*words, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert asked(mirror, "blob") > 0, mirror.journal.table()
        assert result.rc == 0, repr(result)

    @pytest.mark.parametrize("image", ["scratch", pytest.param("docker.io/library/scratch", marks=pytest.mark.long)])
    def test_empty_image_of_a_context_is_as_for_buildx(self, builder, registry, context, image):
        """`base=docker-image://scratch` is no image, and nothing is asked for it."""
        mirror = registry()
        words = (f"--build-context=base=docker-image://{image}", context("", "FROM base\nCOPY mark /\n"))
        plain = builder.plain(*words)
        result = builder.ours("--attempts=1", "--", *words, SEAWALL_REGISTRY_MIRRORS=f"docker.io={mirror.host}")
        assert (asked(mirror) == 0, plain.rc == 0, result.rc == 0) == (image == "scratch",) * 3, repr(result)

    def test_stage_that_a_context_replaces_needs_no_base(self, builder, registry, context, tmp_path):
        """The base of a stage with the context's name is never fetched, neither by buildx nor by the kit."""
        own = registry(manifest="503x*")
        (tmp_path / "d").mkdir()
        (tmp_path / "d/mine").write_text("mine")
        dockerfile = "FROM HOST/team/hello:1 AS Tools\nFROM scratch\nCOPY --from=tools /mine /\n"
        words = ("--build-context", f"docker.io/library/tools:latest={tmp_path / 'd'}", context(own.host, dockerfile))
        assert builder.plain(*words).rc == 0
        result = builder.ours(*words, SEAWALL_HTTPS_ONLY="on", SEAWALL_HTTPS_EXCEPT=own.host)
        assert asked(own) == 0, own.journal.table()
        assert result.rc == 0, repr(result)


class TestCallsThatBuildNothing:
    """--check, --call and --print."""

    @pytest.mark.parametrize("call", ["--check", "--call=outline"])
    def test_bases_come_from_the_mirror_and_nothing_is_left(self, builder, registry, context, tmp_path, call):
        """A check resolves the bases of all stages: plain fails with the registry, the kit takes the mirror."""
        own, mirror = registry(manifest="503x*"), registry()
        folder = context(own.host, "FROM HOST/team/hello:1\nCOPY mark /mark\n")
        plain = builder.plain(call, folder)
        result = builder.ours(call, folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert asked(mirror) > 0, mirror.journal.table()
        assert plain.rc != 0
        assert result.rc == 0, repr(result)
        assert not (tmp_path / "state/report.json").exists()

    def test_list_of_targets_asks_nothing(self, builder, registry, context):
        """`--call=targets` reads the Dockerfile only; its output is that of buildx."""
        own = registry(manifest="503x*")
        folder = context(own.host, "FROM HOST/team/hello:1 AS one\nFROM one AS two\n")
        plain = builder.plain("--call=targets", folder)
        result = builder.ours("--call=targets", folder)
        assert (asked(own), asked(own, "version")) == (0, 0), own.journal.table()
        assert (result.rc, result.out) == (0, plain.out), repr(result)


def test_frontend_that_the_call_names_comes_from_the_mirror(builder, registry, context):
    """BUILDKIT_SYNTAX is an image like that of a `# syntax=` line: the mirror is asked for it."""
    own, mirror = registry(manifest="503x*"), registry()
    words = (
        "--build-arg",
        f"BUILDKIT_SYNTAX={own.host}/team/hello:1",
        context(own.host, "FROM scratch\nCOPY mark /\n"),
    )
    builder.ours("--attempts", "1", "--", *words, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()


@pytest.mark.parametrize(
    "given",
    [
        "--sbom=generator=HOST/team/hello:1",
        pytest.param("--attest=type=sbom,generator=HOST/team/hello:1", marks=pytest.mark.long),
        "--build-arg=BUILDKIT_SYNTAX=HOST/team/hello:1 a=b",
        pytest.param("--build-arg=BUILDKIT_SYNTAX= HOST/team/hello:1", marks=pytest.mark.long),
    ],
)
def test_image_that_only_the_call_names_comes_from_the_mirror(builder, registry, context, given):
    """The scanner for an SBOM, and a frontend with options: plain fails with the registry."""
    own, mirror, healthy = registry(manifest="503x*"), registry(), registry()
    folder = context("", "FROM scratch\nCOPY mark /\n")
    plain = builder.plain(given.replace("HOST", own.host), folder)
    good = builder.plain(given.replace("HOST", healthy.host), folder)
    result = builder.ours(
        "--attempts", "1", "--", given.replace("HOST", own.host), folder,
        SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}",
    )  # fmt: skip
    # The image does nothing, so a healthy registry leads to another error.
    ends = [re.sub(r"127\.0\.0\.1:\d+|@sha256:\w+", "", said.err) for said in (plain, good, result)]
    ends = [next(line for line in end.splitlines() if line.startswith("ERROR: ")) for end in ends]
    assert asked(mirror) > 0, mirror.journal.table()
    assert (ends[0] == ends[1], ends[2]) == (False, ends[1]), repr(result)


@pytest.fixture
def preflight(builder: Builder, tmp_path: Path):
    """Runs preflight.sh in the folder of the test."""
    env = builder.env | {"SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null"}
    return lambda *words: run([builder.kit / "preflight.sh", "--json", *words], env=env, cwd=tmp_path)


def requested(site: Running) -> set[str]:
    """The tags and URLs that were asked for."""
    paths = [path for path in site.paths if re.match("/(v2/team|files)/", path)]
    return {path for path in paths if not re.search("sha256:|/blobs/", path)}


@pytest.mark.parametrize(
    "words",
    [
        "-f other context",
        "--file=other --target one --build-arg V=1 context",
        "-qfother --target=ONE context",
        pytest.param("context --build-arg=V=1 -f context/../other", marks=pytest.mark.long),
        pytest.param("-f other --platform linux/amd64 --build-arg V=1 -- context", marks=pytest.mark.long),
        "--build-context base=docker-image://HOST/team/hello:1 -fother --target one context",
    ],
)
def test_preflight_asks_for_what_the_plain_build_asks_for(builder, preflight, registry, context, base, tmp_path, words):
    """Arguments of buildx need no `--`: the same images, of the same file, target and arguments."""
    base.site.tags["team/base"] = base.site.tags["team/tool"] = {"1": base.digest, "latest": base.digest}
    plainly, own = registry(), registry()
    outcomes = []
    for site in (plainly, own):
        text = "ARG V=1\nFROM HOST/team/hello:1 AS one\nFROM HOST/team/tool:$V\n"
        text = text if "build-context" not in words else "FROM base AS one\nFROM HOST/team/tool\n"
        context(site.host)
        (tmp_path / "other").write_text(text.replace("HOST", site.host))
        given = words.replace("HOST", site.host)
        if site is plainly:
            outcomes.append(builder.line(f"docker buildx build {given}"))
        else:
            outcomes.append(preflight(*given.split()))
    assert requested(own) == requested(plainly) != set(), f"{outcomes}\n{own.journal.table()}"
    assert [outcome.rc for outcome in outcomes] == [0, 0], repr(outcomes)
    assert {json.loads(line)["verdict"] for line in outcomes[1].out.splitlines()} == {"ok"}


ADDS = {
    "variable": "ARG V=2\nADD http://FILES/files/v${V}/a /x\n",
    "variable of the environment": "ENV V=v2\nADD http://FILES/files/$V/a /x\n",
    "JSON": 'ARG V=2\nADD ["http://FILES/files/v$V/a", "/x"]\n',
    "quoted": "ADD \"http://FILES/files/v2/a\" 'http://FILES/files/b' /x/\n",
    "pattern": "ARG V=v2.1\nADD --chmod=644 http://FILES/files/${V%.*}/a http://FILES/files/b /x/\n",
    "missing": "ARG V=3\nADD http://FILES/files/v${V}/a /x\n",
}


SHORT = ("JSON", "quoted", "missing")


@pytest.mark.parametrize("form", [pytest.param(form, marks=() if form in SHORT else pytest.mark.long) for form in ADDS])
def test_preflight_asks_for_the_urls_of_add(builder, preflight, context, form):
    """The URL is the one that the plain build fetches, whatever its form; a missing one is 69."""
    with (
        upstream({"/files/v2/a": b"a", "/files/b": b"b"}) as plainly,
        upstream({"/files/v2/a": b"a", "/files/b": b"b"}) as files,
    ):
        text = "FROM scratch\n" + ADDS[form]
        plain = builder.plain(context("", text.replace("FILES", plainly.host)))
        result = preflight(context("", text.replace("FILES", files.host)))
        assert requested(files) == requested(plainly) != set(), f"{result!r}\n{plain!r}"
        assert {entry.method for entry in files.journal} == {"HEAD"}
        assert (plain.rc, result.rc) == ((1, 69) if form == "missing" else (0, 0)), repr(result)


def test_preflight_refuses_a_flag_that_buildx_does_not_have(preflight, context):
    """One line, 64."""
    unknown = preflight("--none", context(""))
    assert (unknown.rc, unknown.err.count("\n")) == (64, 1), repr(unknown)
