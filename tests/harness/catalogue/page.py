"""docs/clients.md: what each client does, as the tests hold it."""

from __future__ import annotations

from harness.catalogue import CASES
from harness.catalogue.case import Case

HEAD = """# What clients do

Made by `python -m harness.catalogue` from the rows that `./tests/run faults` proves; do not edit. `whole`: the right
bytes; `refused`: an exit code and no bytes taken; `fooled`: exit code 0 and other bytes. Where a number of requests is
given, the journal showed it. How each client is started: `tests/harness/clients.py`. Measured with curl 7.88, pip 23.2,
Go 1.26 and wget 1.21.
"""


def page() -> str:
    """The page as Markdown: a row for each case, with what each client does in words."""
    rows = [
        f"| {case.id} | {case.says} | {_where(case)} | {case.right} | {_ends(case)} | {case.naive} |" for case in CASES
    ]
    head = "| id | fault | schedule | right | what clients do | naive, and not right |"
    return "\n".join([HEAD, head, "| --- " * 6 + "|", *rows, ""])


def _where(case: Case) -> str:
    """The fault: in the answers, in the names, in the certificate, or at the address."""
    if case.certificate:
        return f"certificate: {case.certificate}" + (f", {case.hello_resets} reset" if case.hello_resets else "")
    if case.names:
        return f"names: `{case.names}`"
    if case.site or case.under:
        return case.site or f"`{' '.join(case.under)}`"
    return case.address or (f"{case.connections} at a time" if case.connections else f"`{case.schedule}`")


def _ends(case: Case) -> str:
    def end(client: str) -> str:
        count = case.requests.get(client, 1)
        return f"{client}: {case.expect[client]}" + (f" after {count} requests" if count > 1 else "")

    return "; ".join(map(end, case.expect))
