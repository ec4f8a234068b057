"""A cell that fails is reduced to the smallest that fails, and saved as a scenario that plays the same."""

from __future__ import annotations

import pytest
from harness.drills.plays.cell import Cell, Outage
from harness.drills.plays.days import ENDING
from harness.drills.plays.faults import FAULTS
from harness.drills.plays.scenarios import Build, cell_of, scenario_of
from harness.drills.plays.shrinking import save, smaller
from harness.drills.recording.kinds import KINDS
from harness.wire.journal import Entry

KIND = {kind.name: kind for kind in KINDS}
HOSTS = {"hub.test": "registry", "go.test": "go-proxy", "deb.test": "apt", "get.test": "url", "git.test": "git"}
DAY = Cell(
    "day-1-1",
    (
        Outage("hub.test", FAULTS["503"]),
        Outage("go.test", FAULTS["refused"]),
        Outage("deb.test", ENDING[0]),
        Outage("get.test.second.drill.test", FAULTS["stalled"]),
        Outage("git.test", ENDING[1]),
    ),
    "day",
)


def count(outage):
    """How many requests get a fault; 9 for one that stays."""
    text = outage.fault.schedule
    return int(text.partition(" x")[2].partition(" ")[0]) if " x" in text and "*" not in text else 9


@pytest.mark.parametrize(
    ("needed", "least"),
    [
        ({"hub.test": 1}, [("hub.test", "503 x1 -> ok")]),
        ({"go.test": 1}, [("go.test", "refused")]),
        ({"deb.test": 2}, [("deb.test", "503 x2 -> ok")]),
        ({"hub.test": 3, "get.test.second.drill.test": 1},
         [("hub.test", "503x*"), ("get.test.second.drill.test", "stall@100 x1 -> ok")]),
    ],
    ids=["one-request", "refused", "two-requests", "two-hosts"],
)  # fmt: skip
def test_smallest_failing_outages_are_found_in_few_builds(needed, least):
    """A day of five outages becomes the one or two that matter; each trial is a build, so there are few."""
    for _ in range(3):
        played = []

        def fails(cell, played=played):
            played.append(cell.outages)
            found = {outage.host: count(outage) for outage in cell.outages}
            return all(found.get(host, 0) >= times for host, times in needed.items())

        found = smaller(DAY, fails, 40)
        assert [(outage.host, outage.fault.schedule) for outage in found.outages] == least
        assert (found.id, found.group) == (DAY.id, DAY.group)
        assert len(played) == len(set(played)) <= 40, "no cell is played twice"


def test_cell_that_cannot_be_reduced_stays():
    """Where each outage is needed, or no build is left to try, the cell is what it was."""
    assert smaller(DAY, lambda _: False, 40) == DAY
    assert smaller(DAY, lambda _: True, 0) == DAY


def test_saved_scenario_plays_the_same(tmp_path):
    """`--scenario FILE` meets the same hosts with the same answers."""
    file = tmp_path / "shrunk/day-1-1.toml"
    kinds = {host: KIND[name] for host, name in HOSTS.items()}
    save(DAY, 'kit fails: "x"', "day-1-1 of a@1", kinds, file)
    scenario = scenario_of(file)
    assert scenario.title == 'kit fails: "x"'
    journal = [Entry(0, host, "GET", "/", "other", 1, "ok", 200, 0, "done") for host in HOSTS]
    cell, _ = cell_of(scenario, Build(kinds, journal))
    assert cell
    assert [(one.host, one.fault.schedule, one.fault.hits, one.fault.id) for one in cell.outages] == [
        (one.host, one.fault.schedule, one.fault.hits, one.fault.id) for one in DAY.outages
    ]
