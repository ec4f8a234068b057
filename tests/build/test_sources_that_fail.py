"""Failing registries and mirrors with wrong bytes: which source is used, how many requests it gets, how it ends."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from secrets import token_hex

import pytest
from harness.builds.builder import Mortal, asked, keep_good
from harness.machine.load import allowed
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise, sha256
from harness.sites.registry_site import Registry
from harness.sites.site import Upstream
from harness.wire.loopback import upstream
from harness.wire.server import serve
from harness.wire.tls import Authority

FAILING_OVER_COSTS_S = 1
LAYER_BYTES = 300_000
INCOMPLETE = {
    "configuration": {"blob": "404x*"},
    "other digest": {"manifest": f"header(name=Docker-Content-Digest;is=sha256:{'1' * 64})x*"},
}
LIES = {
    "manifest": {"manifest": "flip@100x*"},
    "configuration": {"blob": "flip@100x*"},
    "layer": {"blob": "ok x2 -> flip@100x*"},
}


def verdicts(builder) -> list[object]:
    """The verdict on each base image."""
    return [event["verdict"] for event in builder.events("base")]


def add_index(site: Registry, name: str, tag: str) -> str:
    """Adds an image for two platforms; returns the digest of its index."""
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
    """Registries that fail without a bad answer, and those that require a token."""

    def test_registry_with_an_expired_certificate_is_replaced_by_the_mirror(self, builder, base, registry, context):
        """A registry with an expired certificate is not used; the mirror serves."""
        mirror = registry()
        site = Upstream("registry", base.site, registry_site.CLASSES)
        with serve(site, tls=Authority().context("expired")) as own:
            result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert (asked(own), asked(mirror, "blob") > 0) == (0, True), mirror.journal.table()
        assert (result.rc, verdicts(builder)) == (0, ["unverified tag"]), repr(result)
        assert f"{own.host}: SSL certificate problem: " in result.err
        assert f"; using {mirror.host}/" in result.err

    def test_registry_with_an_unknown_name_is_replaced_by_the_mirror(self, builder, registry, context):
        """If the registry's name does not resolve, the mirror serves."""
        mirror = registry()
        result = builder.ours(context("nowhere.invalid"), SEAWALL_REGISTRY_MIRRORS=f"nowhere.invalid={mirror.host}")
        assert asked(mirror, "blob") > 0, mirror.journal.table()
        assert (result.rc, verdicts(builder)) == (0, ["unverified tag"]), repr(result)

    @pytest.mark.parametrize("lacks", INCOMPLETE)
    def test_registry_that_lacks_what_it_names_is_replaced_by_the_mirror(self, builder, registry, context, lacks):
        """A registry with the tag but not its content fails a plain build; the mirror serves in the first attempt."""
        own, mirror = registry(**INCOMPLETE[lacks]), registry()
        folder = context(own.host)
        assert builder.plain(folder).rc == 1
        own.journal.clear()
        result = builder.ours(folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert (asked(own, "blob") <= 1, asked(mirror, "blob") > 0) == (True, True), mirror.journal.table()
        assert (result.rc, len(builder.events("attempt"))) == (0, 1), repr(result)

    def test_failing_over_takes_a_second(self, builder, registry, context):
        """A build whose registry answers 503 takes at most a second more than a healthy one."""
        own, healthy, mirror = registry(manifest="503x*"), registry(), registry()
        plain_s = min(builder.ours(context(healthy.host)).seconds for _ in range(2))
        ours = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert 1 <= asked(own) <= 3, own.journal.table()
        assert (ours.rc, ours.seconds - plain_s <= allowed(FAILING_OVER_COSTS_S)) == (0, True), (plain_s, ours.seconds)

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

    def test_mirror_serves_every_platform(self, builder, registry, context, tmp_path):
        """The index and each platform's manifest come from the mirror."""
        site = Registry()
        digest = add_index(site, "team/hello", "1")
        own, mirror = registry(site, manifest="503x*"), registry(site)
        result = builder.ours(
            "--platform", "linux/amd64,linux/arm64", "--provenance=false",
            "--output", f"type=oci,dest={tmp_path / 'image'},tar=false", context(own.host),
            SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}",
        )  # fmt: skip
        assert len({entry.path for entry in mirror.journal if "/manifests/sha256:" in entry.path}) == 3, "index and two"
        (event,) = builder.events("base")
        assert event["source"] == f"docker-image://{mirror.host}/team/hello:1@{digest}"
        assert result.rc == 0, repr(result)
        index = json.loads((tmp_path / "image" / "index.json").read_text())["manifests"][0]["digest"]
        parts = json.loads((tmp_path / "image" / "blobs" / "sha256" / index.removeprefix("sha256:")).read_text())
        assert [part["platform"]["architecture"] for part in parts["manifests"]] == ["amd64", "arm64"]

    def test_registry_that_requires_a_token_gets_one(self, builder, base, registry, context):
        """A registry that answers 401 with a token service gets the same request with a token."""
        own = registry(Registry(True, base.site.blobs, base.site.tags))
        result = builder.ours(context(own.host))
        assert [entry.status for entry in own.journal if entry.method == "HEAD"][:2] == [401, 200]
        assert (result.rc, verdicts(builder)) == (0, ["default"]), repr(result)


