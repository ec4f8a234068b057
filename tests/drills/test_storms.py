"""Storms and days on the storm's own build: one upstream of each kind, without a network but for its base image."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from harness.drills.board.board import SCHEMA
from harness.drills.recording.storm import MODULE, PROJECT, storm_session
from harness.machine.run import run
from harness.sites.samples import BODY, NODE, RELEASE, sha256
from harness.sites.sumdb_site import sums_of

REPOSITORY = Path(__file__).resolve().parents[2]
KINDS = {"registry", "go-proxy", "pypi", "npm", "apt", "git", "url"}


@pytest.fixture
def drill(engine, state, tmp_path):
    """Calls fault-drill.sh; returns its result and its board."""

    def call(*words, report="report", code=0):
        env = engine.env | {"SEAWALL_STATE": str(state), "SEAWALL_CONF": "/dev/null"}
        folder = tmp_path / report
        ended = run([REPOSITORY / "scripts/fault-drill.sh", *words, "--report", folder], env=env, timeout=1500)
        assert ended.rc == code, repr(ended)
        board = json.loads((folder / "board.json").read_text())
        jsonschema.validate(board, json.loads(SCHEMA.read_text()))
        return ended, board

    return call


def plays(board, name):
    """What a contestant did, by cell."""
    return {cell["id"]: play for cell in board["cells"] for play in cell["plays"] if play["contestant"] == name}


def test_files_of_the_storm_are_those_of_the_lab():
    """Sums and versions in the storm's files are those of what its upstreams serve."""
    assert (PROJECT / "requirements.txt").read_text() == f"{RELEASE.name}==1.0.0 --hash=sha256:{RELEASE.sha256}\n"
    assert (PROJECT / "go.sum").read_text() == sums_of(MODULE)
    assert f"{MODULE.path} {MODULE.version}" in (PROJECT / "go.mod").read_text()
    at = MODULE.zip.index(MODULE.mod.encode())
    assert at <= 100 < at + len(MODULE.mod), "a bit that `wrong-bytes` changes is in what go.sum covers"
    lock = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    assert lock[f"node_modules/{NODE.name}"]["integrity"] == NODE.integrity
    assert len(NODE.tarball) > 100, "`cut` and `wrong-bytes` are at byte 100"
    assert sha256(BODY).removeprefix("sha256:") in (PROJECT / "Dockerfile").read_text()


def test_hosts_of_the_storm_answer_without_a_network():
    """The recording is made from the lab; another host is not there."""
    session = storm_session()
    assert session.get("https://downloads.storm.test/64k").content == BODY
    assert session.get("https://pypi.storm.test/simple/hello-seawall/").status_code == 200
    assert session.get("https://go.storm.test/nothing/@v/list").status_code == 404
    with pytest.raises(OSError, match=r"other\.test"):
        session.get("https://other.test/")


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_kit_survives_a_storm_which_goes_on_where_it_ended(drill):
    """Plain builds end in an outage, the kit's survive with the right image; a larger storm plays the rest alone."""
    _, board = drill("--storm", "6", "--against", "plain")
    assert {cell["group"] for cell in board["cells"]} == {"storm"}
    assert board["storm"]["kit"]["builds"] == board["storm"]["kit"]["survived"] == 6
    assert (board["storm"]["kit"]["wrong"], board["storm"]["kit"]["hangs"]) == (0, 0)
    assert board["storm"]["plain"]["survived"] < 6
    first = {play["seconds"] for play in plays(board, "kit").values()}
    ended, more = drill("--storm", "7", "--against", "plain", "--resume")
    assert "6 cells were played before" in ended.err
    assert first <= {play["seconds"] for play in plays(more, "kit").values()}
    assert f"storm: kit survived 7 of 7 ({more['storm']['kit']['low']} to 100.0 %)" in ended.out


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_each_kind_of_upstream_fails_and_what_ends_the_plain_build_is_found(drill, tmp_path):
    """A fault hits each kind of source; of a day's outages the smallest that ends the plain build is saved."""
    _, board = drill("-f", str(PROJECT / "Dockerfile"), "--fault", "503", "--against", "plain")
    assert {cell["kind"] for cell in board["cells"]} == KINDS
    assert not any(play["survived"] for play in plays(board, "plain").values())
    ended, days = drill(
        "-f", str(PROJECT / "Dockerfile"), "--seed", "1", "--against", "plain", "--shrink=plain", report="days"
    )
    assert len(days["cells"]) == 4
    assert all(len(cell["data"]["outages"]) > 1 for cell in days["cells"])
    files = sorted((tmp_path / "days/shrunk").glob("*.toml"))
    assert files
    assert ended.err.count("--scenario") == len(files)
    _, again = drill("-f", str(PROJECT / "Dockerfile"), "--scenario", str(files[0]), "--against", "plain", report="one")
    (cell,) = again["cells"]
    assert len(cell["data"]["outages"]) == 1, "one outage suffices for the plain build"
    assert not plays(again, "plain")[cell["id"]]["survived"]
