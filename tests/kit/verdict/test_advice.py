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
    "curl without the host, whose page of help is no host": (
        71, "tls", "curl: (60) SSL certificate problem: x\nMore details here: https://curl.test/docs/sslcerts.html\n"
        'ERROR: process "/bin/sh -c curl -O https://files.corp.test/a" did not complete successfully: exit code: 60',
        ["certificate of files.corp.test is not trusted here", CA],
    ),
    "wget": (
        71, "tls", "ERROR: cannot verify files.corp.test's certificate, issued by x", ["of files.corp.test is", CA],
    ),
    "busybox wget": (
        71, "tls", "ssl_client: files.corp.test: handshake failed: error:0A000086::certificate verify failed",
        ["of files.corp.test is", CA],
    ),
    "git": (
        71, "tls", "fatal: unable to access 'https://git.corp.test/a.git/': server certificate verification failed.",
        ["of git.corp.test is", CA],
    ),
    "go": (
        71, "tls", 'go: a@v1.0.0: Get "https://proxy.corp.test/a/@v/v1.0.0.mod": tls: failed to verify: x509: x',
        ["of proxy.corp.test is", CA],
    ),
    "uv": (
        71, "tls", "url (https://index.corp.test/simple/)\ninvalid peer certificate: UnknownIssuer",
        ["of index.corp.test is", CA],
    ),
    "npm": (
        71, "tls", "npm error request to https://npm.corp.test/x failed, reason: self-signed certificate",
        ["of npm.corp.test is", CA],
    ),
    "apt": (
        71, "tls", "W: Failed to fetch https://apt.corp.test/dists/x/InRelease  Certificate verification failed",
        ["of apt.corp.test is", CA],
    ),
    "apk, with a place in the source of OpenSSL": (
        71, "tls", "1:error:0A000086::certificate verify failed:ssl/statem/statem_clnt.c:1889:\n"
        "WARNING: fetching https://apk.corp.test/alpine/main: Permission denied", ["of apk.corp.test is", CA],
    ),
    "node": (71, "tls", "Error: self-signed certificate 'DEPTH_ZERO_SELF_SIGNED_CERT'", ["of the server is", CA]),
    "image without certificates": (
        71, "tls", "curl: (77) error setting certificate file: /etc/ssl/certs/ca-certificates.crt",
        ["the image has no certificates: install ca-certificates", "SEAWALL_CA_BUNDLE"],
    ),
    "java": (
        71, "tls", "Could not GET 'https://maven.corp.test/a'. PKIX path building failed: sun.security.x",
        ["of maven.corp.test is not trusted by Java, which reads only its own store", "keytool"],
    ),
    "proxy": (
        78, "proxy", "curl: (56) CONNECT tunnel failed, response 407 for https://files.corp.test/a",
        ["a proxy failed on the way to files.corp.test: correct HTTPS_PROXY"],
    ),
    "outage": (75, "auth", "x", ["an outage, run again later or name another source"]),
    "index of pip": (
        75, "connection-refused", "HTTPConnectionPool(host='index.corp.test', port=80): /simple/x: Connection refused",
        ["name another source than index.corp.test in SEAWALL_PYPI_INDEXES"],
    ),
    "proxy of go": (
        75, "http-5xx", 'go: a@v1.0.0: Get "https://proxy.corp.test/a/@v/v1.0.0.mod": 503 Service Unavailable',
        ["name another source than proxy.corp.test in SEAWALL_GO_PROXIES"],
    ),
    "mirror of apt": (
        75, "http-5xx", "E: Failed to fetch http://apt.corp.test/debian/dists/x/InRelease  503  Service Unavailable",
        ["name another source than apt.corp.test in SEAWALL_APT_MIRRORS"],
    ),
    "download": (
        75, "dns", "curl: (6) Could not resolve host: files.corp.test",
        ["name another source than files.corp.test in SEAWALL_URL_MIRRORS"],
    ),
    "a quiet download that breaks off in a step": (
        75, "truncated", "gzip: stdin: unexpected end of file\n------\nERROR: failed to solve: process \"/bin/sh -c "
        "curl -fsL https://files.corp.test/go/a.git | tar xz\" did not complete successfully: exit code: 2",
        ["name another source than files.corp.test in SEAWALL_URL_MIRRORS"],
    ),
    "a step with tools of several kinds": (
        75, "truncated", "unexpected end of file\nERROR: failed to solve: process \"/bin/sh -c git clone "
        "https://git.corp.test/a && go build\" did not complete successfully: exit code: 2",
        ["another source than git.corp.test\n"],
    ),
    "a version is no host": (75, "truncated", "go: a.test/a@v1.0.0: zip: not a valid zip file", ["another source\n"]),
    "other failure": (1, "build-command-failed", "x", ["see the output above"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_advice_names_the_party_and_the_next_step(sh, tmp_path: Path, case):
    """A certificate names its host and the setting for the CA, a refusal its registry, a missing name itself."""
    code, name, text, wanted = case
    (tmp_path / "text").write_text(text + "\n")
    result = sh(
        LOAD + 'advice_for "$1" "$2" "$3" ${4:+"$4"}',
        str(code),
        name,
        str(tmp_path / "text"),
        "buildkit" * ("ERROR: failed to solve" in text),
    )
    assert (result.rc, result.err) == (0, ""), result
    assert result.out.count("\n") == 1
    assert [words for words in wanted if words not in result.out] == [], result.out
    assert "pw" not in result.out
