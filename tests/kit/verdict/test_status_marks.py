"""scripts/lib/verdict/status.awk: an HTTP status is a number in its place, whatever words follow."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

STATUSES = [
    "http/1.1 @503",
    "http/2 @520 ",
    'request returned http/1.1" @599 x',
    "curl: (22) the requested url returned error: @522",
    "wget: error @503: slow down.",
    "http request sent, awaiting response... @503 first byte timeout",
    "e: failed to fetch http://a.example/x.deb  @503  x [ip: 192.0.2.1 80]",
    "e: failed to fetch http://a.example/inrelease  @530",
    "unexpected status from head request to https://a.example/v2/b/manifests/c: @525",
    "reading https://p.example/m/@v/list: @502",
    "npm error code e@503",
    "npm err! @522 <none> - get https://n.example/x",
    "error: get https://n.example/zod - @503",
    "return code is: @503 , reasonphrase:backend read error.",
    "received status code @520 from server: ",
    "response status code does not indicate success: @503 (egress is over the limit).",
    "failed to get successful http response from `https://c.example/x`, got @503",
    "bad response backend fetch failed @503 (https://g.example/x.gem)",
    "lfs: server error https://m.example/obj from http @503",
    "@503 server error: x for url: https://a.example/x",
    '{"code":@503,"message":"x"}',
    "connect tunnel failed, response @407",
    "<title>@502 bad gateway</title>",
]
OTHERS = [
    "dial tcp 192.0.2.1:443: connect",
    "failed to connect to a.example port 443 after 500 ms",
    "main.go:503:12: undefined",
    "makefile:503: all] error 1",
    "src/a.c:404: warning: unused",
    "expected 200 but got 503",
    "503 packages installed",
    "found 404 errors",
    "total: 512",
    "wrote 502 bytes to https://a.example/x",
    "https://a.example/x 512 kb",
    "== 503 failed in 2s",
    "sha256:503abc",
    "sshd[503]: closed",
    "build 503 of 504",
    "took 450 ms",
    "java.base/sun.nio.ch.net.connect(net.java:579)",
]


def marked(kit: Path, lines: list[str]) -> list[str]:
    program = "END { for (i = 1; i <= NR; i++) print status_mark(L[i]) } { L[NR] = $0 }"
    file = kit / "lib" / "verdict" / "status.awk"
    done = subprocess.run(
        ["awk", file.read_text() + program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_status_is_marked_where_tools_print_it(kit: Path):
    """A 503 counts as an outage with any reason phrase, and without one."""
    assert marked(kit, [line.replace("@5", "5").replace("@407", "407") for line in STATUSES]) == STATUSES


@pytest.mark.parametrize("line", OTHERS)
def test_other_numbers_are_not_marked(kit: Path, line: str):
    """A port, a line number, a count or a duration is not a status."""
    assert marked(kit, [line]) == [line]
