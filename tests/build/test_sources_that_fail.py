"""Registries that fail in every way, mirrors that lie: which bytes are used, who is asked how often, how it ends."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from secrets import token_hex

import pytest
from harness.builds.builder import Mortal, asked, keep_good
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise, sha256
from harness.sites.registry_site import Registry
from harness.sites.site import Upstream
from harness.wire.loopback import upstream
from harness.wire.server import serve
from harness.wire.tls import Authority

FAILING_OVER_COSTS_S = 1
LIES = {
    "manifest": {"manifest": "flip@100x*"},
    "configuration": {"blob": "flip@100x*"},
    "layer": {"blob": "ok x2 -> flip@100x*"},
}


def verdicts(builder) -> list[object]:
    """What was decided about the base."""
    return [event["verdict"] for event in builder.events("base")]


def add_index(site: Registry, name: str, tag: str) -> str:
    """An image for two platforms; gives the digest of its index."""
    parts = []
    for architecture in ("amd64", "arm64"):
        image = Image(noise(100_000, token_hex(8)))
        digest = site.add_image(name, architecture, image)
        platform = {"os": "linux", "architecture": architecture}
        kind = "application/vnd.oci.image.manifest.v1+json"
        parts.append({"mediaType": kind, "digest": digest, "size": len(image.manifest), "platform": platform})
    body = json.dumps({"schemaVersion": 2, "mediaType": registry_site.INDEX, "manifests": parts}).encode()
    site.blobs[sha256(body)] = body
    site.tags[name][tag] = sha256(body)
    return sha256(body)


class TestFailover:
    """Registries that are gone in other ways than by a bad answer."""

    def test_expired_certificate(self, builder, base, registry, context):
        mirror = registry()
        site = Upstream("registry", base.site, registry_site.CLASSES)
        with serve(site, tls=Authority().context("expired")) as own:
            result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert (result.rc, verdicts(builder)) == (0, ["unverified tag"]), repr(result)
        assert "certificate has expired; using " in result.err

    def test_name_that_nobody_knows(self, builder, registry, context):
        mirror = registry()
        result = builder.ours(context("nowhere.invalid"), SEAWALL_REGISTRY_MIRRORS=f"nowhere.invalid={mirror.host}")
        assert (result.rc, verdicts(builder)) == (0, ["unverified tag"]), repr(result)

    def test_failing_over_takes_a_second(self, builder, registry, context):
        own, healthy, mirror = registry(manifest="503x*"), registry(), registry()
        well = min(builder.ours(context(healthy.host)).seconds for _ in range(2))
        ours = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert (ours.rc, ours.seconds - well <= FAILING_OVER_COSTS_S) == (0, True), (well, ours.seconds)

    def test_mirror_that_fails_in_the_build_is_left_for_the_registry_that_answers_by_then(
        self, builder, base, registry, context
    ):
        """The own registry was slow before the build, the mirror fails in it: the next attempt uses the own one."""
        own, mirror = registry(manifest="delay(s=1.6)x1"), registry(blob="ok -> 503x*")
        folder = context(own.host, f"FROM HOST/team/hello@{base.digest}\nCOPY mark /mark\n")
        result = builder.ours(folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert [entry.status for entry in own.journal if entry.path_class == "blob"] == [200] * asked(own, "blob")
        assert (result.rc, verdicts(builder)) == (0, ["mirror", "default"]), repr(result)
        assert len(builder.events("attempt")) == 2

    def test_several_platforms(self, builder, registry, context, tmp_path):
        """The index comes from the mirror, and each platform's manifest."""
        site = Registry()
        digest = add_index(site, "team/hello", "1")
        own, mirror = registry(site, manifest="503x*"), registry(site)
        result = builder.ours(
            "--platform", "linux/amd64,linux/arm64", "--provenance=false",
            "--output", f"type=oci,dest={tmp_path / 'image'},tar=false", context(own.host),
            SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}",
        )  # fmt: skip
        assert result.rc == 0, repr(result)
        (event,) = builder.events("base")
        assert event["source"] == f"docker-image://{mirror.host}/team/hello:1@{digest}"
        index = json.loads((tmp_path / "image" / "index.json").read_text())["manifests"][0]["digest"]
        parts = json.loads((tmp_path / "image" / "blobs" / "sha256" / index.removeprefix("sha256:")).read_text())
        assert [part["platform"]["architecture"] for part in parts["manifests"]] == ["amd64", "arm64"]

    def test_registry_that_wants_a_token_is_asked_with_one(self, builder, base, registry, context):
        own = registry(Registry(True, base.site.blobs, base.site.tags))
        result = builder.ours(context(own.host))
        assert (result.rc, verdicts(builder)) == (0, ["default"]), repr(result)
        assert [entry.status for entry in own.journal if entry.method == "HEAD"][:2] == [401, 200]


