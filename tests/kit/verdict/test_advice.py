"""scripts/lib/verdict/advice.sh: the last line of a failed command names the party and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

LOAD = '. "$LIB/load.sh"; load base attempt verdict; SEAWALL_LIB=$LIB\n'
CA = "name its CA in SEAWALL_CA_BUNDLE"
LOGIN = "refused the request: log in with valid credentials, or log out"
CASES = {
    "curl behind a company proxy": (
        71, "tls", "curl: (60) SSL certificate problem: self-signed certificate\nin https://u:pw@nexus.corp.test:8443/x?t=1",
        ["certificate of nexus.corp.test:8443 is not trusted here", CA],
    ),
    "pip behind a company proxy": (
        71, "tls", "SSLError HTTPSConnectionPool(host='index.corp.test', port=443): certificate verify failed",
        ["certificate of index.corp.test is not trusted here", CA],
    ),
    "registry with a private CA": (
        71, "tls", 'failed to do request: Head "https://reg.corp.test/v2/a/manifests/1": x509: unknown authority',
        ["certificate of reg.corp.test is not trusted here", CA],
    ),
    "certificate of nobody": (71, "tls", "certificate verify failed", ["certificate of the server is not trusted", CA]),
    "image that needs a login": (
        77, "auth", "pull access denied for acme/private, repository does not exist", [f"acme/private {LOGIN}"],
    ),
    "registry that refuses": (
        77, "auth", 'Head "https://ghcr.test/v2/a/manifests/1": denied: denied', [f"ghcr.test {LOGIN}", "expired ones"],
    ),
    "image that is not there": (
        69, "not-found", "manifest for acme/App:nope not found: manifest unknown", ["acme/App:nope is not there"],
    ),
    "module that is not there": (
        69, "not-found", "go: reading https://proxy.test/m/@v/v1.info?x=1: 404 Not Found",
        ["proxy.test/m/@v/v1.info is not there: correct"],
    ),
    "outage": (75, "auth", "x", ["an outage, run again later or name another source"]),
    "other failure": (1, "build-command-failed", "x", ["see the output above"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_advice_names_the_party_and_the_next_step(sh, tmp_path: Path, case):
    """A certificate names its host and the setting for the CA, a refusal its registry, a missing name itself."""
    code, name, text, wanted = case
    (tmp_path / "text").write_text(text + "\n")
    result = sh(LOAD + 'advice_for "$1" "$2" "$3"', str(code), name, str(tmp_path / "text"))
    assert (result.rc, result.err) == (0, ""), result
    assert result.out.count("\n") == 1
    assert [words for words in wanted if words not in result.out] == [], result.out
    assert "pw" not in result.out
