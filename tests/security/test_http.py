"""Requests by curl: no globs, no unexpected redirects, no logins for others, bounded answers, no URL in `ps`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.catalogue.faults import Reply
from harness.machine.run import Result, clean_environment, run
from harness.sites.site import Request, Upstream
from harness.wire.loopback import upstream
from harness.wire.server import serve
from harness.wire.tls import Authority

ROOMS = "base attempt verdict ladder host/machine host/registry host/call host/caches"
PRELUDE = f"""set -euf
. "$SEAWALL_LIB/load.sh"; load {ROOMS}
LOG_NAME=t
state_use "$SCRATCH/state" ""
"""
ASK = """status=0; http_ask "$1" "$SCRATCH/a" --output "$SCRATCH/body" || status=$?
printf '%s:%s:%s:%s\\n' "$status" "$HTTP_STATUS" "$HTTP_AFTER" "$HTTP_LEFT"; cat "$SCRATCH/a.why" >&2"""


@pytest.fixture
def ask(kit: Path, tmp_path: Path) -> Callable[..., Result]:
    """Runs shell code with the modules."""
    (tmp_path / "scratch").mkdir()

    def call(script: str, *words: str, **settings: str) -> Result:
        env = clean_environment(tmp_path) | {"SEAWALL_LIB": str(kit / "lib"), "SCRATCH": str(tmp_path / "scratch")}
        return run(["sh", "-c", PRELUDE + script, "t", *words], env=env | settings, cwd=tmp_path)

    return call


@contextmanager
def answering(reply: Callable[[Request], Reply], **words):
    """A server that gives REPLY as each answer."""
    with serve(Upstream("any", reply), **words) as running:
        yield running


def text(*headers: tuple[str, str], status: int = 200, body: bytes = b"") -> Callable[[Request], Reply]:
    return lambda _: Reply(status, headers, body)


def bin_with_curl(tmp_path: Path, script: str) -> None:
    """A folder for the PATH where `curl` is this script."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "curl").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bin" / "curl").chmod(0o755)


@pytest.mark.parametrize("path", ["/{a,b}[1-9]", "/x?a=[1-25]", "/[a-z]/{1,2}"])
def test_url_is_no_pattern(ask, path):
    """A URL with brackets is one request, not one per match of curl's globs."""
    with upstream({"/a": b"x"}) as site:
        ask(ASK, site.url + path)
        assert len(site.journal) == 1


def test_way_does_not_lead_from_tls_to_none(ask, tmp_path):
    """A redirect from https to http is not followed."""
    authority = Authority()
    with upstream({"/a": b"x"}) as plain:
        redirect = text(("Location", f"{plain.url}/a"), status=302)
        with answering(redirect, tls=authority.context()) as site:
            result = ask(ASK, f"{site.url}/a", SEAWALL_CA_BUNDLE=str(authority.write(tmp_path)))
            assert len(site.journal) == 1, repr(result)
        assert not result.out.startswith("0:200")
        assert list(plain.journal) == []
        with answering(redirect) as site:
            assert ask(ASK, f"{site.url}/a").out == "0:200::\n"


@pytest.mark.parametrize("said", [True, False], ids=["told", "not told"])
def test_answer_is_bounded(ask, tmp_path, said):
    """A too large answer is cut off, with and without a length."""
    body = b"x" * 3_000_000
    headers = () if said else (("Transfer-Encoding", "chunked"),)
    chunked = b"".join(b"186a0\r\n" + body[:100_000] + b"\r\n" for _ in range(30)) + b"0\r\n\r\n"
    with answering(text(*headers, body=body if said else chunked)) as site:
        result = ask("HTTP_MAX_BYTES=65536; " + ASK, f"{site.url}/a")
    assert result.out.startswith("63:200"), repr(result)
    file = tmp_path / "scratch" / "body"
    assert not file.exists() or file.stat().st_size <= 2 * 65536 + 1024


def test_what_curl_does_not_bound_the_kernel_does(ask, tmp_path):
    """An old curl, which cannot bound an answer without a length, is stopped by a limit of the kernel."""
    bin_with_curl(tmp_path, 'exec /usr/bin/curl "$@" --max-filesize 99999999')
    with upstream({"/a": b"x" * 3_000_000}) as site:
        result = ask(f"PATH={tmp_path}/bin:$PATH; HTTP_MAX_BYTES=65536; " + ASK, f"{site.url}/a")
    assert result.out.startswith("63:200"), repr(result)
    assert (tmp_path / "scratch" / "body").stat().st_size <= 2 * 65536 + 1024


