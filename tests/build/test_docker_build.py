"""scripts/docker-build.sh against real buildx and BuildKit: what is built from where, and how it ends."""

from __future__ import annotations

import json
import time
from secrets import token_hex

import pytest
from harness.builds import BUSYBOX, root_with_busybox
from harness.registry_site import Registry
from harness.upstream import refusing, upstream

LEFT_WITHIN_S = 1
SILENT_LEFT_WITHIN_S = 3.5
OVERHEAD_S = 0.5
FAULTS = {"503": "503x*", "502": "502x*", "429": "429x*", "403": "403x*", "html": "htmlx*", "reset": "rstx*"}


def identity(folder) -> list[str]:
    """Words for an image whose name is its content."""
    return ["--provenance=false", "--iidfile", str(folder / "iid")]


def built(folder) -> str:
    text: str = (folder / "iid").read_text()
    (folder / "iid").unlink()
    return text


def test_healthy_build_is_the_plain_one(builder, registry, context, tmp_path):
    own, mirror = registry(), registry()
    folder = context(own.host)
    assert builder.plain(*identity(tmp_path), folder).rc == 0
    plain = built(tmp_path)
    result = builder.ours(*identity(tmp_path), folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert (result.rc, built(tmp_path)) == (0, plain), repr(result)
    assert "CACHED" in result.err
    assert [event["verdict"] for event in builder.events("base")] == ["default"]


def test_healthy_build_costs_little(builder, registry, context, tmp_path):
    own = registry()
    folder = context(own.host)
    assert builder.plain(folder).rc == 0
    plain, ours = [], []
    for _ in range(6):
        plain.append(builder.plain(folder).seconds)
        ours.append(builder.ours(folder).seconds)
    assert min(ours) - min(plain) <= OVERHEAD_S


@pytest.mark.parametrize("fault", FAULTS)
def test_mirror_serves_when_the_registry_is_ill(builder, registry, context, base, tmp_path, fault):
    own, mirror = registry(manifest=FAULTS[fault]), registry()
    folder = context(own.host)
    assert builder.plain(folder).rc == 1
    result = builder.ours(*identity(tmp_path), folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert result.rc == 0, repr(result)
    assert [entry.path for entry in mirror.journal if entry.path_class == "blob"]
    (event,) = builder.events("base")
    assert (event["verdict"], event["source"]) == (
        "unverified tag",
        f"docker-image://{mirror.host}/team/hello:1@{base.digest}",
    )
    moved = built(tmp_path)
    well = context(registry().host)
    assert builder.plain(*identity(tmp_path), well).rc == 0
    assert built(tmp_path) == moved


PLACES = {
    "argument": "ARG BASE=HOST/team/hello\nARG TAG=1\nFROM ${BASE}:${TAG:-2} AS app\nCOPY mark /mark\n",
    "copy": "FROM scratch\nCOPY --from=HOST/team/hello:1 /noise /noise\n",
    "copy later": "FROM scratch AS a\nCOPY mark /\nFROM a\nCOPY --from=HOST/team/hello:1 --chmod=600 /noise /n\n",
    "platform": "FROM --platform=$BUILDPLATFORM HOST/team/hello:1\nCOPY mark /mark\n",
    "twice": "FROM HOST/team/hello:1 AS a\nFROM HOST/team/hello:1\nCOPY --from=a /noise /b\n",
    "other case": "from HOST/team/hello:1 as A\ncopy \\\n  # a comment\n  mark /mark\n",
    "no tag": "FROM HOST/team/hello\nCOPY mark /mark\n",
    "target": "FROM HOST/team/hello:1 AS wanted\nCOPY mark /mark\nFROM nowhere.invalid/x:1 AS other\n",
}


@pytest.mark.parametrize("where", PLACES)
def test_mirror_serves_wherever_an_image_stands(builder, registry, context, base, where):
    own, mirror = registry(manifest="503x*"), registry()
    base.site.tags["team/hello"]["latest"] = base.digest
    folder = context(own.host, PLACES[where])
    words = ("--target", "wanted") if where == "target" else ()
    assert builder.plain(*words, folder).rc == 1
    result = builder.ours(*words, folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert result.rc == 0, repr(result)
    assert [event["verdict"] for event in builder.events("base")] == ["unverified tag"]


def test_mirror_may_have_a_path(builder, registry, context, base):
    """`docker.io=mirror.example.org/hub`: the image's whole path stands behind it."""
    own, mirror = registry(manifest="503x*"), registry()
    base.site.tags["hub/team/hello"] = base.site.tags["team/hello"]
    result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}/hub")
    assert result.rc == 0, repr(result)


def test_mirror_serves_when_nobody_listens(builder, registry, context):
    mirror = registry()
    with refusing() as url:
        own = url.partition("//")[2]
        begun = time.monotonic()
        result = builder.ours(context(own), SEAWALL_REGISTRY_MIRRORS=f"{own}={mirror.host}")
        seconds = time.monotonic() - begun
    assert result.rc == 0, repr(result)
    assert seconds <= LEFT_WITHIN_S + 2


def test_silent_registry_is_left(builder, registry, context):
    own, mirror = registry(manifest="stall x*"), registry()
    result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert result.rc == 0, repr(result)
    assert result.seconds <= SILENT_LEFT_WITHIN_S + 2


def test_silent_registry_without_a_mirror_is_an_outage(builder, registry, context):
    own = registry(manifest="stall x*")
    # The first build of an hour looks at the client too.
    assert builder.ours(context(registry().host)).rc == 0
    result = builder.ours("--attempts", "1", "--", context(own.host))
    assert result.rc == 75, repr(result)
    assert f"no source has {own.host}/team/hello:1: timeout" in result.err
    assert result.seconds <= 2 * SILENT_LEFT_WITHIN_S


def test_mirror_with_another_image_is_never_used(builder, registry, context, base):
    """The registry says which digest is meant; who cannot give that is no mirror."""
    other = Registry()
    mirror = registry(other)
    # A builder asks for a manifest among the blobs too.
    own = registry(manifest="503x*", blob="503x*")
    result = builder.ours(
        context(own.host, f"FROM HOST/team/hello:1@{base.digest}\nCOPY mark /mark\n"),
        SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}",
        SEAWALL_DEADLINE="15",
    )
    assert result.rc == 75, repr(result)


def test_alternative_is_labelled(builder, registry, context, tmp_path):
    own, other = registry(manifest="503x*"), registry()
    result = builder.ours(
        "--output", f"type=oci,dest={tmp_path / 'image'},tar=false",
        context(own.host), SEAWALL_BASE_FALLBACKS=f"{own.host}/team/hello:1={other.host}/team/hello:1",
    )  # fmt: skip
    assert result.rc == 0, repr(result)
    blobs = [path.read_bytes() for path in (tmp_path / "image" / "blobs" / "sha256").iterdir()]
    assert any(b'"seawall.degraded":"base-image"' in blob for blob in blobs)


@pytest.mark.long
def test_outage_that_passes_is_survived(builder, registry, context):
    own = registry(blob="503x9")
    result = builder.ours(context(own.host))
    assert result.rc == 0, repr(result)
    assert [event["class"] for event in builder.events("attempt")] == ["http-5xx", ""]


LASTING = {
    "unknown tag": ("FROM HOST/team/hello:2\n", {}, 69, "not-found"),
    "syntax": ("FROM HOST/team/hello:1\nFRUM x\n", {}, 1, "dockerfile-syntax"),
    "missing file": ("FROM HOST/team/hello:1\nCOPY nothing /x\n", {}, 1, "dockerfile-syntax"),
    "failing step": ('FROM HOST/team/hello:1\nRUN ["/nothing"]\n', {}, 1, "build-command-failed"),
    "login": ("FROM HOST/team/hello:1\n", {"manifest": "401x*"}, 77, "auth"),
}


@pytest.mark.parametrize("case", LASTING)
def test_failure_that_lasts_is_one_attempt(builder, registry, context, case):
    dockerfile, faults, code, name = LASTING[case]
    result = builder.ours(context(registry(**faults).host, dockerfile))
    assert (result.rc, [event["class"] for event in builder.events("attempt")]) == (code, [name]), repr(result)


def test_flag_that_is_none_is_buildx_to_tell(builder, registry, context):
    result = builder.ours("--no-such-flag", context(registry().host))
    assert (result.rc, len(builder.events("attempt"))) == (64, 1), repr(result)


class TestPassThrough:
    """What a caller of buildx relies on."""

    def test_quiet_prints_the_image_alone(self, builder, registry, context):
        folder = context(registry().host)
        plain = builder.plain("--provenance=false", "-q", folder)
        result = builder.ours("--provenance=false", "-q", folder)
        assert (result.rc, result.out, result.err) == (0, plain.out, "")

    def test_metadata_is_written(self, builder, registry, context, tmp_path):
        result = builder.ours("--metadata-file", tmp_path / "meta", context(registry().host))
        assert result.rc == 0, repr(result)
        assert json.loads((tmp_path / "meta").read_text())["containerimage.digest"].startswith("sha256:")

    def test_output_goes_to_stdout(self, builder, registry, context):
        result = builder.ours("--output", "type=tar,dest=-", context(registry().host))
        assert result.rc == 0
        assert "mark" in result.out

    def test_dockerfile_on_stdin_is_read_for_each_attempt(self, builder, context):
        with upstream({"/file": b"x"}, "503x1") as site:
            result = builder.ours("-f", "-", context("x"), stdin=f"FROM scratch\nADD {site.url}/file /file\n")
        assert (result.rc, len(builder.events("attempt"))) == (0, 2), repr(result)

    def test_pipes_are_read_for_each_attempt(self, builder, tmp_path):
        """Process substitution as Dockerfile and as secret: the second attempt gets the same bytes."""
        folder = tmp_path / "context"
        root_with_busybox(folder / "root")
        # A secret is no part of a cache key.
        (folder / "root" / "mark").write_text(token_hex(8))
        step = json.dumps([BUSYBOX, "cp", "/run/key", "/got"])
        with upstream({"/file": b"x"}, "503x1") as site:
            text = (
                f"FROM scratch AS got\nCOPY root /\nADD {site.url}/file /file\n"
                f"RUN --mount=type=secret,id=key,target=/run/key {step}\nFROM scratch\nCOPY --from=got /got /got\n"
            )
            (tmp_path / "text").write_text(text)
            (tmp_path / "key").write_text(key := token_hex(300))
            line = 'cd "$1" && exec "$0" -f <(cat text) --secret id=key,src=<(cat key) -o out --build-arg A= context'
            result = builder.ours("-c", line, builder.kit / "docker-build.sh", tmp_path, program="bash")
        assert (result.rc, len(builder.events("attempt"))) == (0, 2), repr(result)
        assert (tmp_path / "out/got").read_text() == key

    @pytest.mark.parametrize("words", [[], ["-q"]], ids=["plain", "quiet"])
    def test_events_of_steps_come_back(self, builder, tmp_path, words):
        """Also where the step's own words are not shown."""
        folder = tmp_path / "context"
        root_with_busybox(folder / "root")
        event = '{"ts":"2026-01-01T00:00:00Z","run":"r","event":"wait","level":"info","wait_s":7}'
        say = (
            f"while read -r _ key mark; do [ x$key != xmark ] || echo 'seawall-event: '$mark' {event}'; done </run/conf"
        )
        step = json.dumps([BUSYBOX, "sh", "-c", say])
        dockerfile = f"FROM scratch\nCOPY root /\nRUN --mount=type=secret,id=seawall.conf,target=/run/conf {step}\n"
        (folder / "Dockerfile").write_text(dockerfile)
        (folder / "root" / "mark").write_text(token_hex(8))
        result = builder.ours(*words, folder)
        assert result.rc == 0, repr(result)
        assert [event["wait_s"] for event in builder.events("wait")] == [7]

    def test_off_is_buildx(self, builder, registry, context):
        own = registry(manifest="503x*")
        result = builder.ours(context(own.host), SEAWALL="off")
        assert (result.rc, builder.events("attempt")) == (1, [])

    def test_own_options_stand_before_the_dashes(self, builder, registry, context):
        own = registry(blob="503x*")
        result = builder.ours("--attempts", "1", "--", context(own.host))
        assert (result.rc, len(builder.events("attempt"))) == (75, 1), repr(result)
