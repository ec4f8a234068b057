"""Every case of the catalogue with its four proofs: it happened, the control passes, the naive client fails, the bytes.

A control that fails or a naive client that does what is right makes the case INVALID: the fault was not real.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import go_site, pypi_site
from harness.catalogue import CASES, Case, page
from harness.clients import BODY, CLIENTS, MODULE, PATHS, RELEASE, outcome
from harness.file_site import files
from harness.schedule import parse
from harness.server import Running, serve
from harness.site import Rule, Upstream
from harness.tls import Authority

SITES = {
    "files": (files({PATHS["files"]: BODY}), (("file", "."),)),
    "go": (go_site.goproxy([MODULE]), go_site.CLASSES),
    "pypi": (pypi_site.pypi([RELEASE]), pypi_site.CLASSES),
}

FILE = {"files": "file", "go": "zip", "pypi": "file"}
"""The path class of the file that a client is after."""


@pytest.fixture
def attempt(tmp_path):
    """Runs one client once against a new upstream; gives the outcome, the result and the journal."""

    def call(case: Case, client: str, upstream: str, *, faulty: bool):
        site, classes = SITES[upstream]
        rules = (Rule(parse(case.schedule), path_class=case.path_class or FILE[upstream]),) if faulty else ()
        authority = Authority()
        kind = case.certificate if faulty else "good"
        tls = authority.context(kind) if case.certificate else None
        home = Path(tmp_path, f"{client}-{faulty}")
        home.mkdir()
        with serve(Upstream("host", site, classes, rules), tls=tls) as lab:
            result, got = CLIENTS[client].start(home, lab, PATHS[upstream], authority.write(home))
        ended = outcome(result, got, PATHS[upstream], vouched=not (faulty and case.certificate))
        return ended, result, lab

    return call


def hits(case: Case, lab: Running, upstream: str) -> list:
    """The requests that the fault was for, in order."""
    wanted = case.path_class or FILE[upstream]
    return sorted((entry for entry in lab.journal if entry.path_class == wanted), key=lambda entry: entry.n)


PAIRS = [(case, client) for case in CASES for client in case.expect]


@pytest.mark.parametrize(("case", "client"), PAIRS, ids=[f"{c.id}-{n}-{c.says.replace(' ', '-')}" for c, n in PAIRS])
def test_fault(attempt, case, client):
    upstream = CLIENTS[client].upstream
    control, result, lab = attempt(case, client, upstream, faulty=False)
    assert control == "whole", f"INVALID: the control is {control}\n{result!r}\n{lab.journal.table()}"

    # The naive client fetches one file, so the fault is aimed at that file for it.
    plain = Case(**{**vars(case), "path_class": ".*"})
    naive, result, lab = attempt(plain, case.naive, upstream, faulty=True)
    assert naive != case.right, f"INVALID: the naive client is {naive} too\n{result!r}\n{lab.journal.table()}"

    ended, result, lab = attempt(case, client, upstream, faulty=True)
    assert ended == case.expect[client], f"{ended}\n{result!r}\n{lab.journal.table()}"
    if case.certificate:
        assert len(lab.journal) == 0
        return
    assert hits(case, lab, upstream)[0].fault == parse(case.schedule).steps[0].text, lab.journal.table()
    if client in case.requests:
        assert len(hits(case, lab, upstream)) == case.requests[client], lab.journal.table()


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
            with serve(Upstream("host", *SITES["files"], rules)) as lab:
                for _ in range(3):
                    CLIENTS["curl-naive"].start(tmp_path, lab, PATHS["files"], tmp_path / "none")
            journals.append(lab.journal.multiset())
        assert len(journals[0]) > 0
        assert [journal for journal in journals if journal != journals[0]] == [], schedule


def test_guide_tells_how_many_faults_have_cases(repo):
    count = len({case.id for case in CASES})
    assert (
        f"Of the 115 faults that we know by id, {count} have cases so far." in (repo / "docs/fault-lab.md").read_text()
    )


def test_page_of_clients_is_made_from_the_rows(repo):
    assert (repo / "docs/clients.md").read_text() == page(), (
        "make it anew: python -m harness.catalogue > ../docs/clients.md"
    )