def test_names_of_headers_have_no_case(ask):
    """Header names are read in any case."""
    with answering(text(("RETRY-AFTER", "7"), ("RATELIMIT-REMAINING", "12;w=60"), status=429)) as site:
        assert ask(ASK, f"{site.url}/a").out == "0:429:7:12\n"


@pytest.mark.parametrize("value", ["99999999999999999999", "-1", "x[$(touch pwned)]", "0x10"])
def test_number_of_a_header_is_one(ask, tmp_path, value):
    """A number in a header counts only if it has nothing but digits."""
    with answering(text(("RateLimit-Remaining", value))) as site:
        assert ask(ASK, f"{site.url}/a").out == "0:200::\n"
    assert not (tmp_path / "pwned").exists()


def test_header_without_end_ends(ask, tmp_path):
    """An endless header ends the request."""
    with answering(text(*((f"X-{number}", "y" * 1000) for number in range(250)))) as site:
        result = ask(ASK, f"{site.url}/a")
    assert result.rc == 0, repr(result)


class TestToken:
    """Fetching a token from an address that another host names."""

    def challenge(self, ask, realm: str) -> Result:
        with answering(text(("WWW-Authenticate", f'Bearer realm="{realm}",service="s"'), status=401)) as site:
            realm_of = realm.replace("SELF", site.host)
            script = f"""HTTP_LOGIN='Bearer realm="{realm_of}",service="s"'
            http_fetch_token "$SCRATCH/a" "$1" && cat "$SCRATCH/a.token" || printf 'none\\n'"""
            return ask(script, f"{site.url}/v2/x")

    @pytest.mark.parametrize(
        "realm", ["URL/token", "http://user:pw@HOST/token", "ftp://HOST/token", "file:///etc/passwd", "URL/t[1-25]"]
    )
    def test_other_address_without_tls_is_not_asked(self, ask, realm):
        """A token service without TLS at another address gets no request."""
        with answering(text(body=b'{"token":"t"}')) as other:
            result = self.challenge(ask, realm.replace("URL", other.url).replace("HOST", other.host))
            assert list(other.journal) == []
        assert result.out == "none\n", repr(result)

    def test_address_that_asked_for_it_is(self, ask):
        """A registry of this machine without TLS may name itself as its token service; the token is one line."""
        body = json.dumps({"token": "abc", "x": '"token":"d e"'}).encode()
        with answering(text(body=body)) as site:
            script = """HTTP_LOGIN="Bearer realm=\\"$1/token\\",service=\\"s\\""
            http_fetch_token "$SCRATCH/a" "$1/v2/x" && cat "$SCRATCH/a.token" """
            assert ask(script, site.url).out == "Authorization: Bearer abc\n"


class TestProcesses:
    """The arguments that `ps` shows."""

    def test_url_is_in_no_argument(self, ask, tmp_path):
        """A signed URL is a password: it is passed in a file, which is removed afterwards."""
        bin_with_curl(tmp_path, f'printf "%s\\n" "$@" >>{tmp_path}/arguments\nexec /usr/bin/curl "$@"')
        with upstream({"/a": b"x"}) as site:
            result = ask(f"PATH={tmp_path}/bin:$PATH; " + ASK, f"{site.url}/a?sig=S3CRET")
            assert site.paths == ["/a"]
        assert result.out.startswith("0:200"), repr(result)
        assert "S3CRET" not in (tmp_path / "arguments").read_text()
        assert not list((tmp_path / "scratch").glob("*.url"))

    @pytest.mark.parametrize(
        "url", ['http://127.0.0.1:9/"\noutput = "pwned', "http://127.0.0.1:9/\\", "http://127.0.0.1:9/a\rb"]
    )
    def test_url_is_no_configuration(self, ask, tmp_path, url):
        """A quote or a line break in a URL adds no option to curl's configuration."""
        result = ask(ASK, url)
        assert result.out.startswith("3:"), repr(result)
        assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("expires", "words"), [("1", "has expired"), ("99999999999999999999", ""), ("08", ""), ("-5", "")]
)
def test_number_of_a_token_is_checked(ask, expires, words):
    """Whatever a token says about its lifetime, no shell prints an error."""
    claims = base64.urlsafe_b64encode(f'{{"ac":"[]","exp":{expires}}}'.encode()).decode().rstrip("=")
    script = 'GHA_TOKEN=$1; gha__read_token from "$SCRATCH/a" || cat "$SCRATCH/a.why"'
    result = ask(script, f"e30.{claims}.")
    assert (result.rc, result.err) == (0, ""), repr(result)
    assert words in result.out
    assert bool(words) == bool(result.out)
