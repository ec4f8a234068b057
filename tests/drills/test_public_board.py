"""Boards that are committed: no host names, no words of builds, and the README says what the data says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from harness.drills import own
from harness.drills.board.board import SCHEMA
from harness.drills.board.page.page import page
from harness.drills.board.public import BoardsError, claim, data_of, names_of_hosts, public_board, public_page
from harness.drills.board.public import without_hosts as without
from harness.drills.options import read_options
from harness.drills.own import CLAIM, MADE_BY, SMALL, WHOLE, arguments, builds, write_pages

from .sample_board import HOSTILE, sample_board

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
ADDRESS = re.compile(r"\b[a-z0-9-]+\.(?:cloud|com|dev|io|net|org|test)\b")


@pytest.fixture(scope="module")
def public():
    """The public board of two builds."""
    one, other = sample_board(), sample_board(kit={"code": 75, "image": None})
    return public_board({"app": one.as_json(), "other": other.as_json()})


def test_hosts_are_named_by_their_kind(public):
    """A reader sees what failed; the addresses of the public hosts stand nowhere."""
    titles = [cell["title"] for cell in public["cells"][::2]]
    assert titles[:3] == ["app: default registry, 503", "app: default Go proxy, 503", "app: default Python index, 503"]
    assert {outage["host"] for cell in public["cells"] for outage in cell["data"]["outages"]} == {
        "default registry", "default Go proxy", "default Python index"
    }  # fmt: skip
    why = public["cells"][-1]["plays"][-1]["why"]
    assert why == ["wanted last words that name the cause: connections are refused"]
    for text in (data_of(public), public_page(public), page(public, MADE_BY).partition("</style>")[2]):
        assert not ADDRESS.search(text.partition("/*!")[0])


def test_texts_lose_addresses_wherever_they_stand():
    """A reason names a host as tools do: as a registry of an image, with a second source, or one that never failed."""
    board = sample_board().as_json()
    for cell, host in zip(board["cells"], ["registry-1.docker.io", "ghcr.io"] * 3, strict=True):
        cell |= {"host": host, "kind": "registry"}
        cell["data"]["outages"][0]["host"] = host
    names = names_of_hosts([board])
    assert names == {"registry-1.docker.io": "default registry", "ghcr.io": "default registry 2",
                     "registry.test": "default host"}  # fmt: skip
    assert without("GET https://ghcr.io/v2/: docker.io/library/x, auth.example.com, a.whl", names) == (
        "GET https://default registry 2/v2/: default registry/library/x, default host, a.whl"
    )
    assert without("saw 4 of GET /rsc.io/quote/@v/v1.mod", names) == "saw 4 of GET /rsc.io/quote/@v/v1.mod"
    assert without("ghcr.io.second.drill.test", names) == "second default registry 2"


def test_words_and_requests_of_builds_are_not_on_a_public_board(public):
    """What tools print and ask has addresses and whatever else; the grades and reasons stay."""
    jsonschema.validate(public, json.loads(SCHEMA.read_text()))
    assert HOSTILE not in data_of(public)
    assert all(not play[name] for cell in public["cells"] for play in cell["plays"] for name in ("journal", "events"))
    assert re.fullmatch(r"\w+ \w+", public["machine"]["system"])
    assert public["totals"]["kit"]["survived"] == {"count": 6, "of": 12}
    assert len({cell["id"] for cell in public["cells"]}) == 12


def test_boards_of_two_machines_are_not_one_board():
    """Figures of two machines are never added up."""
    one, other = sample_board().as_json(), sample_board().as_json()
    other["machine"] = {"system": "other", "cores": 1}
    with pytest.raises(BoardsError, match="saw one of other, 1 cores"):
        public_board({"app": one, "other": other})


def test_claim_has_each_contestant_with_its_denominator_and_the_day(public):
    """The line of the README can be checked against the table."""
    assert claim(public) == (
        "Of 12 outages in 2 builds (2026-11-29), the contestants survived: `plain` 0 of 12, `retry3` 0 of 12, "
        "`mirrors` 4 of 12, `kit` 6 of 12. The images of the kit were the right ones in 6 of 6, and it told "
        "the truth in 9 of 12."
    )


def test_pages_are_written_from_the_data_alone(public, tmp_path):
    """A change of the page does not need hours of drills: the board is written anew from its data."""
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- board -->\nold\n<!-- /board -->\nafter\n")
    write_pages(public, tmp_path, readme)
    assert readme.read_text() == f"before\n<!-- board -->\n{claim(public)}\n<!-- /board -->\nafter\n"
    assert json.loads((tmp_path / "board.json").read_text()) == public
    assert claim(public) in (tmp_path / "board.md").read_text()


def test_readme_board_and_data_say_the_same():
    """What the README claims is what the drills of this repository gave."""
    board = json.loads((DOCS / "board.json").read_text())
    jsonschema.validate(board, json.loads(SCHEMA.read_text()))
    found = CLAIM.search((REPOSITORY / "README.md").read_text())
    write = "PYTHONPATH=tests python -m harness.drills.own --write"
    assert found
    assert found[0] == claim(board), write
    assert (DOCS / "board.md").read_text() == public_page(board), write
    assert (DOCS / "board.html").read_text() == page(board, MADE_BY), write
    assert board["valid"] == len(board["cells"]) > 0


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose fault-drill.sh is fake: it has played already, and ends with the code in the file `code`."""
    for name in ("docs", "scripts", "report/drills"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "README.md").write_text("<!-- board -->\n\n<!-- /board -->\n")
    (tmp_path / "seawall.conf").write_text("SEAWALL_BASE_FALLBACKS=golang:1=base:go-builder\n")
    fake = tmp_path / "scripts/fault-drill.sh"
    fake.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>{tmp_path}/calls\nexit $(cat {tmp_path}/code)\n")
    fake.chmod(0o755)
    (tmp_path / "code").write_text("0")
    monkeypatch.setattr(own, "REPOSITORY", tmp_path)
    monkeypatch.setattr(own, "python_image", lambda folder: folder)
    for build in builds():
        (folder := tmp_path / "report/drills" / build.name).mkdir()
        sample_board().write(folder)
    return tmp_path


