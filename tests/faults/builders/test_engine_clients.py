"""The cases that an engine can meet, with the engine's own clients: the same four proofs as in cells."""

from __future__ import annotations

import pytest
from harness.catalogue import CASES
from harness.proofs.behaviour import as_property
from harness.proofs.engine_testbed import engine_clients, on_loopback
from harness.proofs.proof import Prover

SHORT = {"H1", "H4", "T4", "P2", "P10"}
"""Faults that are played without --all, too."""


def pairs():
    """The cases with the clients of an engine."""
    for case in CASES:
        for client in case.builders:
            marks = [pytest.mark.fault(case.id), *([] if case.id in SHORT else [pytest.mark.long])]
            yield pytest.param(case, client, marks=marks, id=f"{case.id}-{client}-{case.says.replace(' ', '-')}")


@pytest.mark.parametrize(("case", "client"), list(pairs()))
def test_fault(engine, tmp_path, case, client, record_property):
    if not engine.exports_caches:
        pytest.skip("unsupported: wanted the containerd image store, saw another, whose pulls end in other ways")
    prover = Prover(tmp_path, on_loopback, engine_clients(engine))
    record_property("behaviour", as_property(prover.prove(case, client)))
