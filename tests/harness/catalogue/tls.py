"""S: faults of a TLS server."""

from __future__ import annotations

from harness.catalogue.case import Case


def _refused(id_: str, says: str, certificate: str, naive: str = "curl-insecure", **more: str) -> Case:
    expect = {"curl": "refused", "pip": "refused", "go": "refused"}
    return Case(id_, says, "ok", "refused", expect, naive=naive, certificate=certificate)


CASES = (
    _refused("S1", "certificate has expired", "expired"),
    _refused("S2", "certificate is not yet valid", "not-yet-valid"),
    _refused("S3", "certificate for another name", "wrong-name"),
    _refused("S4", "intermediate certificate is missing", "no-intermediate"),
    Case("S6", "reset in the handshake", "ok", "whole", {"curl": "whole"}, certificate="good", hello_resets=1),
    _refused("S7", "TLS 1.0 only", "old-protocol", naive="curl-old"),
    _refused("S8", "certificate of an authority that nobody trusts", "unknown-ca"),
    _refused("S9", "plain HTTP on the TLS port", "plain", naive="curl-downgrade"),
)
