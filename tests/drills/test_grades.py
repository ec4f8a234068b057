"""Grades of a build in a cell, and when a cell proves nothing."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from harness.drills.board.board import SCHEMA, Board, about_cell, cells_of
from harness.drills.board.figures import in_words
from harness.drills.machine.image import Healthy, Image
from harness.drills.plays.cell import Cell, Outage
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.faults import FAULTS, Fault
from harness.drills.plays.grades import grade
from harness.drills.plays.healthy import Controls
from harness.drills.plays.play import Played
from harness.drills.recording.kinds import KINDS, kind_of
from harness.sites.artifacts import sha256
from harness.wire.journal import Entry

HOST = "files.test"
PYPI = next(kind for kind in KINDS if kind.name == "pypi")


def image(folder: Path, text: str, created: str = "now") -> Image:
    """An image with one layer, which has one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        for name in ("same", "other"):
            body = (text if name == "other" else "same").encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            layer.addfile(entry, io.BytesIO(body))
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def store(body: bytes) -> dict[str, str]:
        (blobs / sha256(body).removeprefix("sha256:")).write_bytes(body)
        return {"digest": sha256(body)}

    config = store(json.dumps({"created": created, "config": {}, "rootfs": {}}).encode())
    manifest = store(json.dumps({"config": config, "layers": [store(buffer.getvalue())]}).encode())
    (folder / "index.json").write_text(json.dumps({"manifests": [manifest]}))
    found = Image.read(folder)
    assert found
    return found


@pytest.fixture
def healthy(tmp_path):
    """The image of two equal healthy builds."""
    right = image(tmp_path / "healthy", "right")
    return Healthy.learn([right, right])


def entry(time=0.0, path="/a.whl", path_class="file", fault="503", host=HOST, ending="done"):
    """A request that got a fault."""
    return Entry(time, host, "GET", path, path_class, 1, fault, 503, 0, ending)


def played(code=1, picture=None, output="", journal=(), **more):
    """A build that ended by itself after one try."""
    about = {"decided": "", "cut": False, "hung": False, "tries": 1, "refused": 0}
    return Played(code, picture, 9.0, 0.0, output, journal=tuple(journal), **about | more)


def graded(found, fault="503", name="plain", healthy=None):
    """The grade of a contestant under a fault."""
    return grade(CONTESTANTS[name], found, Cell.of(HOST, fault), healthy)


def test_right_image_survives_and_another_image_is_a_lie(healthy, tmp_path):
    """Exit code 0 with other bytes is worse than a failure: not right, and not truthful."""
    right = graded(played(0, healthy.image), healthy=healthy)
    assert (right.survived, right.right, right.truthful, right.hurt) == (True, True, True, False)
    wrong = graded(played(0, image(tmp_path / "wrong", "wrong")), healthy=healthy)
    assert (wrong.survived, wrong.right, wrong.truthful, wrong.hurt) == (True, False, False, True)
    assert wrong.why[0].startswith("another image: ")


def test_files_that_differ_between_healthy_builds_are_left_out_and_no_others(tmp_path):
    """A build that is not reproducible is compared by what is, and the board says so."""
    first, second = image(tmp_path / "1", "one", "1"), image(tmp_path / "2", "two", "2")
    healthy = Healthy.learn([first, second])
    assert healthy.by == "content, 1 differing files left out"
    assert healthy.differences(image(tmp_path / "3", "three", "3")) == []
    other = replace(image(tmp_path / "4", "four"))
    other.contents["0.0 same"] = "changed"
    assert healthy.differences(other) == ["0.0 same"]