class TestNoRegistryIsLeft:
    """No registry serves, and this machine has the same bytes."""

    def test_cached_base_of_the_builder_is_used_without_a_registry(self, builder, base, registry, context, tmp_path):
        """A base that the builder resolved before builds again, to the same image, after its registry is gone."""
        words = ("--provenance=false", "--iidfile", tmp_path / "iid")
        site = Mortal(blobs=base.site.blobs, tags=base.site.tags)
        own = registry(site)
        folder = context(own.host)
        assert builder.ours(*words, folder).rc == 0
        first = (tmp_path / "iid").read_text()
        site.dead = True
        assert builder.plain(folder).rc == 1
        own.journal.clear()
        result = builder.ours(*words, folder)
        again = builder.ours(*words, folder)
        assert {entry.status for entry in own.journal if entry.path_class == "manifest"} == {503}, own.journal.table()
        assert verdicts(builder)[-1] == "local"
        assert ((tmp_path / "iid").read_text(), result.rc, again.rc) == (first, 0, 0), repr(result)
        assert again.seconds <= allowed(2 + FAILING_OVER_COSTS_S)

    def test_last_known_good_copy_is_used_without_a_registry(self, builder, base, registry, context, tmp_path):
        """A base in the last known good store builds when its registry answers 503."""
        own, dead = registry(), registry(manifest="503x*")
        keep_good(own.host, dead.host, tmp_path / "good")
        result = builder.ours(context(dead.host), SEAWALL_LAST_GOOD=str(tmp_path / "good"))
        assert 1 <= asked(dead) <= 3, dead.journal.table()
        assert (result.rc, verdicts(builder)) == (0, ["last-good"]), repr(result)


