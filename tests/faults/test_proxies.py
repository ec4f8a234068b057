"""H23: a proxy that refuses CONNECT, for once and for good."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from harness.machine.run import clean_environment, run
from harness.sites.file_site import files
from harness.sites.site import Upstream
from harness.wire.loopback import upstream
from harness.wire.proxy import PASSWORD, WANTED, proxy_up
from harness.wire.server import serve
from harness.wire.tls import Authority

PATIENT = ("--fail", "--retry", "3", "--retry-delay", "1", "--retry-all-errors")


@pytest.fixture
def get(tmp_path):
    """Fetches a file through a proxy that answers CONNECT by a schedule; the result and what proxy and host saw."""
    authority = Authority()
    upstream = Upstream("host", files({"/hello": b"hello\n"}))

    def call(schedule: str, *options: str, known: bool = True):
        ca = authority.write(tmp_path)
        with serve(upstream, tls=authority.context()) as lab, proxy_up("127.0.0.1", schedule) as proxy:
            url = proxy.url if known else proxy.url.replace(PASSWORD, "wrong")
            words = ["curl", "-sS", "--cacert", str(ca), "--proxy", url, *options]
            result = run([*words, f"{lab.url}/hello"], env=clean_environment(tmp_path))
        return result, proxy, len(lab.journal)

    return call


@pytest.mark.fault("H23")
def test_connect_that_is_refused_once_is_tried_again(get):
    control, _, asked = get("ok")
    assert (control.rc, control.out, asked) == (0, "hello\n", 1), f"INVALID: the control fails\n{control!r}"
    naive, proxy, asked = get("502")
    assert (naive.rc != 0, len(proxy.seen(502)), asked) == (True, 1, 0), (
        f"INVALID: the naive client is whole\n{naive!r}"
    )
    result, proxy, asked = get("502", *PATIENT)
    assert (result.rc, result.out, len(proxy.seen(502)), asked) == (0, "hello\n", 1, 1), repr(result)


@pytest.mark.fault("H23")
def test_wrong_password_is_a_word_about_the_proxy_and_no_way_around_it(get):
    result, proxy, asked = get("ok", known=False)
    assert (result.rc, "407" in result.err, asked) == (56, True, 0), repr(result)
    assert len(proxy.seen(407)) == 1
    naive, proxy, asked = get("ok", "--noproxy", "*", known=False)
    assert (naive.rc, len(proxy.journal), asked) == (0, 0, 1), f"INVALID: the naive client stays out\n{naive!r}"


def test_reset_of_a_connect_is_exact_and_in_the_journal(get):
    naive, proxy, asked = get("rst -> ok")
    assert (naive.rc, asked) == (56, 0), repr(naive)
    assert [(entry.method, entry.path_class, entry.fault, entry.ending) for entry in proxy.journal] == [
        ("CONNECT", "connect", "rst", "rst")
    ]
    result, proxy, _ = get("rst -> ok", *PATIENT)
    assert result.out == "hello\n", repr(result)
    last = list(proxy.journal)[-1]
    assert (last.status, last.ending, last.headers["proxy-authorization"]) == (200, "done", "present")
    assert last.sent > len("hello\n"), "TLS and HTTP around it"


def test_tunnel_that_is_open_at_the_end_is_counted():
    with upstream({"/hello": b"hello\n"}) as lab, proxy_up("127.0.0.1") as proxy:
        host = urlsplit(proxy.url).hostname, urlsplit(proxy.url).port
        client = socket.create_connection(host, timeout=10)
        far = urlsplit(lab.url).netloc
        client.sendall(f"CONNECT {far} HTTP/1.1\r\nHost: {far}\r\nProxy-Authorization: {WANTED}\r\n\r\n".encode())
        assert b" 200 " in client.recv(4096)
        client.sendall(f"GET /hello HTTP/1.1\r\nHost: {far}\r\n\r\n".encode())
        answer = client.recv(4096)
    client.close()
    assert answer.endswith(b"hello\n")
    assert [(entry.ending, entry.sent) for entry in proxy.journal] == [("done", len(answer))]


def test_host_that_nobody_is_at_is_502(tmp_path):
    with proxy_up("127.0.0.1") as proxy:
        words = ["curl", "-sS", "--proxy", proxy.url, "--proxytunnel", "http://127.0.0.1:1/"]
        result = run(words, env=clean_environment(tmp_path))
    assert (result.rc, len(proxy.seen(502))) == (56, 1), repr(result)


def test_plain_page_comes_through_the_proxy(tmp_path):
    with upstream({"/hello": b"hello\n"}) as lab, proxy_up("127.0.0.1") as proxy:
        words = ["curl", "-sS", "--proxy", proxy.url, f"{lab.url}/hello"]
        result = run(words, env=clean_environment(tmp_path))
    assert result.out == "hello\n", repr(result)
    assert proxy.seen(200) == [("GET", f"{lab.url}/hello")]
    assert lab.paths == ["/hello"]
