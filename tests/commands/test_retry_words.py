"""scripts/stage/retry.sh by the words of the tool: statuses without a reason, pages, certificates, unknown texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run
from harness.wire.loopback import refusing, upstream

Retry = Callable[..., Result]

CONTENT = {"/file": b"good bytes\n", "/": b"root\n"}
QUICK = "84"
"""A seed that gives waits of 0, 1 and 0 seconds."""
HOST = "https://u:pw@files.corp.test:8443/a"
MUTE_TOOL = """#!/bin/sh
curl -s -f -o /dev/null "$1" || { echo "helm: it did not work out with $1" >&2; exit 3; }
"""


@pytest.fixture
def retry(kit: Path, tmp_path: Path) -> Retry:
    """Runs a command with retry.sh, or plain with `kit=False`."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "helm").write_text(MUTE_TOOL)
    (tmp_path / "bin" / "helm").chmod(0o755)
    env = clean_environment(tmp_path) | {"SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_SEED": QUICK}
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"

    def call(*words: str, plain: bool = False) -> Result:
        return run(words if plain else [kit / "stage" / "retry.sh", *words], env=env)

    return call


def failing(tmp_path: Path, text: str, code: int) -> list[str]:
    """A command that fails once with this text and is then successful."""
    (tmp_path / "text").write_text(text + "\n")
    script = 'if [ -e "$1.done" ]; then exit 0; fi; : >"$1.done"; cat "$1" >&2; exit "$2"'
    return ["sh", "-c", script, "sh", str(tmp_path / "text"), str(code)]


TRANSIENT = {
    "apt, status without a reason": (
        "apt-get", "E: Failed to fetch http://deb.corp.test/x/InRelease  520   [IP: 192.0.2.7 80]", 100, "http-5xx",
    ),
    "wget, first byte timeout": ("wget", "wget: server returned error: HTTP/1.1 599 first byte timeout", 1, "http-5xx"),
    "npm, no reason": ("npm", "npm error code E522\nnpm error 522 <none> - GET https://npm.corp.test/a", 1, "http-5xx"),
    "go, no reason": ("go", "go: a.test/b@v1: reading https://go.corp.test/a.test/b/@v/v1.info: 522 ", 1, "http-5xx"),
    "slow down": ("curl", "ERROR: received status code 503 Slow Down from https://s3.corp.test/a", 22, "rate-limited"),
    "gpg, refused": ("gpg", "gpg: keyserver receive failed: Connection refused", 2, "connection-refused"),
    "gpg, no name": ("gpg", "gpg: keyserver receive failed: No name", 2, "dns"),
    "NuGet": ("dotnet", "error NU1301: Unable to load the service index for source https://feed.test/v3", 1, "other"),
    "Gradle wrapper": ("gradle", 'Exception in thread "main" java.net.UnknownHostException: files.test', 1, "dns"),
    "dnf": ("dnf", "Error: Failed to download metadata for repo 'a': All mirrors were tried", 1, "other"),
    "npm, no cause": ("npm", "npm error Exit handler never called!", 1, "connection-reset"),
    "page for a shell": ("bash", "bash: line 1: syntax error near unexpected token `<'", 2, "html-instead-of-json"),
    "page for python": ("python3", '  File "<stdin>", line 1\n    <!doctype html>', 1, "html-instead-of-json"),
    "page for gpg": ("gpg", "gpg: no valid OpenPGP data found.", 2, "html-instead-of-json"),
    "status whose reason names a connection": (
        "apt-get", "E: Failed to fetch http://a.test/a.deb  502  Connection refused [IP: 192.0.2.7 8]", 100, "http-5xx",
    ),
    "limit of a registry": ("docker", "denied: retry-after: 234.5us, allowed: 44000/minute", 1, "rate-limited"),
    "session of the builder": ("docker", "failed to authorize: no active session for x: deadline", 1, "daemon-crashed"),
    "yarn, no cause": (
        "yarn", "info There appears to be trouble with your network connection. Retrying...", 1, "other",
    ),
    "token service of the hub": (
        "docker", "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized", 1, "auth",
    ),
    "apt in another language": ("apt-get", "E: Impossible d'obtenir http://a.test/a  Connexion échouée", 100, "other"),
}  # fmt: skip


@pytest.mark.parametrize("case", TRANSIENT.values(), ids=TRANSIENT)
def test_text_of_an_outage_is_retried(retry: Retry, attempts, tmp_path: Path, case):
    """The plain command fails; with retry.sh the second attempt succeeds."""
    tool, text, code, name = case
    command = failing(tmp_path, text, code)
    assert retry(*command, plain=True).rc == code
    (tmp_path / "text.done").unlink()
    healed = retry("--tool", tool, "--", *command)
    assert (healed.rc, attempts()) == (0, [name, ""]), repr(healed)