class TestPatience:
    """The number of requests to a registry that does not serve."""

    def test_retry_after_is_respected(self, builder, registry, context):
        """After 429 with Retry-After: 5, the next request for the tag and for its digest comes after five seconds."""
        own = registry(manifest="429(retry-after=5)x1")
        result = builder.ours(context(own.host))
        entries = [entry for entry in own.journal if entry.path_class == "manifest"]
        gaps = [after.time - entry.time for entry, after in pairwise(entries) if entry.status == 429]
        assert len(gaps) == 2, own.journal.table()
        assert all(5 <= gap < 8 for gap in gaps), gaps
        assert result.rc == 0, repr(result)

    def test_single_attempt_does_not_try_the_mirror(self, builder, registry, context):
        """With `--attempts 1` a registry that fails late ends the build, and the mirror serves no layer."""
        own, mirror = registry(blob="ok -> 503x*"), registry()
        words = ("--attempts", "1", "--", context(own.host))
        result = builder.ours(*words, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        # On a busy machine the registry is late, and the kit reads the configuration from the mirror, too.
        layers = [entry for entry in mirror.journal if entry.sent >= LAYER_BYTES]
        assert (asked(own, "blob") > 0, layers) == (True, []), own.journal.table()
        assert (result.rc, len(builder.events("attempt"))) == (75, 1), repr(result)

    def test_outage_without_a_mirror_is_three_requests_per_build(self, builder, registry, context):
        """A registry that always fails gets at most three requests per build, which ends in time with code 75."""
        own = registry(manifest="503x*")
        for most in (3, 3):
            begun = time.monotonic()
            result = builder.ours(context(own.host), SEAWALL_DEADLINE="15")
            took = time.monotonic() - begun
            assert 1 <= asked(own) <= most, own.journal.table()
            assert result.rc == 75, repr(result)
            assert took <= 17

    def test_registry_without_blobs_gets_few_requests(self, builder, registry, context):
        """A registry with manifests and failing blobs gets at most eight blob requests; the build ends with code 75."""
        own = registry(blob="503x*")
        result = builder.ours(context(own.host), SEAWALL_DEADLINE="25")
        assert 1 <= asked(own, "blob") <= 8, own.journal.table()
        assert result.rc == 75, repr(result)

    def test_ten_builds_ask_a_dead_registry_three_times(self, builder, registry, context):
        """Ten concurrent builds send a dead registry three requests together, and build from the mirror."""
        own, mirror = registry(manifest="503x*"), registry()
        folder = context(own.host)
        with ThreadPoolExecutor(10) as pool:
            mirrors = {"SEAWALL_REGISTRY_MIRRORS": f"{own.host}={mirror.host}"}
            results = list(pool.map(lambda _: builder.ours(folder, **mirrors), range(10)))
        assert 1 <= asked(own) <= 3, own.journal.table()
        assert [result.rc for result in results] == [0] * 10, repr(results[0])

    def test_second_attempt_reuses_the_steps_of_the_first(self, builder, tmp_path):
        """A late failure does not repeat the steps before it: the second attempt is ten times faster."""
        folder = tmp_path / "context"
        root_with_busybox(folder / "root")
        (folder / "root" / "mark").write_text(token_hex(8))
        with upstream({"/file": noise(1000)}, "503x1") as site:
            (folder / "Dockerfile").write_text(
                f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "sleep", "8"]\n'
                f'RUN ["{BUSYBOX}", "wget", "-O", "/file", "{site.url}/file"]\n'
            )
            result = builder.ours("--network", "host", "--allow", "network.host", folder)
        assert [entry.status for entry in site.journal] == [503, 200], site.journal.table()
        first, second = [event["elapsed_s"] for event in builder.events("attempt")]
        assert second <= max(allowed(1), first / 10)
        assert result.rc == 0, repr(result)


class TestLies:
    """Wrong bytes are never used, and their source is named."""

    @pytest.mark.parametrize("lie", LIES)
    def test_mirror_with_wrong_bytes_is_replaced_by_the_next(self, builder, registry, context, lie):
        """If the first mirror serves wrong bytes, the second one serves; only the first is named."""
        own, good, liar = registry(manifest="503x*"), registry(), registry(**LIES[lie])
        mirrors = f"{own.host}={liar.host} {own.host}={good.host}"
        result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=mirrors)
        assert (asked(liar) > 0, asked(good, "blob") > 0) == (True, True), good.journal.table()
        assert result.rc == 0, repr(result)
        assert f"{liar.host} served wrong bytes" in result.err
        assert f"{good.host} served" not in result.err

    @pytest.mark.parametrize("lie", LIES)
    def test_registry_with_wrong_bytes_is_replaced_by_the_mirror(self, builder, registry, context, lie):
        """If the registry itself serves wrong bytes, the mirror serves, and the registry is named."""
        own, mirror = registry(**LIES[lie]), registry()
        result = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
        assert (asked(own) > 0, asked(mirror, "blob") > 0) == (True, True), mirror.journal.table()
        assert result.rc == 0, repr(result)
        assert f"{own.host} served wrong bytes" in result.err

    def test_wrong_bytes_without_a_mirror_end_the_build(self, builder, registry, context):
        """If the only source serves wrong bytes, the build ends with code 65."""
        own = registry(blob="flip@100x*")
        result = builder.ours(context(own.host))
        faults = {entry.fault for entry in own.journal if entry.path_class == "blob"}
        assert faults == {"flip@100"}, own.journal.table()
        assert result.rc == 65, repr(result)

    def test_mirror_with_a_moved_tag_is_not_used_for_a_locked_image(self, builder, base, registry, context, tmp_path):
        """A mirror whose tag is not at the locked digest serves no layer; the build ends with code 75."""
        moved = Registry()
        moved.add_image("team/hello", "1", Image(noise(1000)))
        own, mirror = registry(manifest="503x*"), registry(moved)
        (tmp_path / "lock").write_text(f"{own.host}/team/hello:1 {base.digest}\n")
        result = builder.ours(
            context(own.host), SEAWALL_IMAGE_LOCK=str(tmp_path / "lock"), SEAWALL_DEADLINE="15",
            SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}",
        )  # fmt: skip
        assert asked(mirror, "blob") == 0, mirror.journal.table()
        assert result.rc == 75, repr(result)
