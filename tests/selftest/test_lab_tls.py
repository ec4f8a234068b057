"""harness/wire/tls.py with the real curl: each bad certificate is rejected, for its own reason."""

from __future__ import annotations

import pytest
from harness.catalogue.schedule import FOR_EVER, parse
from harness.machine.run import run
from harness.sites.file_site import files
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve
from harness.wire.tls import CERTIFICATES, Authority

REFUSED = 60
"""curl: the peer's certificate cannot be authenticated."""
SAYS = {
    "expired": "certificate has expired",
    "not-yet-valid": "certificate is not yet valid",
    "wrong-name": "matches target host name",
    "unknown-ca": "unable to get local issuer certificate",
    "no-intermediate": "unable to get local issuer certificate",
}


@pytest.fixture
def curl(tmp_path):
    """Fetches a file from a server with a certificate of this kind; returns curl's result and the journal."""

    def call(kind: str = "good", schedule: str = "ok", *words: str):
        authority = Authority()
        site = Upstream("files", files({"/a": b"hello\n"}), rules=(Rule(parse(schedule)),))
        with serve(site, tls=authority.context(kind)) as lab:
            ca = authority.write(tmp_path)
            result = run(["curl", "-sS", "--max-time", "10", "--cacert", ca, *words, f"{lab.url}/a"])
        return result, lab.journal

    return call


def test_good_certificate_serves(curl):
    result, journal = curl()
    assert (result.rc, result.out, len(journal)) == (0, "hello\n", 1), repr(result)


# For an old protocol version the naive client would need extra options: fault S7 of the catalogue.
@pytest.mark.parametrize("kind", sorted(set(CERTIFICATES) - {"good", "old-protocol"}))
def test_bad_certificate_is_refused_and_a_naive_client_takes_it(curl, kind):
    result, journal = curl(kind)
    assert (result.rc, len(journal)) == (REFUSED, 0), repr(result)
    assert SAYS[kind] in result.err
    naive, journal = curl(kind, "ok", "--insecure")
    assert (naive.rc, naive.out, len(journal)) == (0, "hello\n", 1), repr(naive)


def test_reset_below_tls_is_exact(curl):
    result, journal = curl("good", "rst@3")
    assert (result.rc, result.out) == (56, "hel"), repr(result)
    assert [(entry.sent, entry.ending) for entry in journal] == [(3, "rst")]


@pytest.mark.parametrize(("resets", "code"), [(False, 35), (True, 35)], ids=["plain-http", "reset"])
def test_hello_that_is_not_answered_in_tls(resets, code):
    with serve(Upstream("files", files({})), hello_resets=FOR_EVER if resets else 0) as lab:
        result = run(["curl", "-sS", "--max-time", "10", lab.url.replace("http:", "https:")])
    assert result.rc == code, repr(result)
    assert ("reset" in result.err.lower()) == resets
