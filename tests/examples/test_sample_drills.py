"""Each upstream of each sample Dockerfile fails in one of five ways: what a plain build does, and what the kit does."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.builds.sample_builds import ENDED, read_table
from harness.builds.sample_drills import FAILS, HANGS, PASSES, Drill, drills, second_sources
from harness.builds.sample_sites import sites_up

SAMPLES = Path(__file__).resolve().parents[2] / "examples/dockerfiles"
TABLE = read_table((SAMPLES / "README.md").read_text())
ALWAYS = (
    Drill("add-url", "url", "503"),
    Drill("arg-bases", "registry", "refused"),
    Drill("python-requirements", "pypi", "wrong bytes"),
)
"""Drills of the default run."""
PATIENCE_S = 10
"""A plain build without the fault, and with its other upstreams healthy, has reached the faulty one by then."""
LIMITS = {"SEAWALL_SILENCE": "8", "SEAWALL_STALL": "5", "SEAWALL_BUDGET": "6", "SEAWALL_DEADLINE": "120"}


def parameters() -> list[object]:
    """One parameter a drill; all but a few run with --all."""
    more = [pytest.param(drill, id=drill.id, marks=pytest.mark.long) for drill in drills(TABLE) if drill not in ALWAYS]
    return [*(pytest.param(drill, id=drill.id) for drill in ALWAYS), *more]


@pytest.mark.parametrize("drill", parameters())
def test_fault_hurts_the_plain_build_and_the_kit_says_why(builds, gateway, supported, drill):
    """The fault fails or hangs the plain build; the kit builds from a second source, or ends with the right class."""
    supported(*next(sample.upstreams for sample in TABLE if sample.name == drill.sample))
    with sites_up(gateway, drill.faults) as sites, sites_up(gateway, downloads=sites.downloads) as healthy:
        call = builds.call(drill.sample, sites, empty_mounts=True)
        plain = builds.plain(call, PATIENCE_S if drill.plain == HANGS else 200)
        if drill.kind in sites.running:
            journal = sites.running[drill.kind].journal
            hit = [entry for entry in journal if entry.fault != "ok"]
            assert hit, f"INVALID: the fault was not met\n{plain.result!r}\n{journal.table()}"
        codes = {FAILS: plain.result.rc not in (0, ENDED), HANGS: plain.result.rc == ENDED, PASSES: not plain.result.rc}
        assert codes[drill.plain], f"INVALID: wanted that it {drill.plain}\n{plain.result!r}"
        ours = builds.by_kit(call, **LIMITS, **second_sources(sites, healthy))
    if drill.survives:
        assert ours.result.rc == 0, repr(ours.result)
        return
    code, classes = drill.ends
    assert ours.classes[0] in classes, repr(ours.result)
    assert ours.result.rc == code, repr(ours.result)