class TestNoRegistryIsLeft:
    """The same bytes are on this machine."""

    def test_builder_has_the_digest(self, builder, base, registry, context, tmp_path):
        """The tag was resolved when its registry was well; now it is not, and the digest is still here."""
        words = ("--provenance=false", "--iidfile", tmp_path / "iid")
        site = Mortal(blobs=base.site.blobs, tags=base.site.tags)
        folder = context(registry(site).host)
        assert builder.ours(*words, folder).rc == 0
        first = (tmp_path / "iid").read_text()
        site.dead = True
        assert builder.plain(folder).rc == 1
        result = builder.ours(*words, folder)
        again = builder.ours(*words, folder)
        assert ((tmp_path / "iid").read_text(), result.rc, again.rc) == (first, 0, 0), repr(result)
        assert verdicts(builder)[-1] == "local"
        assert again.seconds <= 2 + FAILING_OVER_COSTS_S

    def test_layout_has_the_digest(self, builder, base, registry, context, tmp_path):
        own, dead = registry(), registry(manifest="503x*")
        keep_good(own.host, dead.host, tmp_path / "good")
        result = builder.ours(context(dead.host), SEAWALL_LAST_GOOD=str(tmp_path / "good"))
        assert (result.rc, verdicts(builder)) == (0, ["last-good"]), repr(result)


class TestPatience:
    """How often a registry is asked that does not serve."""

    def test_retry_after_is_kept(self, builder, registry, context):
        """The tag and its digest each answer so once."""
        own = registry(manifest="429(retry-after=5)x1")
        result = builder.ours(context(own.host))
        assert result.rc == 0, repr(result)
        entries = [entry for entry in own.journal if entry.path_class == "manifest"]
        gaps = [after.time - entry.time for entry, after in pairwise(entries) if entry.status == 429]
        assert len(gaps) == 2
        assert all(5 <= gap < 8 for gap in gaps), gaps

    def test_one_attempt_is_one(self, builder, registry, context):
        """Another place is there, and not tried: one build was allowed."""
        own, mirror = registry(blob="ok -> 503x*"), registry()
        words = ("--attempts", "1", "--", context(own.host))
        result = builder.ours(*words, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert (result.rc, len(builder.events("attempt"))) == (75, 1), repr(result)
        assert asked(mirror, "blob") == 0

    def test_total_outage(self, builder, registry, context):
        """Three questions for a manifest; the next build asks nothing until the breaker opens."""
        own = registry(manifest="503x*")
        for most in (3, 3):
            begun = time.monotonic()
            result = builder.ours(context(own.host), SEAWALL_DEADLINE="15")
            assert result.rc == 75, repr(result)
            assert time.monotonic() - begun <= 17
            assert asked(own) <= most

    def test_blob_that_dies_after_the_question(self, builder, registry, context):
        own = registry(blob="503x*")
        result = builder.ours(context(own.host), SEAWALL_DEADLINE="25")
        assert result.rc == 75, repr(result)
        assert asked(own, "blob") <= 8

    def test_ten_builds_ask_a_dead_registry_three_times(self, builder, registry, context):
        own, mirror = registry(manifest="503x*"), registry()
        folder = context(own.host)
        with ThreadPoolExecutor(10) as pool:
            mirrors = {"SEAWALL_REGISTRY_MIRRORS": f"{own.host}={mirror.host}"}
            results = list(pool.map(lambda _: builder.ours(folder, **mirrors), range(10)))
        assert [result.rc for result in results] == [0] * 10, repr(results[0])
        assert asked(own) <= 3

    def test_second_attempt_builds_on_the_first(self, builder, tmp_path):
        """Late failure: what was built before it is not built again."""
        folder = tmp_path / "context"
        root_with_busybox(folder / "root")
        (folder / "root" / "mark").write_text(token_hex(8))
        with upstream({"/file": noise(1000)}, "503x1") as site:
            (folder / "Dockerfile").write_text(
                f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "sleep", "8"]\n'
                f'RUN ["{BUSYBOX}", "wget", "-O", "/file", "{site.url}/file"]\n'
            )
            result = builder.ours("--network", "host", "--allow", "network.host", folder)
        assert result.rc == 0, repr(result)
        first, second = [event["elapsed_s"] for event in builder.events("attempt")]
        assert second <= max(1, first / 10)


class TestLies:
    """Wrong bytes are never used, and named."""

    @pytest.mark.parametrize("lie", LIES)
    def test_first_mirror_lies_and_the_second_is_good(self, builder, registry, context, lie):
        own, good, liar = registry(manifest="503x*"), registry(), registry(**LIES[lie])
        mirrors = f"{own.host}={liar.host} {own.host}={good.host}"
        result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=mirrors)
        assert result.rc == 0, repr(result)
        assert f"{liar.host} served wrong bytes" in result.err
        assert f"{good.host} served" not in result.err

    @pytest.mark.parametrize("lie", LIES)
    def test_registry_itself_lies_and_the_mirror_is_good(self, builder, registry, context, lie):
        own, mirror = registry(**LIES[lie]), registry()
        result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert result.rc == 0, repr(result)
        assert f"{own.host} served wrong bytes" in result.err

    def test_nothing_but_a_liar(self, builder, registry, context):
        own = registry(blob="flip@100x*")
        result = builder.ours(context(own.host))
        assert result.rc == 65, repr(result)

    def test_tag_that_has_moved_on_the_mirror(self, builder, base, registry, context, tmp_path):
        moved = Registry()
        moved.add_image("team/hello", "1", Image(noise(1000)))
        own, mirror = registry(manifest="503x*"), registry(moved)
        (tmp_path / "lock").write_text(f"{own.host}/team/hello:1 {base.digest}\n")
        result = builder.ours(
            context(own.host), SEAWALL_IMAGE_LOCK=str(tmp_path / "lock"), SEAWALL_DEADLINE="15",
            SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}",
        )  # fmt: skip
        assert result.rc == 75, repr(result)
        assert asked(mirror, "blob") == 0
