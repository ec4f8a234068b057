"""scripts/docker-build.sh with real buildx and BuildKit: which source serves an image, and how the build ends."""

from __future__ import annotations

import json
from secrets import token_hex

import pytest
from harness.builds.builder import asked
from harness.machine.load import allowed
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.pytest.pairs import some
from harness.sites.registry_site import Registry
from harness.wire.loopback import refusing, upstream
from harness.wire.server import Running

LEFT_WITHIN_S = 1
SILENT_LEFT_WITHIN_S = 3.5
OVERHEAD_S = 0.5
FAULTS = {"503": "503x*", "502": "502x*", "429": "429x*", "403": "403x*", "html": "htmlx*", "reset": "rstx*"}


def identity(folder) -> list[str]:
    """Arguments that write the image ID, which depends on the content alone."""
    return ["--provenance=false", "--iidfile", str(folder / "iid")]


def built(folder) -> str:
    text: str = (folder / "iid").read_text()
    (folder / "iid").unlink()
    return text


def layers_sent(*registries: Running) -> list[int]:
    """How often each registry sent the layer of `team/hello`, which has 300 kB."""
    return [len([entry for entry in registry.journal if entry.sent >= 300_000]) for registry in registries]


def test_healthy_build_equals_the_plain_build(builder, registry, context, tmp_path):
    """If the registry is healthy, the image and the cache are those of plain buildx, and no mirror serves a layer."""
    own, mirror = registry(), registry()
    folder = context(own.host)
    assert builder.plain(*identity(tmp_path), folder).rc == 0
    plain = built(tmp_path)
    result = builder.ours(*identity(tmp_path), folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert layers_sent(own, mirror) == [1, 0], own.journal.table()
    assert [event["verdict"] for event in builder.events("base")] == ["default"]
    assert (result.rc, built(tmp_path)) == (0, plain), repr(result)
    assert "CACHED" in result.err


def test_healthy_build_costs_little(builder, registry, context, tmp_path):
    """If the registry is healthy, the kit adds at most half a second, and fetches no layer again."""
    own = registry()
    folder = context(own.host)
    assert builder.plain(folder).rc == 0
    plain, ours = [], []
    for _ in range(6):
        plain.append(builder.plain(folder).seconds)
        ours.append(builder.ours(folder).seconds)
    assert layers_sent(own) == [1], own.journal.table()
    assert min(ours) - min(plain) <= allowed(OVERHEAD_S)


@pytest.mark.parametrize("fault", some(FAULTS, "503", "html", "reset"))
def test_mirror_serves_when_the_registry_fails(builder, registry, context, base, tmp_path, fault):
    """If the registry fails, the base comes from the mirror, and the image is the same as from a healthy registry."""
    own, mirror = registry(manifest=FAULTS[fault]), registry()
    folder = context(own.host)
    assert builder.plain(folder).rc == 1
    own.journal.clear()
    result = builder.ours(*identity(tmp_path), folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert 1 <= asked(own) <= 3, own.journal.table()
    assert layers_sent(own, mirror) == [0, 1], repr(result)
    (event,) = builder.events("base")
    assert (event["verdict"], event["source"]) == (
        "unverified tag",
        f"docker-image://{mirror.host}/team/hello:1@{base.digest}",
    )
    assert result.rc == 0, repr(result)
    moved = built(tmp_path)
    healthy = context(registry().host)
    assert builder.plain(*identity(tmp_path), healthy).rc == 0
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


@pytest.mark.parametrize("where", some(PLACES, "argument", "copy", "platform", "other case"))
def test_mirror_serves_every_form_of_image_reference(builder, registry, context, base, where):
    """The mirror serves images in FROM, COPY --from, with arguments, platforms, targets and odd spelling."""
    own, mirror = registry(manifest="503x*"), registry()
    base.site.tags["team/hello"]["latest"] = base.digest
    folder = context(own.host, PLACES[where])
    words = ("--target", "wanted") if where == "target" else ()
    assert builder.plain(*words, folder).rc == 1
    result = builder.ours(*words, folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert layers_sent(own, mirror) == [0, 1], repr(result)
    assert [event["verdict"] for event in builder.events("base")] == ["unverified tag"]
    assert result.rc == 0, repr(result)


def test_mirror_may_have_a_path(builder, registry, context, base):
    """`docker.io=mirror.example.org/hub`: the repository is requested below the mirror's path."""
    own, mirror = registry(manifest="503x*"), registry()
    base.site.tags["hub/team/hello"] = base.site.tags["team/hello"]
    result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}/hub")
    requested = {entry.path for entry in mirror.journal if entry.path_class in ("manifest", "blob")}
    assert {path.startswith("/v2/hub/team/hello/") for path in requested} == {True}, mirror.journal.table()
    assert result.rc == 0, repr(result)


def test_mirror_serves_when_the_registry_refuses_connections(builder, registry, context):
    """If nothing listens at the registry's address, the mirror serves within seconds."""
    mirror = registry()
    with refusing() as url:
        own = url.partition("//")[2]
        result = builder.ours(context(own), SEAWALL_REGISTRY_MIRRORS=f"{own}={mirror.host}")
    assert layers_sent(mirror) == [1], mirror.journal.table()
    assert result.rc == 0, repr(result)
    assert result.seconds <= allowed(LEFT_WITHIN_S + 2)


def test_build_fails_over_from_a_silent_registry(builder, registry, context):
    """If the registry accepts connections and never answers, the mirror serves within seconds."""
    own, mirror = registry(manifest="stall x*"), registry()
    result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert (asked(own), layers_sent(mirror)) == (1, [1]), own.journal.table()
    assert result.rc == 0, repr(result)
    assert result.seconds <= allowed(SILENT_LEFT_WITHIN_S + 2)


def test_silent_registry_without_a_mirror_is_an_outage(builder, registry, context):
    """Without a mirror, a silent registry ends the build after SEAWALL_SILENCE with code 75 and its name."""
    own = registry(manifest="stall x*")
    # The first build of an hour checks the client too.
    assert builder.ours(context(registry().host)).rc == 0
    result = builder.ours("--attempts", "1", "--", context(own.host), SEAWALL_SILENCE="4")
    assert 1 <= asked(own) <= 3, own.journal.table()
    assert result.rc == 75, repr(result)
    assert result.seconds <= allowed(2 * SILENT_LEFT_WITHIN_S + 4 + LEFT_WITHIN_S)
    assert f"no other source serves it, waiting up to 4 s for {own.host}" in result.err
    assert f"timeout of registry {own.host}" in result.err


def test_mirror_without_the_pinned_digest_is_never_used(builder, registry, context, base):
    """A mirror that has another image under the tag serves nothing to a build pinned by digest."""
    other = Registry()
    mirror = registry(other)
    # BuildKit requests a manifest under /blobs/ as well.
    own = registry(manifest="503x*", blob="503x*")
    result = builder.ours(
        context(own.host, f"FROM HOST/team/hello:1@{base.digest}\nCOPY mark /mark\n"),
        SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}",
        SEAWALL_DEADLINE="15",
    )
    assert {entry.status for entry in own.journal if entry.path_class != "hello"} == {503}, own.journal.table()
    assert layers_sent(mirror) == [0], mirror.journal.table()
    assert result.rc == 75, repr(result)


def test_image_on_a_fallback_base_is_labelled(builder, registry, context, tmp_path):
    """A build on an alternative base carries the label seawall.degraded."""
    own, other = registry(manifest="503x*"), registry()
    result = builder.ours(
        "--output", f"type=oci,dest={tmp_path / 'image'},tar=false",
        context(own.host), SEAWALL_BASE_FALLBACKS=f"{own.host}/team/hello:1={other.host}/team/hello:1",
    )  # fmt: skip
    assert layers_sent(own, other) == [0, 1], repr(result)
    assert result.rc == 0, repr(result)
    blobs = [path.read_bytes() for path in (tmp_path / "image" / "blobs" / "sha256").iterdir()]
    assert any(b'"seawall.degraded":"base-image"' in blob for blob in blobs)


@pytest.mark.long
def test_short_outage_is_retried_until_the_registry_answers(builder, registry, context):
    """If the registry recovers during the build, the second attempt finishes it."""
    own = registry(blob="503x9")
    result = builder.ours(context(own.host))
    assert [entry.status for entry in own.journal if entry.path_class == "blob"].count(503) == 9, own.journal.table()
    assert [event["class"] for event in builder.events("attempt")] == ["http-5xx", ""]
    assert result.rc == 0, repr(result)


LASTING = {
    "unknown tag": ("FROM HOST/team/hello:2\n", {}, 69, "not-found"),
    "syntax": ("FROM HOST/team/hello:1\nFRUM x\n", {}, 1, "dockerfile-syntax"),
    "missing file": ("FROM HOST/team/hello:1\nCOPY nothing /x\n", {}, 1, "dockerfile-syntax"),
    "failing step": ('FROM HOST/team/hello:1\nRUN ["/nothing"]\n', {}, 1, "build-command-failed"),
    "login": ("FROM HOST/team/hello:1\n", {"manifest": "401x*"}, 77, "auth"),
}


@pytest.mark.parametrize("case", LASTING)
def test_permanent_failure_is_one_attempt(builder, registry, context, case):
    """A mistake in the Dockerfile, a missing tag or a refused login is not retried, and keeps its code."""
    dockerfile, faults, code, name = LASTING[case]
    own = registry(**faults)
    result = builder.ours(context(own.host, dockerfile))
    assert len([entry for entry in own.journal if entry.method == "HEAD"]) <= 3, own.journal.table()
    assert (result.rc, [event["class"] for event in builder.events("attempt")]) == (code, [name]), repr(result)


def test_unknown_flag_is_left_to_buildx(builder, registry, context):
    """A flag that buildx does not know ends with code 64 after one call of buildx, and no layer is fetched."""
    own = registry()
    result = builder.ours("--no-such-flag", context(own.host))
    assert layers_sent(own) == [0], own.journal.table()
    assert (result.rc, len(builder.events("attempt"))) == (64, 1), repr(result)


class TestPassThrough:
    """Behaviour of buildx that callers rely on."""

    def test_quiet_prints_only_the_image(self, builder, registry, context):
        """`-q` prints the image ID and nothing on stderr, as buildx does."""
        folder = context(registry().host)
        plain = builder.plain("--provenance=false", "-q", folder)
        result = builder.ours("--provenance=false", "-q", folder)
        assert (result.rc, result.out, result.err) == (0, plain.out, "")

    def test_metadata_file_is_written(self, builder, registry, context, tmp_path):
        """`--metadata-file` gets the digest of the image."""
        result = builder.ours("--metadata-file", tmp_path / "meta", context(registry().host))
        assert result.rc == 0, repr(result)
        assert json.loads((tmp_path / "meta").read_text())["containerimage.digest"].startswith("sha256:")

    def test_output_goes_to_stdout(self, builder, registry, context):
        """`--output type=tar,dest=-` writes the image to stdout."""
        result = builder.ours("--output", "type=tar,dest=-", context(registry().host))
        assert result.rc == 0
        assert "mark" in result.out

    def test_dockerfile_on_stdin_reaches_every_attempt(self, builder, context):
        """A Dockerfile on stdin is complete in the second attempt as well."""
        with upstream({"/file": b"x"}, "503x1") as site:
            result = builder.ours("-f", "-", context("x"), stdin=f"FROM scratch\nADD {site.url}/file /file\n")
        assert {entry.status for entry in site.journal} == {503, 200}, site.journal.table()
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
    def test_events_of_run_steps_reach_the_event_file(self, builder, tmp_path, words):
        """Events that a RUN step prints are in the event file, with `-q` too, which hides the step's output."""
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
        assert [event["wait_s"] for event in builder.events("wait")] == [7], repr(result)
        assert result.rc == 0, repr(result)

    def test_seawall_off_is_plain_buildx(self, builder, registry, context):
        """SEAWALL=off runs buildx alone: no attempt is recorded, and the registry's failure is the result."""
        own = registry(manifest="503x*")
        result = builder.ours(context(own.host), SEAWALL="off")
        assert {entry.status for entry in own.journal if entry.path_class == "manifest"} == {503}
        assert (result.rc, builder.events("attempt")) == (1, [])

    def test_options_before_the_dashes_belong_to_the_kit(self, builder, registry, context):
        """`--attempts 1 --` is read by the kit: the build makes one attempt."""
        own = registry(blob="503x*")
        result = builder.ours("--attempts", "1", "--", context(own.host))
        assert {entry.status for entry in own.journal if entry.path_class == "blob"} == {503}, own.journal.table()
        assert (result.rc, len(builder.events("attempt"))) == (75, 1), repr(result)
