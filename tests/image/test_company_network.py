"""Behind a company's proxy the build works, and leaves neither the address nor the password of the proxy."""

from __future__ import annotations

import json

import pytest
from harness.machine.run import run
from harness.wire.proxy import PASSWORD, proxy_up

NO_CACHE = "go-deps,python-deps"


@pytest.mark.long
def test_downloads_pass_the_proxy_and_leave_no_trace_of_it(engine, kit, tmp_path):
    """Downloads in RUN steps use the company's proxy; its address and password are in no image, log or report."""
    gateway = engine.check_docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
    report = tmp_path / "report"
    words = ["--keep", "--report", report, "--", "--no-cache-filter", NO_CACHE]
    with proxy_up(gateway) as proxy:
        result = run(
            [kit / "test-docker-build.sh", *words],
            env=engine.env | proxy.env | {"SEAWALL_STEP_SOURCES": "all"},
            timeout=600,
        )
    assert result.rc == 0, repr(result)
    written = json.loads((report / "report.json").read_text())
    prefix = f"seawall-{written['run']}"
    images = [f"{prefix}/{image['service']}" for image in written["images"]]
    try:
        # The RUN steps for Go and for Python both used the proxy, by CONNECT.
        assert len({target for method, target in proxy.seen(200) if method == "CONNECT"}) >= 2
        said = [result.out, result.err, *(file.read_text() for file in report.iterdir())]
        said += [engine.check_docker("image", "inspect", image) for image in images]
        said += [engine.check_docker("history", "--no-trunc", image) for image in images]
        address = proxy.url.rpartition("@")[2]
        assert [text for text in said if PASSWORD in text or address in text] == []
    finally:
        engine.check_docker("image", "rm", *images, f"{prefix}/smoke-client")
