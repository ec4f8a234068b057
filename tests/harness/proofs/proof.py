"""The four proofs of a case: the fault happened, the control passes, the naive client fails, the outcome is right.

A case is INVALID if its control fails or its naive client has the right outcome: then the fault did no harm.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.catalogue.case import Case
from harness.catalogue.fault_ids import ABSENT
from harness.proofs.behaviour import Behaviour, measured, version
from harness.proofs.clients import CLIENTS, Client, outcome
from harness.proofs.testbed import Testbed, in_cell
from harness.wire.tls import Authority

MakeTestbed = Callable[..., AbstractContextManager[Testbed]]
"""Creates a testbed, as `in_cell` does: in a cell, on loopback, or with the lab in containers."""


class MissingClientError(RuntimeError):
    """A client that this machine lacks and that no requirement can install: what was wanted, and why not."""


@dataclass(frozen=True)
class Trial:
    """The result of one run of a client: outcome, whether the fault happened, number of requests, a report."""

    ended: str
    happened: bool
    requests: int
    report: str
    behaviour: Behaviour
    seen: Counter[tuple[object, ...]]


@dataclass(frozen=True)
class Prover:
    """Runs cases with clients, each in a new folder below `folder`."""

    folder: Path
    make_testbed: MakeTestbed = in_cell
    clients: Mapping[str, Client] = field(default_factory=lambda: CLIENTS)
    pool: Executor | None = None
    """Plays trials beside each other: their clients wait most of the time. Without it a trial is played when needed."""
    begun: dict[tuple[object, ...], Future[Trial]] = field(default_factory=dict)

    def run(self, case: Case, client: str, *, faulty: bool) -> Trial:
        """Runs a case once with one client; without `faulty` nothing is wrong."""
        prover = self.clients[client]
        authority = Authority()
        home = Path(tempfile.mkdtemp(dir=self.folder))
        with self.make_testbed(case, prover.upstream, authority, home, faulty=faulty) as testbed:
            result, got = prover.start(home, testbed.lab, authority.write(home))
        path_class = case.path_class or testbed.content.path_class
        vouched = not faulty or (case.vouched and case.certificate in ("", "good"))
        ended = outcome(result, got, testbed.content.body, vouched=vouched)
        report = f"{client} is {ended}\n{result!r}\n{testbed.names.table()}\n{testbed.lab.journal.table()}"
        hits = testbed.hits(path_class)
        seen = measured(client, prover.version() if prover.version else version(client), case, ended, result, hits)
        journals = testbed.lab.journal.multiset() + testbed.names.multiset()
        return Trial(ended, testbed.happened(case, path_class), len(hits), report, seen, journals)

    def prove(self, case: Case, client: str) -> Behaviour:
        """Checks all four proofs of a case with one of its clients; AssertionError for a missing one.

        Raises MissingClientError if this machine does not have the client.
        """
        if not self.clients[client].is_there:
            raise MissingClientError(ABSENT[self.clients[client].program])
        trials = self.begin(case, client)
        control = trials[0].result()
        assert control.ended == "whole", f"INVALID: the control fails\n{control.report}"

        naive, kin = trials[1].result(), self._are_kin(case, client)
        assert naive.ended != case.right, f"INVALID: the naive client does what is right\n{naive.report}"
        # An insecure client ignores the certificate; a naive client of the same kind may never send the request.
        assert naive.happened or kin or case.certificate, f"INVALID: the naive client met no fault\n{naive.report}"

        seen = trials[2].result()
        assert seen.ended == {**case.expect, **case.builders}[client], seen.report
        met = naive if case.spares else seen
        assert met.happened, f"INVALID: the fault was not there\n{met.report}"
        assert re.search(case.last_words, seen.report), seen.report
        if client in case.requests:
            assert seen.requests == case.requests[client], seen.report
        return seen.behaviour

    def begin(self, case: Case, client: str) -> list[Future[Trial]]:
        """Begins the trials of a case with one of its clients: the control, the naive client, the client itself.

        A control serves all cases that differ in the fault only, and a naive client all clients of the case.
        """
        kin = self._are_kin(case, client)
        # A naive client of another kind fetches one file, so the fault must hit that file.
        hits = case if kin else replace(case, path_class=".*")
        wanted: dict[tuple[object, ...], Callable[[], Trial]] = {
            ("control", client, case.certificate != "", case.resolv_conf, case.tcp_names): (
                lambda: self.run(case, client, faulty=False)
            ),
            ("naive", case.id, case.says, kin): lambda: self.run(hits, case.naive, faulty=True),
            ("seen", case.id, case.says, client): lambda: self.run(case, client, faulty=True),
        }
        for key, play in wanted.items():
            if key not in self.begun:
                self.begun[key] = self.pool.submit(play) if self.pool else _played(play)
        return [self.begun[key] for key in wanted]

    def _are_kin(self, case: Case, client: str) -> bool:
        """Whether the naive client of the case is of the client's kind."""
        return self.clients[case.naive].upstream == self.clients[client].upstream


def _played(play: Callable[[], Trial]) -> Future[Trial]:
    """A trial that is played now."""
    future: Future[Trial] = Future()
    try:
        future.set_result(play())
    except Exception as error:  # raised again by result()
        future.set_exception(error)
    return future
