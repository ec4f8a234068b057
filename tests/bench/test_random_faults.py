"""A thousand fetches from sources that fail one time in a hundred: all succeed, for hardly more requests."""

from __future__ import annotations

import hashlib

import pytest
from harness.catalogue.schedule import parse
from harness.machine.run import clean_environment, run
from harness.sites.file_site import files
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve

pytestmark = pytest.mark.long

FETCHES = 1000
MOST = 1.1
"""Requests a fetch, probes aside (SRE book, ch. 21)."""
BODY = b"good bytes\n" * 100
FAULTS = "503%1 x*"


@pytest.mark.timeout(600)
def test_thousand_fetches(bench_table, kit, tmp_path):
    total = hashlib.sha256(BODY).hexdigest()
    env = clean_environment(tmp_path) | {"SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_SEED": "1"}
    sources = [Upstream(name, files({"/file": BODY}), rules=(Rule(parse(FAULTS)),)) for name in ("first", "second")]
    with serve(sources[0]) as first, serve(sources[1]) as second:
        words = [f"{first.url}/file", f"{second.url}/file", "--allow-http", "--sha256", total, "--output"]
        for number in range(FETCHES):
            result = run([kit / "stage" / "fetch.sh", *words, tmp_path / "out"], env=env)
            assert result.rc == 0, f"fetch {number}: {result!r}"
            (tmp_path / "out").unlink()
        asked = [
            entry for found in (first, second) for entry in found.journal if entry.headers.get("range") != "bytes=0-0"
        ]
        failed = sum(entry.status == 503 for entry in asked)
    bench_table("1000 fetches, 1 % faults", f"{len(asked) / FETCHES:.3f} a fetch", f"{MOST} ({failed} failed)")
    assert failed > 0
    assert len(asked) <= FETCHES * MOST