@pytest.mark.parametrize(
    ("name", "code", "output", "truthful"),
    [
        ("plain", 1, f"GET https://{HOST}/a.whl: 503 Service Unavailable", True),
        ("plain", 1, "503 Service Unavailable", False),
        ("plain", 1, f"no such package at {HOST}", False),
        ("kit", 75, f"{HOST} answered 503", True),
        ("kit", 69, f"{HOST} answered 503", False),
    ],
)
def test_last_words_name_host_and_cause_and_the_code_is_right(name, code, output, truthful, healthy):
    """Whoever reads the end of the log knows which host failed and how; a script knows whether to come again."""
    found = graded(played(code, output=output), name=name, healthy=healthy)
    assert (found.survived, found.right, found.truthful) == (False, None, truthful)
    assert bool(found.why) is not truthful


@pytest.mark.parametrize(
    ("times", "path_class", "polite"),
    [((0, 1, 2), "file", True), ((0, 1, 2, 3), "file", False), (range(8), "blob", True), (range(9), "blob", False)],
)
def test_many_requests_in_an_outage_are_impolite(times, path_class, polite, healthy):
    """A source that is down is not asked again and again."""
    journal = [entry(time, path_class=path_class) for time in times]
    assert graded(played(journal=journal), healthy=healthy).polite is polite
    assert graded(played(journal=[replace(one, fault="ok") for one in journal]), healthy=healthy).polite is True


@pytest.mark.parametrize(("again_s", "polite"), [(10, False), (21, True), (0.2, True)])
def test_retry_after_is_kept(again_s, polite, healthy):
    """A source that asked for 20 s gets them; requests that were already on their way do not count."""
    journal = [entry(fault="429"), entry(again_s, fault="429")]
    assert graded(played(journal=journal), "429", healthy=healthy).polite is polite


def test_build_that_was_ended_early_has_no_last_words(healthy):
    """What nobody waited for is not graded; a build that hangs tells nothing, which is a lie."""
    cut = graded(played(-15, decided="the same request had failed", cut=True), healthy=healthy)
    assert (cut.survived, cut.right, cut.polite, cut.truthful) == (False, None, None, None)
    later = [entry(20.01 * number, fault="429") for number in range(4)]
    assert graded(played(-15, journal=later, decided="the same", cut=True), "429", healthy=healthy).polite is None
    often = [entry(number) for number in range(4)]
    assert graded(played(-15, journal=often, decided="the same", cut=True), healthy=healthy).polite is False
    hung = graded(played(-15, decided="no end within 300 s", cut=True, hung=True), healthy=healthy)
    assert hung.truthful is False


def controls(healthy, **classes):
    """Healthy replays of a build that asks these classes of HOST."""
    journal = [entry(path_class=name, fault="ok") for name in classes.get("classes", ("index", "file"))]
    one = played(0, healthy.image, journal=journal)
    return Controls(dict.fromkeys(CONTESTANTS, one), healthy, {HOST: PYPI})


def test_faults_of_packages_need_a_host_with_packages(healthy):
    """A cell that cannot happen is not played, and is counted with its reason."""
    cells, absent = cells_of(controls(healthy, classes=("index",)), FAULTS)
    assert {cell.outages[0].fault.name for cell in cells} == {"refused", "503", "429", "silent", "html"}
    assert {one.fault for one in absent} == {"reset", "stalled", "wrong-bytes"}
    assert all(one.reason for one in absent)


@pytest.mark.parametrize(
    ("plain", "kit", "missing", "doubt"),
    [
        ({}, {}, [], ""),
        ({"journal": ()}, {}, [], "did not happen"),
        ({"code": 0}, {}, [], "did no harm"),
        ({}, {"code": 75}, ["GET https://files.test/new"], "lacks a request of kit: GET https://files.test/new"),
        ({}, {"code": 0}, ["GET https://files.test/new"], ""),
    ],
)
def test_cell_without_its_proofs_is_invalid(healthy, plain, kit, missing, doubt):
    """A fault that did not happen or did no harm proves nothing about anybody."""

    def build(code, about):
        about = {"code": code, "journal": (entry(),), "output": f"{HOST} 503"} | about
        return played(picture=healthy.image if about["code"] == 0 else None, **about)

    found = {"plain": build(1, plain), "kit": build(0, kit)}
    cell = about_cell(Cell.of(HOST, "503"), found, {"plain": [], "kit": missing}, controls(healthy))
    assert [doubt in text for text in cell["invalid"]] == ([True] if doubt else [])
    board = Board(
        "Dockerfile", "x", "digest", ["plain", "kit"], {"plain": {"seconds": 1.0, "requests": 2}}, cells=[cell]
    )
    jsonschema.validate(board.as_json(), json.loads(SCHEMA.read_text()))
    assert board.passed() is (not doubt)
    assert f"{0 if doubt else 1} valid cells" in board.table()