PERMANENT = {
    "file whose name has a word of DNS": (
        "pip", "FileNotFoundError: [Errno 2] No such file or directory: 'enotfound.json'", 1, "build-command-failed",
    ),
    "name with a word of a closed pipe": ("npm", "SyntaxError: CodePipeline is not defined\nmake: *** [x] Error 1", 2,
        "build-command-failed"),
    "line number like a status": ("go", "main.go:503:12: undefined: http.Get", 1, "build-command-failed"),
    "count like a status": ("npm", "error: app returned 503 lines, wanted 500\nmake: *** [x] Error 1", 2,
        "build-command-failed"),
    "token that has expired while pushing": (
        "docker", "The push refers to repository [reg.corp.test/a]\na1b2: Preparing\n"
        "denied: Your authorization token has expired. Reauthenticate and try again.", 1, "auth",
    ),
    "denied in the last line of a push": (
        "docker", "The push refers to repository [reg.corp.test/a]\nunauthorized: authentication required", 1, "auth",
    ),
    "token without the scope": (
        "docker", "The push refers to repository [reg.test/a]\ndenied: requested access to the resource is denied", 1,
        "auth",
    ),
    "name of a source file": (
        "npm", "TypeError: x is no function\n    at /app/net/connectionReset.js:502:13\nmake: *** [x] Error 1", 1,
        "build-command-failed",
    ),
    "tag like a status": ("docker", "manifest for acme/app:503 not found: manifest unknown", 1, "not-found"),
    "no engine at this address": (
        "docker",
        "error during connect: dial tcp: lookup docker on 192.0.2.5:53: no such host",
        1,
        "daemon-unavailable",
    ),
    "unknown option": ("go", "flag provided but not defined: -foo", 2, "build-command-failed"),
}  # fmt: skip


@pytest.mark.parametrize("case", PERMANENT.values(), ids=PERMANENT)
def test_mistake_has_one_attempt(retry: Retry, attempts, tmp_path: Path, case):
    """The command runs once, and its exit code stays."""
    tool, text, code, name = case
    seen = retry("--tool", tool, "--", *failing(tmp_path, text, code))
    assert (seen.rc, attempts()) == (code, [name]), repr(seen)


CERTIFICATES = {
    "curl": f"curl: (60) SSL certificate problem: self-signed certificate in {HOST}",
    "pip": "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed "
    "(_ssl.c:1007)')): /simple/six/\nCould not fetch URL https://files.corp.test:8443/simple/six/",
    "wget": "ERROR: cannot verify files.corp.test:8443's certificate, issued by 'CN=Proxy CA':",
    "go": f'go: a@v1: Get "{HOST}": tls: failed to verify certificate: x509: certificate signed by unknown authority',
}


@pytest.mark.parametrize("tool", CERTIFICATES)
def test_untrusted_certificate_names_its_host(retry: Retry, tmp_path: Path, tool):
    """Behind a company proxy the last line names the host and the setting that hands its CA in."""
    seen = retry("--tool", tool, "--", *failing(tmp_path, CERTIFICATES[tool], 7))
    assert seen.rc == 7
    last = seen.err.splitlines()[-1]
    assert "the certificate of files.corp.test:8443 is not trusted here" in last
    assert "SEAWALL_CA_BUNDLE" in last
    assert "pw" not in last


def test_missing_file_is_named(retry: Retry, attempts):
    """No URL is in the output of curl: the advice names that of the command, without its login."""
    with upstream(CONTENT) as lab:
        url = lab.url.replace("://", "://u:pw@")
        seen = retry("--", "curl", "-sSf", f"{url}/missing")
        assert lab.paths == ["/missing"], repr(seen)
    last = seen.err.splitlines()[-1]
    assert f"{lab.url.removeprefix('http://')}/missing is not there" in last
    assert "pw" not in last
    assert (seen.rc, attempts()) == (22, ["not-found"])


def test_unknown_text_is_an_outage_if_the_host_fails(retry: Retry, attempts):
    """The tool tells nothing, its host answers the probe with 503: the command is retried. The plain tool fails."""
    with upstream(CONTENT, "503 -> ok") as lab:
        assert retry("helm", f"{lab.url}/file", plain=True).rc == 3
        assert lab.paths == ["/file"]
    with upstream(CONTENT, "503 -> 503 -> ok") as lab:
        healed = retry("--", "helm", f"{lab.url}/file")
        assert lab.paths == ["/file", "/", "/file"], repr(healed)
    assert (healed.rc, attempts()) == (0, ["http-5xx", ""])


def test_unknown_text_is_a_mistake_if_the_host_answers(retry: Retry, attempts):
    """The host answers the probe: the command has one attempt, and its own exit code."""
    with upstream(CONTENT, "404 -> ok") as lab:
        seen = retry("--", "helm", f"{lab.url}/file")
        assert lab.paths == ["/file", "/"], repr(seen)
    assert (seen.rc, attempts()) == (3, ["other"])


def test_unknown_text_is_an_outage_if_nobody_listens(retry: Retry, attempts):
    """The host refuses the probe: an outage, with its exit code."""
    with refusing() as url:
        seen = retry("--", "helm", f"{url}/file")
    assert seen.rc == 75, repr(seen)
    assert set(attempts()) == {"connection-refused"}


def test_unknown_command_is_not_probed(retry: Retry, tmp_path: Path, attempts):
    """Only the host of a download tool is asked."""
    (tmp_path / "bin" / "helm").rename(tmp_path / "bin" / "mine")
    with upstream(CONTENT, "503 -> ok") as lab:
        seen = retry("--", "mine", f"{lab.url}/file")
        assert lab.paths == ["/file"], repr(seen)
    assert (seen.rc, attempts()) == (3, ["other"])
