"""Builds on a base whose registry is ill, with docker-build.sh and with buildx alone, side by side in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.builder import Mortal, asked, keep_good, new_site
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.sites import registry_site
from harness.sites.registry_site import Registry
from harness.sites.site import Upstream
from harness.wire.loopback import refusing, upstream
from harness.wire.server import serve
from harness.wire.tls import Authority

PLAIN_PATIENCE_S = 20
NOTHING_AT_ALL = "nowhere.invalid"


@dataclass(frozen=True)
class Row:
    """One fault of the base's registry; a good mirror stands behind it."""

    name: str
    most_s: float
    faults: dict[str, str] | None = None


ROWS = (
    Row("nothing, warm", 0.5, {}),
    Row("503", 1, {"manifest": "503x*"}),
    Row("502", 1, {"manifest": "502x*"}),
    Row("429", 1, {"manifest": "429x*"}),
    Row("403", 1, {"manifest": "403x*"}),
    Row("HTML 200", 1, {"manifest": "htmlx*"}),
    Row("wrong digest", 1, {"manifest": "flip@10x*"}),
    Row("refused", 1),
    Row("NXDOMAIN", 1),
    Row("expired TLS", 1),
    Row("silent at resolve", 3, {"manifest": "stall x*"}),
    Row("stalls in a blob", 15, {"blob": "ok -> stall@100000x*"}),
)
PERMANENT = {
    "syntax": ("FROM HOST/team/hello:1\nFRUM x\n", {}, 1),
    "missing COPY": ("FROM HOST/team/hello:1\nCOPY nothing /x\n", {}, 1),
    "RUN exit n": ('FROM HOST/team/hello:1\nRUN ["/nothing"]\n', {}, 1),
    "unknown tag": ("FROM HOST/team/hello:2\n", {}, 69),
    "401": ("FROM HOST/team/hello:1\n", {"manifest": "401x*"}, 77),
}


@contextmanager
def place_of(row: Row, site: Registry, registry: Callable) -> Iterator[str]:
    """HOST:PORT of the registry that is ill."""
    if row.faults is not None:
        yield registry(site, **row.faults).host
    elif row.name == "refused":
        with refusing() as url:
            yield url.partition("//")[2]
    elif row.name == "NXDOMAIN":
        yield NOTHING_AT_ALL
    else:
        upstream = Upstream("registry", site, registry_site.CLASSES)
        with serve(upstream, tls=Authority().context("expired")) as own:
            yield own.host


def seconds_of_plain(builder, folder: Path) -> str:
    """How buildx alone fares."""
    try:
        result = builder.plain(folder, timeout=PLAIN_PATIENCE_S)
    except AssertionError:
        return "never ends"
    return f"{result.seconds:.1f} s" + ("" if result.rc == 0 else " fails")


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_base_whose_registry_is_ill(bench_table, builder, registry, context, row):
    """Each build fetches a base of its own, for a builder remembers bytes, good and bad."""
    with place_of(row, new_site(), registry) as host:
        plain = seconds_of_plain(builder, context(host))
    if row.faults == {}:
        folder = context(registry(new_site()).host)
        assert builder.ours(folder).rc == 0
        healthy = min(builder.plain(folder).seconds for _ in range(3))
        ours = min((builder.ours(folder) for _ in range(3)), key=lambda result: result.seconds)
    else:
        healthy = builder.ours(context(registry(new_site()).host)).seconds
        site = new_site()
        mirror = registry(site)
        with place_of(row, site, registry) as host:
            ours = builder.ours(context(host), SEAWALL_REGISTRY_MIRRORS=f"{host}={mirror.host}")
    bench_table(f"build: {row.name}", f"{ours.seconds - healthy:+.1f} s", f"+{row.most_s} s     plain {plain}")
    assert ours.rc == 0, repr(ours)
    assert ours.seconds - healthy <= row.most_s


@pytest.mark.parametrize("name", PERMANENT)
def test_failure_that_lasts(bench_table, builder, registry, context, name):
    dockerfile, faults, code = PERMANENT[name]
    folder = context(registry(**faults).host, dockerfile)
    plain = min((builder.plain(folder) for _ in range(2)), key=lambda result: result.seconds)
    ours = min((builder.ours(folder) for _ in range(2)), key=lambda result: result.seconds)
    bench_table(
        f"build: {name}", f"{ours.seconds - plain.seconds:+.1f} s", f"+0.5 s, code {code}     plain code {plain.rc}"
    )
    assert ours.rc == code
    assert ours.seconds - plain.seconds <= 0.5


