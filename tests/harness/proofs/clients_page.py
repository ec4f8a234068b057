"""docs/clients.md: how each client reacted to each fault, from fixtures/behaviour/."""

from __future__ import annotations

from itertools import groupby

from harness.catalogue import CASES
from harness.catalogue.case import Case
from harness.proofs.behaviour import Behaviour, load

HEAD = """# What clients do

To find out what a client does with a fault, look up the client and the fault's id. The page is generated from
`fixtures/behaviour/`; do not edit it. `./tests/run faults --all -- --measure` measures again with the clients of your
machine and its engine, and writes both.

`whole`: the client got the correct bytes. `refused`: an exit code and no bytes. `fooled`: exit code 0 and other bytes,
or an unverified peer. `right` is what a correct client does. `requests` counts those that the fault applies to; `waits`
are the seconds between them. The clients are in `tests/harness/proofs/clients.py`, those of an engine in
`tests/harness/proofs/engine_testbed.py`.
"""
COLUMNS = ("id", "fault", "where", "right", "ends", "requests", "waits", "exit", "last words")
WORDS = 110
"""A client's last words are cut after this many characters."""


def page() -> str:
    """The page as Markdown: a table for each client."""
    cases = {(case.id, case.says): case for case in CASES}
    parts = [HEAD]
    for client, rows in groupby(load(), key=lambda row: row.client):
        listed = list(rows)
        parts += [f"## {client} {listed[0].version}\n", f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
        parts += [_row(row, cases[row.id, row.says]) for row in listed if (row.id, row.says) in cases]
        parts.append("")
    return "\n".join(parts)


def _row(row: Behaviour, case: Case) -> str:
    waits = " ".join(f"{wait:g}" for wait in row.waits)
    words = row.last_words if len(row.last_words) <= WORDS else row.last_words[:WORDS] + "..."
    cells = (row.id, row.says, _where(case), case.right, row.ended, str(row.requests), waits, str(row.exit_code), words)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _where(case: Case) -> str:
    """Where the fault is: in the answers, the names, the certificate, at the address, or on the client's machine."""
    if case.certificate:
        return f"certificate: {case.certificate}" + (f", {case.hello_resets} reset" if case.hello_resets else "")
    if case.names:
        return f"names: `{case.names}`"
    if case.site or case.under:
        return case.site or f"`{' '.join(case.under)}`"
    return case.address or (f"{case.connections} at a time" if case.connections else f"`{case.schedule}`")
