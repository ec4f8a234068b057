"""A login goes to the host that it is for: to no redirect's target, over no downgrade, to no unverified peer."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext

import pytest
from harness.catalogue.faults import Reply
from harness.machine.run import Result, clean_environment, run
from harness.sites.site import Request, Site, Upstream
from harness.wire.proxy import proxy_up
from harness.wire.server import Running, serve
from harness.wire.tls import Authority

LOGIN = "alice:S3CRET"
HEADER = "Basic " + base64.b64encode(LOGIN.encode()).decode()
PAGE = b'<a href="x-1.0-py3-none-any.whl">x</a>'
CHALLENGE = (("WWW-Authenticate", 'Basic realm="all"'),)


def watched(site: Site, seen: list[str]) -> Site:
    """The site, which writes down the logins that it is given; the journal of a server does not show them."""

    def answer(request: Request) -> Reply:
        if login := request.headers.get("authorization"):
            seen.append(base64.b64decode(login.split()[1]).decode())
        return site(request)

    return answer


@dataclass
class Net:
    """The host with the login, and others that would like to have it: another port, TLS unverified, TLS verified."""

    own: Running
    other: Running
    stranger: Running
    verified: Running
    authority: Authority
    to_own: list[str]
    """The logins that the own host was given, and those that the others were."""
    to_others: list[str]

    def target(self, way: str) -> str:
        """Where the own host redirects for a way."""
        other = self.other.url.partition("//")[2]
        return {
            "port": f"{self.other.url}/end",
            "host": f"{self.other.url.replace('127.0.0.1', 'localhost')}/end",
            "credentials": f"http://mallory:pw@{other}/end",
            "no-scheme": f"//{other}/end",
            "unverified": f"{self.stranger.url}/end",
            "upgrade": f"{self.verified.url}/end",
            "relative": "end",
            "absolute": f"{self.own.url}/end",
            "hops": "port",
            "there-and-back": f"{self.other.url}/back",
            "file": "file:///etc/passwd",
            "ftp": f"ftp://{other}/end",
        }[way]


LEAVES = ["port", "host", "credentials", "no-scheme", "unverified", "upgrade", "hops", "there-and-back"]
STAYS = ["relative", "absolute"]
REFUSED = ["file", "ftp"]
WAYS = [*LEAVES, *STAYS, *REFUSED]


@contextmanager
def net_up() -> Iterator[Net]:
    """The hosts for the time of the block; each asks everybody for a login, so that nobody keeps one back."""
    authority, found = Authority(), dict[str, Net]()
    to_own, to_others = list[str](), list[str]()

    def own(request: Request) -> Reply:
        way = request.path.rstrip("/").rpartition("/")[2]
        if request.headers.get("authorization") != HEADER and request.path != "/open/end":
            return Reply(401, CHALLENGE)
        return Reply(200, (), PAGE) if way in ("end", "x") else Reply(302, (("Location", found["net"].target(way)),))

    def other(request: Request) -> Reply:
        if request.path == "/back":
            return Reply(302, (("Location", f"{found['net'].own.url}/end"),))
        return Reply(401, CHALLENGE) if "authorization" not in request.headers else Reply(200, (), PAGE)

    with ExitStack() as stack:

        def up(site: Site, seen: list[str], tls: SSLContext | None = None) -> Running:
            return stack.enter_context(serve(Upstream("net", watched(site, seen)), tls=tls))

        stranger, good = authority.context("unknown-ca"), authority.context()
        others = up(other, to_others), up(other, to_others, stranger), up(other, to_others, good)
        found["net"] = Net(up(own, to_own), *others, authority, to_own, to_others)
        yield found["net"]


DOWNLOAD = """
set -euf
SEAWALL_LIB=$1 SCRATCH=$2 SEAWALL_SILENCE=5 DOWNLOAD_CLIENT=$3 DOWNLOAD_SCHEMES=http,https LADDER_TEXT=$2/text
shift 3
. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch
asks() { "$@" >"$LADDER_TEXT" 2>&1; }
for url; do download_get asks "$url" "$SCRATCH/part" whole || :; done
"""


@pytest.mark.parametrize("client", ["curl", "wget", "python"])
def test_login_of_a_download_stays_with_its_host(kit: Path, tmp_path: Path, client: str) -> None:
    """No redirect brings the login to another host, port or scheme; within the host it goes along."""
    (tmp_path / ".netrc").write_text("default login netrc password fromhome\n")
    with net_up() as net:
        env = clean_environment(tmp_path) | {"SSL_CERT_FILE": str(net.authority.write(tmp_path))}
        words = [f"{net.own.url}/{way}".replace("//", f"//{LOGIN}@") for way in WAYS]
        result = run(["sh", "-c", DOWNLOAD, "sh", kit / "lib", tmp_path, client, *words], env=env)
        assert result.rc == 0, repr(result)
        assert set(net.to_others) <= {"mallory:pw"}
        ended = [entry.status for entry in net.own.journal if entry.path == "/end"]
        # GNU wget forgets the login of a URL at the first redirect; that is its own loss.
        assert client == "wget" or ended.count(200) >= len(STAYS), ended
        assert set(net.to_own) == {LOGIN}


def client(kit: Path, what: str, name: str, url: str, **more: str) -> Result:
    env = clean_environment("/nonexistent") | {"CLIENT_URL": url, "CLIENT_SCHEMES": "http,https"} | more
    return run([sys.executable, kit / "lib" / "fetch" / "http-client.py", what, name], env=env)


def test_login_of_an_index_stays_with_its_host(kit: Path) -> None:
    """The page of a project is redirected in each way; only the index itself sees the login."""
    with net_up() as net:
        for way in WAYS:
            url = net.own.url.replace("//", f"//{LOGIN}@")
            result = client(kit, "index", way, url)
            assert "S3CRET" not in result.out + result.err
            assert (way in STAYS) <= (result.rc == 0), (way, repr(result))
            assert (way in [*REFUSED, "unverified"]) <= (result.rc != 0), (way, repr(result))
        assert (set(net.to_own), net.to_others) == ({LOGIN}, [])


@pytest.mark.parametrize("kind", ["unknown-ca", "wrong-name", "expired"])
def test_trusted_host_is_one_host_and_gets_no_login(kit: Path, tmp_path: Path, kind: str) -> None:
    """Without verification only a host is asked that pip was told to trust, by host or host and port, and no login."""
    authority = Authority()

    def site(request: Request) -> Reply:
        return Reply(200, (("Content-Type", "text/html"),), PAGE)

    seen = list[str]()
    with serve(Upstream("index", watched(site, seen)), tls=authority.context(kind)) as index:
        port = index.url.rpartition(":")[2]
        url = index.url.replace("//", f"//{LOGIN}@")
        ca = {"CLIENT_CA": str(authority.write(tmp_path))}
        for trusted in ("", "files.corp.example", "127.0.0.1:1", "127.0.0", "27.0.0.1", f"localhost:{port}", "*"):
            assert client(kit, "index", "x", url, CLIENT_TRUSTED=trusted, **ca).rc == 1, trusted
        assert [entry for entry in index.journal if entry.method != "TLS"] == []
        for trusted in ("127.0.0.1", f"127.0.0.1:{port}", f"a.example 127.0.0.1:{port}"):
            assert client(kit, "index", "x", url, CLIENT_TRUSTED=trusted, **ca).rc == 0, trusted
        assert len([entry for entry in index.journal if entry.method == "GET"]) == 3
        assert seen == []


def test_verified_index_gets_its_login(kit: Path, tmp_path: Path) -> None:
    """The rule costs nothing where the certificate is good."""
    authority = Authority()

    def site(request: Request) -> Reply:
        return Reply(200, (("Content-Type", "text/html"),), PAGE)

    seen = list[str]()
    with serve(Upstream("index", watched(site, seen)), tls=authority.context()) as index:
        ca = str(authority.write(tmp_path))
        assert client(kit, "index", "x", index.url.replace("//", f"//{LOGIN}@"), CLIENT_CA=ca).rc == 0
        assert seen == [LOGIN]


@pytest.mark.parametrize("name", ["curl", "wget", "python"])
def test_nobody_is_led_from_https_to_http(kit: Path, tmp_path: Path, name: str) -> None:
    """A redirect to plain http ends the attempt, also where http URLs are allowed."""
    authority = Authority()

    def plain(request: Request) -> Reply:
        return Reply(200, (), PAGE)

    with serve(Upstream("http", plain)) as http:

        def site(request: Request) -> Reply:
            return Reply(302, (("Location", f"{http.url}/end"),))

        with serve(Upstream("https", site), tls=authority.context()) as https:
            ca = str(authority.write(tmp_path))
            env = clean_environment(tmp_path) | {"SSL_CERT_FILE": ca, "CURL_CA_BUNDLE": ca}
            run(["sh", "-c", DOWNLOAD, "sh", kit / "lib", tmp_path, name, f"{https.url}/file"], env=env)
            assert (len(https.journal) > 0, list(http.journal)) == (True, [])
            assert client(kit, "index", "x", https.url, CLIENT_CA=ca).rc == 1
            assert list(http.journal) == []


def test_proxy_login_stays_with_the_proxy(kit: Path, tmp_path: Path) -> None:
    """A redirect to a host that is asked without the proxy does not bring it the proxy's password."""
    with net_up() as net, proxy_up("127.0.0.1") as proxy:
        there = net.own.url.replace("//", f"//{LOGIN}@")
        env = {"http_proxy": proxy.url, "no_proxy": "localhost"}
        assert client(kit, "index", "host", there, **env).rc == 0
        assert len(net.other.journal) == 1
        assert [entry for entry in net.other.journal if "proxy-authorization" in entry.headers] == []


ODD = ["{a,b}", "[1-9]", 'x"', "x\\", "%0a"]


@pytest.mark.parametrize("name", ["curl", "wget", "python"])
def test_url_is_one_url_to_every_client(kit: Path, tmp_path: Path, name: str) -> None:
    """Braces, brackets, quotes and lines of a URL are no patterns and no options of a client: one request each."""

    def plain(request: Request) -> Reply:
        return Reply(200, (), PAGE)

    with serve(Upstream("http", plain)) as http:
        urls = [f"{http.url}/{path}" for path in ODD]
        run(["sh", "-c", DOWNLOAD, "sh", kit / "lib", tmp_path, name, *urls], env=clean_environment(tmp_path))
        assert len(http.journal) <= len(ODD), http.paths
        assert not [path for path in http.paths if path in ("/a", "/1")]
        hostile = f'{http.url}/x"\noutput = "{tmp_path}/pwned'
        run(["sh", "-c", DOWNLOAD, "sh", kit / "lib", tmp_path, name, hostile], env=clean_environment(tmp_path))
        assert not (tmp_path / "pwned").exists()