def test_small_board_plays_few_builds_and_leaves_the_pages_alone(checkout, capsys):
    """What CI plays changes no file that git tracks."""
    assert own.main([]) == 0
    calls = (checkout / "calls").read_text().splitlines()
    assert len(calls) == sum(build.small for build in builds())
    assert all("--fault refused,503,wrong-bytes --against plain" in call for call in calls)
    assert list((checkout / "docs").iterdir()) == []
    assert "default registry, 503" in (checkout / "report/drills/board.md").read_text()
    assert capsys.readouterr().out.startswith("Of 6 outages in 1 build")


def test_whole_board_plays_all_builds_and_writes_the_pages(checkout):
    """The README, the page and the data come from one call."""
    assert own.main(["--all"]) == 0
    assert len((checkout / "calls").read_text().splitlines()) == len(builds())
    board = json.loads((checkout / "docs/board.json").read_text())
    assert claim(board) in (checkout / "README.md").read_text()
    assert {path.name for path in (checkout / "docs").iterdir()} == {"board.html", "board.json", "board.md"}


@pytest.mark.parametrize(("code", "calls"), [(1, len(builds())), (75, 1)])
def test_exit_code_is_that_of_the_drills(checkout, code, calls):
    """A drill that found something is no end of the board; one that could not be played is."""
    (checkout / "code").write_text(str(code))
    try:
        ended = own.main(["--all"])
    except SystemExit as error:
        ended = error.code
    assert ended == code
    assert len((checkout / "calls").read_text().splitlines()) == calls


def test_calls_of_the_own_board_are_understood(tmp_path, monkeypatch):
    """Each build of the board names a Dockerfile, outages and stand-ins that there are."""
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr("harness.drills.own.python_image", lambda folder: folder)
    monkeypatch.setattr("harness.drills.options.images_of", lambda words: dict.fromkeys(words))
    chosen = builds()
    assert 0 < sum(build.small for build in chosen) < len(chosen)
    for build in chosen:
        for outages in (SMALL, WHOLE):
            options = read_options(["--state", "/nowhere", *arguments(build, outages, tmp_path, tmp_path)])
            dockerfile = options.project.dockerfile.read_text()
            for image in build.images:
                name = image.partition(":")[0]
                assert name in dockerfile or build.service
    assert {build.service for build in chosen if build.service} == {
        line.split("\t")[0] for line in (REPOSITORY / "examples/services/services.tsv").read_text().splitlines()
        if line and line[0] != "#"
    }  # fmt: skip
