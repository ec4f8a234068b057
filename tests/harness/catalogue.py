"""The faults as runnable cases, as data: what happens on the wire, what is right, what each client does.

An outcome is `whole` (the right bytes), `refused` (no bytes taken, an exit code says so) or `fooled` (exit code 0 and
other bytes, or a peer that nobody vouches for). `right` is what a correct client does; the naive one must not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One row. `id` is the fault's in the catalogue; `expect` says which real clients meet it and how each ends.

    `path_class` is what the fault is on, empty for the file that a client is after (a wheel, a module's archive);
    `naive` names the client of clients.py that must not do what is right; `requests` is how often the client asks for
    what the fault is on, where that is part of the claim.
    """

    id: str
    says: str
    schedule: str
    right: str
    expect: Mapping[str, str]
    path_class: str = ""
    naive: str = "curl-naive"
    certificate: str = ""
    resets_hello: bool = False
    requests: Mapping[str, int] = field(default_factory=dict)


def _retried(
    id_: str, says: str, schedule: str, requests: int = 2, naive: str = "curl-naive", **others: tuple[str, int]
) -> Case:
    ends = {"curl": ("whole", requests)} | others
    outcomes = {name: end for name, (end, _) in ends.items()}
    counts = {name: count for name, (_, count) in ends.items()}
    return Case(id_, says, schedule, "whole", outcomes, naive=naive, requests=counts)


def _refused(id_: str, says: str, certificate: str) -> Case:
    return Case(id_, says, "ok", "refused", {"curl": "refused"}, naive="curl-insecure", certificate=certificate)


CASES = (
    _retried("T3", "reset before the status line", "rst", go=("whole", 2), pip=("whole", 2)),
    _retried("T4", "reset after byte N of the body", "rst@4096", go=("refused", 1)),
    _retried("T5", "close after byte N of the body", "fin@4096", go=("refused", 1)),
    _retried("T6", "close before any byte", "fin", go=("whole", 2), pip=("whole", 2)),
    _retried("T7", "silence after byte N", "stall@4096"),
    _retried("T8", "one byte a second", "rate(bps=1)"),
    _retried("T10", "four seconds of latency", "delay(s=4)"),
    _refused("S1", "certificate has expired", "expired"),
    _refused("S2", "certificate is not yet valid", "not-yet-valid"),
    _refused("S3", "certificate for another name", "wrong-name"),
    _refused("S4", "intermediate certificate is missing", "no-intermediate"),
    _refused("S8", "certificate of an authority that nobody trusts", "unknown-ca"),
    _retried("H1", "503 twice, no hint", "503x2", 3, go=("refused", 1)),
    _retried("H2", "503 and Retry-After", "503(retry-after=1)", go=("refused", 1)),
    _retried("H3", "429 and Retry-After in seconds", "429(retry-after=1)", go=("refused", 1)),
    _retried("H3", "429 and Retry-After of zero", "429(retry-after=0)"),
    _retried("H3", "429 and Retry-After that is no number", "429(retry-after=soon)"),
    _retried("H4", "429 without a hint", "429", go=("refused", 1)),
    _retried("H5", "500, 502, 504", "500 -> 502 -> 504", 4, go=("refused", 1)),
    _retried("H6", "403 out of the blue", "403(body=html)", go=("refused", 1)),
    Case("H10", "200 with a page of HTML instead of the wheel", "htmlx*", "refused", {"pip": "refused"}),
    Case("H10", "200 with a page of HTML instead of the module", "htmlx*", "refused", {"go": "refused"}, "zip"),
    Case("H10", "200 with a page of HTML, no digest to tell", "htmlx*", "refused", {"curl": "fooled"}),
    Case("H11", "redirect to itself", "redirectx*", "refused", {"curl": "refused"}),
    Case("H11", "redirect to a dead host", "redirect(to=dead)x*", "refused", {"curl": "refused"}),
    _retried("H13", "Content-Length too large", "length(by=7)", go=("refused", 1)),
    Case("H13", "Content-Length too small", "length(by=-7)x*", "refused", {"curl": "fooled"}),
    _retried("H15", "broken chunk framing", "bad-chunks", go=("refused", 1)),
    _retried("H16", "gzip that is none", "encoding", 1, "curl-compressed", go=("refused", 1)),
    _retried("H20", "a header of a megabyte", "huge-head", go=("whole", 1)),
    _retried("H20", "a head of one byte a second", "slow-head(bps=1)"),
    Case("P11", "module archive cut", "fin@100x*", "refused", {"go": "refused"}, "zip", "curl-no-length",
         requests={"go": 1}),
    Case("P13", "go.mod is a page of HTML", "htmlx*", "refused", {"go": "fooled"}, "mod"),
    Case("P15", "index is down", "503x*", "refused", {"pip": "refused"}, "index"),
    Case("P16", "wheel does not match its hash", "flip@700x*", "refused", {"pip": "refused"}),
    Case("P18", "file of a release is gone", "404x*", "refused", {"pip": "refused"}, requests={"pip": 1}),
)  # fmt: skip


def page() -> str:
    """docs/clients.md: what each client does, as the tests hold it (`python -m harness.catalogue`, in tests/)."""
    clients = sorted({client for case in CASES for client in case.expect})

    def cell(case: Case, client: str) -> str:
        counted = f", {case.requests[client]} requests" if case.requests.get(client, 1) > 1 else ""
        return case.expect[client] + counted if client in case.expect else ""

    rows = [
        f"| {case.id} | {case.says} | `{case.schedule}` | {case.right} | "
        + " | ".join(cell(case, client) for client in clients) + " |"
        for case in CASES
    ]  # fmt: skip
    head = f"| id | fault | schedule | right | {' | '.join(clients)} |"
    return "\n".join([HEAD, head, "| --- " * (4 + len(clients)) + "|", *rows, ""])


HEAD = """# What clients do

Made by `python -m harness.catalogue` from the rows that `./tests/run faults` proves; do not edit. `whole`: the right
bytes; `refused`: an exit code and no bytes taken; `fooled`: exit code 0 and other bytes. `curl` is `curl --fail
--retry 4 --retry-all-errors` with a limit on silence, `pip` is `pip download --retries 1` with hashes required, `go` is
`go mod download` without a checksum database. Where a number of requests is given, the journal showed it. Measured with
curl 7.88, pip 23.2 and Go 1.26.
"""

if __name__ == "__main__":
    print(page(), end="")
