"""Every case of the catalogue with its four proofs, in a cell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.catalogue import CASES
from harness.catalogue.fault_ids import KNOWN
from harness.catalogue.schedule import parse
from harness.cells.cell import CellError
from harness.proofs.behaviour import as_property, load
from harness.proofs.clients import CLIENTS
from harness.proofs.clients_page import page
from harness.proofs.proof import MissingClientError, Prover
from harness.sites.samples import SAMPLES, sample_of
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve


@pytest.fixture(scope="module")
def prover(request, tmp_path_factory):
    """Plays cases in cells. The trials of all tests of the run begin at once, a few beside each other."""
    for kind in SAMPLES:
        sample_of(kind)  # once, not in each thread
    alone = request.config.getoption("--measure")
    pool = ThreadPoolExecutor(1 if alone else AT_A_TIME)
    prover = Prover(tmp_path_factory.mktemp("proofs"), pool=pool)
    for item in request.session.items:
        if item.nodeid.partition("[")[0] == f"{request.node.nodeid}::{PROVES}":
            prover.begin(*(item.callspec.params[name] for name in ("case", "client")))
    yield prover
    pool.shutdown(cancel_futures=True)


AT_A_TIME = 6
"""Trials beside each other; most of the time their clients wait."""
PROVES = "test_fault_hurts_the_client_as_described"
PAIRS = [
    pytest.param(case, client, marks=pytest.mark.fault(case.id), id=f"{case.id}-{client}-{case.says.replace(' ', '-')}")
    for case in CASES
    for client in case.expect
]


@pytest.mark.parametrize(("case", "client"), PAIRS)
def test_fault_hurts_the_client_as_described(prover, case, client, record_property):
    """The client of a case ends as the catalogue says: well without the fault, and hurt with it."""
    try:
        record_property("behaviour", as_property(prover.prove(case, client)))
    except (CellError, MissingClientError) as error:
        pytest.skip(f"unsupported: {error}")


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
    """Ten faults, played ten times each, give the same journal each time."""
    for schedule in TEN:
        journals = []
        for _ in range(10):
            rules = (Rule(parse(f"{schedule} x*")),)
            with serve(Upstream("host", sample_of("files").site, sample_of("files").classes, rules)) as lab:
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
def test_ten_plays_of_a_case_give_equal_journals(prover, id_, client):
    """A case with a real client, played ten times, gives the same journal each time."""
    case = next(case for case in CASES if case.id == id_ and client in case.expect)
    journals = [prover.run(case, client, faulty=True).seen for _ in range(10)]
    assert sum(journals[0].values()) > 0 or id_ == "R5"
    assert [journal for journal in journals if journal != journals[0]] == []


def test_each_case_has_a_known_fault_id():
    """Each case belongs to a fault of the list of ids."""
    assert {case.id for case in CASES} <= set(KNOWN)


def test_page_of_clients_matches_the_measurements(repo):
    """docs/clients.md is generated from the recorded behaviour, which has each case and client."""
    told = {(row.client, row.id, row.says): row.ended for row in load()}
    wanted = {
        (client, case.id, case.says): end
        for case in CASES
        for client, end in (*case.expect.items(), *case.builders.items())
    }
    assert told == wanted, "measure anew: ./tests/run faults --all -- --measure"
    assert (repo / "docs/clients.md").read_text() == page(), "make it anew: ./tests/run faults --all -- --measure"