@pytest.mark.parametrize(
    ("names", "schedule", "hit", "doubt"),
    [
        (("plain", "kit"), "503x3 -> ok", True, ""),
        (("plain", "kit"), "503x*", True, "did no harm"),
        (("kit",), "503x*", True, ""),
        (("kit",), "503x*", False, "the kit build made no request that got it"),
    ],
)
def test_outage_that_ends_need_not_hurt_and_the_kit_may_play_alone(healthy, names, schedule, hit, doubt):
    """A client that outlasts a short outage is no proof against it; in a long storm the kit's own requests prove it."""
    cell = Cell("storm-1-0041", (Outage(HOST, Fault("x", "H1", "x", schedule)),), "storm")
    one = played(0, healthy.image, journal=(entry(),) if hit else ())
    found = about_cell(cell, dict.fromkeys(names, one), dict.fromkeys(names, ()), controls(healthy))
    assert [doubt in text for text in found["invalid"]] == ([True] if doubt else [])
    board = Board("Dockerfile", "x", "digest", ["plain", "kit"], {}, cells=[found])
    jsonschema.validate(board.as_json(), json.loads(SCHEMA.read_text()))
    survived = "storm: kit survived 1 of 1 (2.5 to 100.0 %), 0 wrong images, 0 hangs"
    assert (survived in board.table().splitlines()) is (not doubt)


def test_secrets_in_headers_are_not_on_the_board(healthy):
    """A board can be shown around: of the headers that a client sent it has the names."""
    asked = replace(entry(), headers={"user-agent": "pip/25", "authorization": "present"})
    cell = about_cell(Cell.of(HOST, "503"), {"plain": played(journal=[asked])}, {"plain": []}, controls(healthy))
    assert cell["plays"][0]["journal"][0]["headers"] == ["authorization", "user-agent"]
    assert "pip/25" not in json.dumps(cell)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"survived": True, "right": True}, "survived 9s"),
        ({"survived": True, "right": False, "truthful": False}, "WRONG IMAGE 9s !t"),
        ({"survived": False, "exit": 75, "polite": False}, "fails (75) 9s !p"),
        ({"survived": False, "cut": True}, "fails (decided) 9s"),
        ({"survived": False, "cut": True, "hangs": True}, "hangs 9s"),
    ],
)
def test_row_says_how_each_contestant_ended(about, words):
    """The table is read without a legend."""
    play = {"exit": 1, "hangs": False, "cut": False, "polite": True, "truthful": True, "right": None, "seconds": 9.0}
    assert in_words(play | about) == words


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["/v2/", "/v2/library/python/manifests/3"], "registry"),
        (["/golang.org/x/text/@v/v0.3.0.zip"], "go-proxy"),
        (["/simple/six/"], "pypi"),
        (["/packages/ab/six.whl"], "url"),
        (["/debian/dists/trixie/InRelease", "/debian/pool/a.deb"], "apt"),
        (["/team/hello.git/info/refs"], "git"),
        (["/left-pad", "/left-pad/-/left-pad-1.0.0.tgz"], "npm"),
    ],
)
def test_kind_of_a_source_is_seen_in_its_paths(paths, name):
    """The drill knows without configuration what a host is for."""
    assert kind_of(paths).name == name
