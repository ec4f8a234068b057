"""Each upstream of each sample Dockerfile fails in one of five ways: what a plain build does, and what the kit does."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.builds.sample_builds import read_table
from harness.builds.sample_drills import (
    ENDS_ELSEWHERE,
    HANGS,
    LEFT,
    PLAIN_ELSEWHERE,
    WITHOUT,
    Drill,
    drills,
    second_sources,
)
from harness.builds.sample_results import Outcome
from harness.builds.sample_sites import sites_up

SAMPLES = Path(__file__).resolve().parents[2] / "examples/dockerfiles"
TABLE = read_table((SAMPLES / "README.md").read_text())
ALWAYS = (
    Drill("add-url", "url", "503"),
    Drill("arg-bases", "registry", "refused"),
    Drill("python-requirements", "pypi", "wrong bytes"),
)
"""Drills of the default run."""
LIMITS = {"SEAWALL_SILENCE": "8", "SEAWALL_STALL": "5", "SEAWALL_BUDGET": "6", "SEAWALL_DEADLINE": "120"}


def parameters() -> list[object]:
    """One parameter a drill; all but a few run with --all."""
    more = [pytest.param(drill, id=drill.id, marks=pytest.mark.long) for drill in drills(TABLE) if drill not in ALWAYS]
    return [*(pytest.param(drill, id=drill.id) for drill in ALWAYS), *more]


@pytest.mark.parametrize("drill", parameters())
def test_fault_hurts_the_plain_build_and_the_kit_says_why(keep_outcome, builds, gateway, supported, drill):
    """The fault fails or hangs the plain build; the kit builds from a second source, or ends with the right class."""
    supported(*next(sample.upstreams for sample in TABLE if sample.name == drill.sample))
    with sites_up(gateway, drill.faults) as sites, sites_up(gateway, downloads=sites.downloads) as healthy:
        call = builds.call(drill.sample, sites, empty_mounts=True)
        journal = sites.running[drill.kind].journal if drill.kind in sites.running else None
        plain = builds.plain(call, met=journal if drill.plain == HANGS else None)
        if journal is not None:
            hit = [entry for entry in journal if entry.fault != "ok"]
            assert hit, f"INVALID: the fault was not met\n{plain.result!r}\n{journal.table()}"
        assert plain.did == drill.plain, f"INVALID: wanted that it {drill.plain}\n{plain.result!r}"
        ours = builds.by_kit(call, **LIMITS, **second_sources(sites, healthy))
    if drill.survives:
        assert ours.result.rc == 0, repr(ours.result)
    else:
        code, classes = drill.ends
        assert ours.classes[0] in classes, repr(ours.result)
        assert ours.result.rc == code, repr(ours.result)
    kit = f"builds after {ours.classes[0]}" if ours.classes[0] else "builds"
    if not drill.survives:
        kit = f"ends with {ours.result.rc}, {ours.classes[-1]}"
    keep_outcome(Outcome(drill.plain, kit, plain.result.seconds, ours.result.seconds))


def test_every_row_of_the_tables_is_read():
    """An exception that no drill needs any more would hide a failure that comes back."""
    every = drills(TABLE)
    ends = {next(row for row in drill.rows if row in ENDS_ELSEWHERE) for drill in every if drill.ends_elsewhere}
    assert ENDS_ELSEWHERE.keys() - ends == set()
    assert LEFT.keys() - {row for drill in every for row in drill.rows} == set()
    assert WITHOUT.keys() - {name for drill in every for name in drill.names} == set()
    assert PLAIN_ELSEWHERE.keys() - {(drill.sample, drill.fault) for drill in every} == set()
