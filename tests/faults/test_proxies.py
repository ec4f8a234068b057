"""H23: a proxy that refuses CONNECT, for once and for good."""

from __future__ import annotations

import pytest
from harness.file_site import files
from harness.proxy import PASSWORD, proxy_up
from harness.run import clean_environment, run
from harness.server import serve
from harness.site import Upstream
from harness.tls import Authority

PATIENT = ("--fail", "--retry", "3", "--retry-delay", "1", "--retry-all-errors")


@pytest.fixture
def get(tmp_path):
    """Fetches a file through a proxy that first gives these answers to CONNECT; the result and what the proxy saw."""
    authority = Authority()
    upstream = Upstream("host", files({"/hello": b"hello\n"}))

    def call(answers: list[int], *options: str, known: bool = True):
        ca = authority.write(tmp_path)
        with serve(upstream, tls=authority.context()) as lab, proxy_up("127.0.0.1", answers) as proxy:
            url = proxy.url if known else proxy.url.replace(PASSWORD, "wrong")
            words = ["curl", "-sS", "--cacert", str(ca), "--proxy", url, *options]
            result = run([*words, f"{lab.url}/hello"], env=clean_environment(tmp_path))
        return result, proxy, len(lab.journal)

    return call


@pytest.mark.fault("H23")
def test_connect_that_is_refused_once_is_tried_again(get):
    control, _, asked = get([])
    assert (control.rc, control.out, asked) == (0, "hello\n", 1), f"INVALID: the control fails\n{control!r}"
    naive, proxy, asked = get([502])
    assert (naive.rc != 0, proxy.refused, asked) == (True, 1, 0), f"INVALID: the naive client is whole\n{naive!r}"
    result, proxy, asked = get([502], *PATIENT)
    assert (result.rc, result.out, proxy.refused, asked) == (0, "hello\n", 1, 1), repr(result)


@pytest.mark.fault("H23")
def test_wrong_password_is_a_word_about_the_proxy_and_no_way_around_it(get):
    result, proxy, asked = get([], known=False)
    assert (result.rc, "407" in result.err, asked) == (56, True, 0), repr(result)
    assert proxy.refused == 1
    naive, proxy, asked = get([], "--noproxy", "*", known=False)
    assert (naive.rc, proxy.refused, asked) == (0, 0, 1), f"INVALID: the naive client stays out\n{naive!r}"
