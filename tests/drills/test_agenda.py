"""What a drill plays: scenarios aimed at the hosts of a build, days and storms drawn from a seed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from harness.drills.agenda import BESIDE, names_for
from harness.drills.board.odds import at_most, in_a_line, interval, storm_of
from harness.drills.campaign import commands_of, keep_cell, kept_cells
from harness.drills.plays.cell import Cell, Outage
from harness.drills.plays.contestants import CONTESTANTS, from_command
from harness.drills.plays.days import DAYS, ENDING, UNNOTICED, candidates, day, gale
from harness.drills.plays.faults import FAULTS, Fault
from harness.drills.plays.scenarios import KINDS as UPSTREAMS
from harness.drills.plays.scenarios import NOT_DRILLED, Build, cell_of, scenario_of, scenarios
from harness.drills.recording.kinds import KINDS, first_of, second_of
from harness.lab.topology import KINDS as LAB
from harness.lab.topology import Lab, ScenarioError, load
from harness.wire.journal import Entry

KIND = {kind.name: kind for kind in KINDS}
REPOSITORY = Path(__file__).resolve().parents[2]
HOSTS = {"hub.test": "registry", "index.test": "pypi", "files.test": "url", "deb.test": "apt", "get.test": "url"}
PATHS = (
    ("hub.test", "HEAD", "/v2/a/manifests/1", "manifest", 1), ("hub.test", "GET", "/v2/a/manifests/1", "manifest", 1),
    ("hub.test", "GET", "/v2/a/manifests/2", "manifest", 2), ("hub.test", "GET", "/v2/a/manifests/3", "manifest", 3),
    ("hub.test", "GET", "/v2/a/blobs/sha256:0", "blob", 1), ("index.test", "GET", "/simple/a/", "index", 1),
    ("files.test", "GET", "/a.whl", "file", 1), ("deb.test", "GET", "/dists/x/InRelease", "release", 1),
    ("deb.test", "GET", "/dists/x/by-hash/0", "packages", 1), ("deb.test", "GET", "/pool/a.deb", "deb", 1),
    ("get.test", "GET", "/tool", "file", 1),
)  # fmt: skip


@pytest.fixture
def build():
    """A build with a registry, an index with files elsewhere, apt, and a download."""
    journal = [Entry(0, host, method, path, name, n, "ok", 200, 0, "done") for host, method, path, name, n in PATHS]
    return Build({host: KIND[name] for host, name in HOSTS.items()}, journal, frozenset({"files.test"}))


def hits(cell):
    """Host, schedule and classes of each outage of a cell."""
    return [(outage.host, outage.fault.schedule, outage.fault.hits) for outage in cell.outages]


def played(name, build):
    """The cell of a scenario that ships."""
    cell, _ = cell_of(scenario_of(scenarios()[name]), build)
    assert cell
    return cell


def test_incident_hits_the_hosts_of_its_kind(build):
    """A named incident plays with the hosts of the build; files of an index are where the index leads."""
    assert hits(played("registry-half-replicated", build)) == [("hub.test", "404(body=json) x6 -> ok", "payload")]
    edge = played("pypi-edge-cut", build)
    assert hits(edge) == [
        ("files.test", "fin@700x2", "payload"), ("index.test", "503 -> delay(s=0.5)x*", "index")
    ]  # fmt: skip
    assert (edge.id, edge.group, edge.says) == ("scenario-pypi-edge-cut", "scenario", "PyPI edge cut")
    assert [host for host, *_ in hits(played("apt-half-synced", build))] == ["deb.test", "deb.test"]


def test_incident_that_cannot_hit_the_build_has_a_reason(build):
    """What is not played is counted with its reason."""
    reasons = {name: cell_of(scenario_of(file), build)[1] for name, file in scenarios().items()}
    assert reasons["go-proxy-resets"] == "this build has no source of the kind go-proxy"
    assert reasons["actions-cache-azure-busy"] == NOT_DRILLED["cache"]
    assert reasons["hub-429-day"] == "", "it makes three requests of manifests, the third gets 429"
    short = replace(build, journal=[entry for entry in build.journal if entry.n < 3])
    assert cell_of(scenario_of(scenarios()["hub-429-day"]), short)[1] == "a healthy build ends before the fault begins"


def test_every_upstream_of_the_lab_is_a_kind_of_a_drill_or_has_a_reason():
    """A scenario for the lab is one for a drill."""
    assert set(UPSTREAMS) | set(NOT_DRILLED) == set(LAB)
    assert {KIND[name].name for name in UPSTREAMS.values()} == set(KIND)
    for file in scenarios().values():
        assert scenario_of(file).title


def test_scenario_of_one_host_is_for_drills_alone(build, tmp_path):
    """A saved scenario names hosts and may refuse connections; the lab, which has no hosts, says so."""
    file = tmp_path / "one day.toml"
    row = '[[fault]]\nupstream = "registry"\nschedule = "refused"\nhost = "hub.test.second.drill.test"\n'
    file.write_text(f'title = "One day"\n{row}')
    scenario = scenario_of(file)
    cell, _ = cell_of(scenario, build)
    assert cell
    assert (cell.id, hits(cell)) == ("scenario-one-day", [("hub.test.second.drill.test", "refused", ".*")])
    assert cell.refused == {"hub.test.second.drill.test"}
    with pytest.raises(ScenarioError, match=r"fault-drill\.sh plays alone"):
        Lab().check(load(file), file.name)
    file.write_text(row.replace("hub.test", "other.test"))
    assert cell_of(scenario_of(file), build) == (None, "this build does not ask other.test.second.drill.test")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('upstream = "mars"\nschedule = "503"', "saw 'mars'"),
        ('upstream = "go"\nschedule = "new x*"', "schedule: wanted"),
        ('upstream = "go"\nschedule = "503"\nclass = "deb"', "wanted a path class of"),
        ('upstream = "go"\nschedule = "503"\nid = "X9"', "saw 'X9'"),
        ('upstream = "go"\nschedule = 503', "wanted a text as schedule of a fault, saw 503"),
        ('upstream = "go"\nschedule = "503"\ncommand = "sh"', "perhaps class, id and host"),
    ],
)
def test_wrong_scenario_is_refused(tmp_path, row, says):
    """A file of somebody else holds data, and what is wrong with it is said."""
    (file := tmp_path / "a.toml").write_text(f"[[fault]]\n{row}\n")
    with pytest.raises(ScenarioError) as refused:
        scenario_of(file)
    assert says in str(refused.value)


def test_each_host_keeps_a_source_on_every_day_and_in_every_storm(build):
    """One source of each kind lives at any time, so that a build may survive; yet each day hurts."""
    cells = [day(str(seed), number, build) for seed in range(50) for number in range(1, DAYS + 1)]
    cells += [gale("1", number, build) for number in range(1, 201)]
    for cell in cells:
        hosts = [outage.host for outage in cell.outages]
        assert len({first_of(host) for host in hosts}) == len(hosts), "one outage a host"
        assert set(hosts) & set(build.hosts), "a first source fails"
        for outage in cell.outages:
            assert outage.fault in candidates(first_of(outage.host), build)
        assert Cell.from_json(cell.as_json()) == cell
    drawn = [outage for cell in cells for outage in cell.outages]
    assert {outage.fault.name for outage in drawn} == {*FAULTS, *(fault.name for fault in ENDING)}
    seconds = [outage for outage in drawn if outage.host == second_of(first_of(outage.host))]
    assert 0.1 < len(seconds) / len(drawn) < 0.5
    assert max(len(cell.outages) for cell in cells) >= 3


def test_bytes_that_nobody_checks_are_not_changed(build):
    """A download without a checksum cannot be told from a wrong one: such a fault is no test of anybody."""
    names = {fault.name for fault in candidates("get.test", build)}
    assert not names & UNNOTICED
    assert "503" in names
    assert {fault.name for fault in candidates("files.test", build)} >= UNNOTICED
    assert {fault.name for fault in candidates("get.test", replace(build, checks=True))} >= UNNOTICED


def test_draws_depend_on_the_seed_and_the_host_alone(build):
    """The same seed gives the same days, whatever the order of hosts, the process, or a further host."""
    assert [day("1", 1, build), gale("1", 1, build)] != [day("2", 1, build), gale("2", 1, build)]
    turned = replace(
        build, kinds=dict(reversed(list(build.kinds.items()))), journal=list(reversed(build.journal))
    )  # fmt: skip
    assert [day("1", n, build) for n in (1, 2, 3, 4)] == [day("1", n, turned) for n in (1, 2, 3, 4)]
    fewer = replace(build, journal=[entry for entry in build.journal if entry.host != "get.test"])
    for number in range(1, 9):
        whole = [outage for outage in day("1", number, build).outages if first_of(outage.host) != "get.test"]
        if any(outage.host in fewer.hosts for outage in whole):
            assert list(day("1", number, fewer).outages) == whole
    text = (
        "from test_agenda import *\nfrom harness.drills.plays.days import gale\n"
        "entries = [Entry(0, h, m, p, c, n, 'ok', 200, 0, 'done') for h, m, p, c, n in PATHS]\n"
        "made = Build({h: KIND[k] for h, k in HOSTS.items()}, entries, frozenset({'files.test'}))\n"
        "print([gale('1', n, made).says for n in range(1, 30)])"
    )
    paths = f"{REPOSITORY}/tests:{REPOSITORY}/tests/drills"
    outs = {
        subprocess.check_output(
            [sys.executable, "-c", text], env=os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    }
    assert outs == {f"{[gale('1', n, build).says for n in range(1, 30)]}\n".encode()}


@pytest.mark.parametrize(
    ("name", "schedule", "hits", "fatal"),
    [
        ("plain", "503x*", ".*", True),
        ("plain", "refused", ".*", True),
        ("plain", "503x3 -> ok", ".*", False),
        ("plain", "ok x2 -> 429x*", ".*", False),
        ("plain", "503%30 x*", ".*", False),
        ("plain", "delay(s=1)x*", ".*", False),
        ("plain", "404x*", "referrers", False),
        ("mirrors", "503x*", ".*", False),
        ("strategies", "503x*", ".*", True),
        ("strategies", "404x*", ".*", False),
    ],
)
def test_contestant_is_cut_only_where_its_end_is_certain(name, schedule, hits, fatal):
    """A build that may still get through is waited for; a comma list of Go proxies goes on after 404."""
    fault = Fault("a", "H1", "a", schedule, hits)
    assert Cell("a", (Outage("hub.test", fault),)).fatal(CONTESTANTS[name]) is fatal
    assert Cell("a", (Outage("hub.test.second.drill.test", fault),)).fatal(CONTESTANTS[name]) is False


def test_usual_loop_is_played_faithfully():
    """Four strategies of three tries, a prune before each but the first, 10 s and 20 s between tries."""
    tries = CONTESTANTS["strategies"].tries
    assert [one.wait_s for one in tries] == [0, 10, 20] * 4
    assert [one.prunes for one in tries] == [False] + [True] * 11
    assert [one.words[-1] for one in tries[::3]] == [
        "--cache-to=type=gha,mode=max", "--cache-from=type=gha", "--cache-to=type=local,dest={folder}/cache,mode=max",
        "--no-cache",
    ]  # fmt: skip


def test_long_storm_is_played_by_the_kit_alone(build):
    """The others play the first builds beside it, which suffices for their figures."""
    names = ["plain", "retry3", "kit"]
    assert names_for(gale("1", BESIDE, build), names) == names
    assert names_for(gale("1", BESIDE + 1, build), names) == ["kit"]
    assert names_for(day("1", 1, build), names) == names


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 10, 0, 1 - 0.025 ** (1 / 10)),
        (10, 10, 0.025 ** (1 / 10), 1),
        (999, 1000, 0.99444, 0.999975),
        (1000, 1000, 0.025 ** (1 / 1000), 1),
        (5, 10, 0.187086, 0.812914),
        (0, 0, 0, 1),
    ],
)
def test_interval_is_exact(count, of, low, high):
    """The figures of Clopper and Pearson, by closed forms and by published tables."""
    assert interval(count, of) == pytest.approx((low, high), abs=1e-5)


def test_binomial_probabilities_add_up():
    """The sum of all is 1, also where binomial coefficients are larger than a float."""
    assert at_most(5000, 5000, 0.3) == 1
    assert at_most(1499, 5000, 0.3) == pytest.approx(0.5, abs=0.02)
    assert at_most(0, 2, 0.5) == pytest.approx(0.25)


def test_storm_is_counted_with_its_interval():
    """Wrong images are no survivors; INVALID builds are not counted."""

    def cell(right=True, invalid=(), group="storm", hangs=False):
        play = {"contestant": "kit", "survived": not hangs, "right": None if hangs else right, "hangs": hangs}
        return {"group": group, "invalid": list(invalid), "plays": [play]}

    cells = [cell(), cell(), cell(right=False), cell(hangs=True), cell(invalid=["x"]), cell(group="day")]
    found = storm_of(cells)
    assert found["kit"] == {"builds": 4, "survived": 2, "low": 6.76, "high": 93.24, "wrong": 1, "hangs": 1}
    assert in_a_line("kit", found["kit"]).endswith("2 of 4 (6.76 to 93.24 %), 1 wrong images, 1 hangs")


def test_cells_of_another_command_are_played_again(tmp_path):
    """`--resume` keeps what the same contestants have played; the file has no command, which may hold a secret."""
    (tmp_path / "cells").mkdir()
    one, other = (commands_of([from_command(f"mine=env TOKEN={word} sh")]) for word in ("a", "b"))
    keep_cell(tmp_path, "r", one, {"id": "x"})
    assert kept_cells(tmp_path, "r", one) == {"x": {"id": "x"}}
    assert not kept_cells(tmp_path, "r", other)
    assert not kept_cells(tmp_path, "r", commands_of(CONTESTANTS.values()))
    assert not kept_cells(tmp_path, "other", one)
    assert "TOKEN" not in (tmp_path / "cells/x.json").read_text()