def test_requests_of_a_total_outage(bench_table, builder, registry, context):
    for path_class, most in (("manifest", 3), ("blob", 8)):
        own, alone = registry(**{path_class: "503x*"}), registry(**{path_class: "503x*"})
        result = builder.ours(context(own.host), SEAWALL_DEADLINE="20")
        builder.plain(context(alone.host))
        seen, plain = asked(own, path_class), asked(alone, path_class)
        bench_table(f"requests for a {path_class}, 503", str(seen), f"{most}     plain {plain}")
        assert (result.rc, seen <= most) == (75, True)


def test_requests_of_ten_builds(bench_table, builder, registry, context):
    own, mirror = registry(manifest="503x*"), registry()
    folder = context(own.host)
    begun = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        mirrors = {"SEAWALL_REGISTRY_MIRRORS": f"{own.host}={mirror.host}"}
        results = list(pool.map(lambda _: builder.ours(folder, **mirrors), range(10)))
    took = time.monotonic() - begun
    bench_table("requests of ten builds at once", str(asked(own, "manifest")), f"3     all in {took:.1f} s")
    assert {result.rc for result in results} == {0}
    assert asked(own, "manifest") <= 3


def test_digest_that_the_builder_has(bench_table, builder, registry, context):
    """No registry is left; the tag was resolved before."""
    first = new_site()
    site = Mortal(blobs=first.blobs, tags=first.tags)
    folder = context(registry(site).host)
    healthy = min(builder.ours(folder).seconds for _ in range(2))
    site.dead = True
    plain = builder.plain(folder)
    builder.ours(folder)
    ours = builder.ours(folder)
    row = f"{ours.seconds - healthy:+.1f} s"
    bench_table("build: all down, digest is local", row, f"+1 s     plain code {plain.rc}")
    assert (ours.rc, ours.seconds - healthy <= 1) == (0, True)


def test_digest_in_a_layout(bench_table, builder, registry, context, tmp_path):
    site = new_site()
    own, dead = registry(site), registry(site, manifest="503x*")
    healthy = builder.ours(context(registry(new_site()).host)).seconds
    keep_good(own.host, dead.host, tmp_path / "good")
    folder = context(dead.host)
    plain = builder.plain(folder)
    ours = builder.ours(folder, SEAWALL_LAST_GOOD=str(tmp_path / "good"))
    row = f"{ours.seconds - healthy:+.1f} s"
    bench_table("build: all down, digest in a layout", row, f"+1 s     plain code {plain.rc}")
    assert (ours.rc, ours.seconds - healthy <= 1) == (0, True)


def test_retry_after(bench_table, builder, registry, context):
    own, alone = registry(new_site(), manifest="429(retry-after=5)x1"), registry(new_site(), manifest="429x*")
    ours = builder.ours(context(own.host))
    builder.plain(context(alone.host))
    first, second = [entry.time for entry in own.journal if entry.path_class == "manifest"][:2]
    burst = asked(alone, "manifest")
    bench_table(
        "429, Retry-After: 5, no mirror", f"{second - first:.1f} s", f"nothing for 5 s     plain {burst} requests"
    )
    assert (ours.rc, second - first >= 4.9) == (0, True)


def test_second_attempt(bench_table, builder, tmp_path):
    """A RUN step late in the build meets an outage that passes."""
    folder = tmp_path / "context"
    root_with_busybox(folder / "root")
    (folder / "root" / "mark").write_text(token_hex(8))
    with upstream({"/file": b"x"}, "503x1") as site:
        (folder / "Dockerfile").write_text(
            f'FROM scratch\nCOPY root /\nRUN ["{BUSYBOX}", "sleep", "10"]\n'
            f'RUN ["{BUSYBOX}", "wget", "-O", "/file", "{site.url}/file"]\n'
        )
        ours = builder.ours("--network", "host", "--allow", "network.host", folder)
    first, second = [event["elapsed_s"] for event in builder.events("attempt")]
    bench_table("build: second attempt", f"{second} of {first} s", "10 %")
    assert (ours.rc, second <= first / 10) == (0, True)


@pytest.mark.parametrize("what", ["manifest", "blob"])
def test_wrong_bytes(bench_table, builder, registry, context, what):
    """On the first of two mirrors, and everywhere."""
    site = new_site()
    own, liar, good = registry(site, manifest="503x*"), registry(site, **{what: "flip@100x*"}), registry(site)
    mirrors = f"{own.host}={liar.host} {own.host}={good.host}"
    first = builder.ours(context(own.host), SEAWALL_REGISTRY_MIRRORS=mirrors)
    alone = builder.ours(context(registry(new_site(), **{what: "flip@100x*"}).host))
    bench_table(f"build: tampered {what}", f"{first.rc}, {alone.rc}", "0 from the good one, 65 where nothing is left")
    assert (first.rc, alone.rc) == (0, 65)
