"""H19: streams that are reset and connections that are sent away, in real frames of HTTP/2."""

from __future__ import annotations

import pytest
from harness.catalogue.schedule import parse
from harness.cells.cell import cell_up
from harness.machine.run import Result, run
from harness.sites.artifacts import noise
from harness.sites.file_site import files
from harness.sites.site import Rule, Upstream
from harness.wire.http2 import serve_http2

BODY = noise(1 << 18)


@pytest.fixture
def get(tmp_path):
    """Fetches the file with curl over HTTP/2, `times` times at most; gives the result, the bytes, how answers ended."""

    def call(schedule: str, times: int = 1) -> tuple[Result, bytes, list[tuple[int, str]]]:
        upstream = Upstream("host", files({"/file": BODY}), rules=(Rule(parse(schedule)),))
        got = tmp_path / "got"
        got.unlink(missing_ok=True)
        with cell_up(tmp_path) as cell, serve_http2(upstream, cell, "127.0.1.1") as lab:
            words = [*lab.enter, "curl", "-sS", "--http2-prior-knowledge", "--max-time", "20", "-o", str(got)]
            # Each time another process: curl 7.88's own --retry takes the same connection and ends with 16.
            for _ in range(times):
                result = run([*words, f"{lab.url}/file"])
                if result.rc == 0:
                    break
        return result, got.read_bytes() if got.exists() else b"", [(entry.sent, entry.ending) for entry in lab.journal]

    return call


@pytest.mark.fault("H19")
@pytest.mark.parametrize("ending", ["rst", "fin"])
def test_stream_that_is_cut_is_asked_for_again(get, ending):
    control, got, _ = get("ok")
    assert (control.rc, got) == (0, BODY), f"INVALID: the control fails\n{control!r}"

    naive, got, seen = get(f"{ending}@100000")
    assert (naive.rc != 0, seen) == (True, [(100_000, ending)]), f"INVALID: the naive client is whole\n{naive!r}"

    result, got, seen = get(f"{ending}@100000", times=2)
    assert (result.rc, got) == (0, BODY), repr(result)
    assert seen == [(100_000, ending), (len(BODY), "done")]
