"""Every case of the catalogue with its four proofs: it happened, the control passes, the naive client fails, the bytes.

A control that fails or a naive client that does what is right makes the case INVALID: the fault was not real.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from harness.behaviour import Behaviour, as_property, load, measured
from harness.catalogue import CASES
from harness.catalogue.case import Case
from harness.catalogue.known import KNOWN, UNSUPPORTED
from harness.catalogue.page import page
from harness.cell import CellError
from harness.clients import CLIENTS, outcome
from harness.schedule import parse
from harness.server import serve
from harness.sets import set_of
from harness.site import Rule, Upstream
from harness.stage import staged
from harness.tls import Authority


@dataclass(frozen=True)
class Play:
    """How one client fared: its outcome, whether the fault was there, how often it asked, and a report for people."""

    ended: str
    happened: bool
    requests: int
    report: str
    behaviour: Behaviour
    seen: Counter[tuple[object, ...]]


@pytest.fixture
def play(tmp_path):
    """Plays a case once with one client."""

    def call(case: Case, client: str, *, faulty: bool) -> Play:
        kind = set_of(CLIENTS[client].upstream)
        path_class = case.path_class or kind.path_class
        authority = Authority()
        home = Path(tempfile.mkdtemp(dir=tmp_path))
        try:
            with staged(case, CLIENTS[client].upstream, authority, tmp_path, faulty=faulty) as stage:
                result, got = CLIENTS[client].start(home, stage.lab, authority.write(home))
        except CellError as error:
            pytest.skip(f"unsupported: {error}")
        ended = outcome(
            result, got, kind.body, vouched=not faulty or (case.vouched and case.certificate in ("", "good"))
        )
        report = f"{client} is {ended}\n{result!r}\n{stage.names.table()}\n{stage.lab.journal.table()}"
        hits = stage.hits(path_class)
        seen = measured(client, case.id, case.says, ended, result, hits)
        journals = stage.lab.journal.multiset() + stage.names.multiset()
        return Play(ended, stage.happened(case, path_class), len(hits), report, seen, journals)

    return call


PAIRS = [
    pytest.param(case, client, marks=pytest.mark.fault(case.id), id=f"{case.id}-{client}-{case.says.replace(' ', '-')}")
    for case in CASES
    for client in case.expect
]


@pytest.mark.parametrize(("case", "client"), PAIRS)
def test_fault(play, case, client, record_property):
    control = play(case, client, faulty=False)
    assert control.ended == "whole", f"INVALID: the control fails\n{control.report}"

    # A naive client of another kind fetches one file, so the fault is aimed at that file for it.
    kin = CLIENTS[case.naive].upstream == CLIENTS[client].upstream
    naive = play(case if kin else replace(case, path_class=".*"), case.naive, faulty=True)
    assert naive.ended != case.right, f"INVALID: the naive client does what is right\n{naive.report}"

    seen = play(case, client, faulty=True)
    assert seen.ended == case.expect[client], seen.report
    met = naive if case.spares else seen
    assert met.happened, f"INVALID: the fault was not there\n{met.report}"
    assert re.search(case.last_words, seen.report), seen.report
    if client in case.requests:
        assert seen.requests == case.requests[client], seen.report
    record_property("behaviour", as_property(seen.behaviour))


TEN = (
    "rst",
    "rst@4096",
    "fin@4096",
    "fin",
    "503%50",
    "429(retry-after=1)",
    "html",
    "redirect",
    "length(by=7)",
    "flip@9",
)


def test_ten_runs_of_ten_faults_give_equal_journals(tmp_path):
    for schedule in TEN:
        journals = []
        for _ in range(10):
            rules = (Rule(parse(f"{schedule} x*")),)
            with serve(Upstream("host", set_of("files").site, set_of("files").classes, rules)) as lab:
                for _ in range(3):
                    CLIENTS["curl-naive"].start(tmp_path, lab, tmp_path / "none")
            journals.append(lab.journal.multiset())
        assert len(journals[0]) > 0
        assert [journal for journal in journals if journal != journals[0]] == [], schedule


PLAYED = {
    "D1": "curl-mirror", "D10": "curl", "T3": "go", "T4": "curl", "H1": "curl", "H14": "pip", "P2": "skopeo",
    "P20": "apt-get", "P28": "npm", "P31": "git", "C2": "apt-get", "R5": "curl",
}  # fmt: skip
"""Faults of different groups, each with one of its clients."""


@pytest.mark.long
@pytest.mark.parametrize(("id_", "client"), PLAYED.items(), ids=PLAYED)
def test_ten_plays_of_a_case_give_equal_journals(play, id_, client):
    case = next(case for case in CASES if case.id == id_ and client in case.expect)
    journals = [play(case, client, faulty=True).seen for _ in range(10)]
    assert sum(journals[0].values()) > 0 or id_ == "R5"
    assert [journal for journal in journals if journal != journals[0]] == []


@pytest.mark.parametrize("id_", [pytest.param(id_, marks=pytest.mark.fault(id_)) for id_ in UNSUPPORTED])
def test_fault_that_cannot_be_made_is_told_with_its_reason(id_):
    pytest.skip(f"unsupported: {UNSUPPORTED[id_]}")


def test_what_has_a_case_is_known_and_can_be_made():
    assert {case.id for case in CASES} | set(UNSUPPORTED) <= set(KNOWN)
    assert not {case.id for case in CASES} & set(UNSUPPORTED)


def test_page_of_clients_is_made_from_what_was_measured(repo):
    told = {(row.client, row.id, row.says): row.ended for row in load()}
    wanted = {(client, case.id, case.says): end for case in CASES for client, end in case.expect.items()}
    assert told == wanted, "measure anew: ./tests/run faults -- --measure"
    assert (repo / "docs/clients.md").read_text() == page(), "make it anew: cd tests && python -m harness.catalogue"
