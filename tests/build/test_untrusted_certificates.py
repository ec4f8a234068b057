"""Downloads of a build from hosts whose certificate is not trusted: who is named, and what the user can do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness.machine.programs import copy_with_libraries
from harness.sites.file_site import files
from harness.sites.site import Upstream
from harness.wire.server import serve
from harness.wire.tls import Authority

HOST_NETWORK = ("--network", "host", "--allow", "network.host", "--output", "type=cacheonly")
CURL = 'RUN ["/usr/bin/curl", "--cacert", "/ca.pem", "--silent", "--show-error", "--fail", "URL/file"]'
STEPS = {"ADD": "FROM scratch\nADD URL/file /file\n", "RUN": f"FROM scratch\nCOPY root /\n{CURL}\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A context with curl and the certificate of a CA that signs nothing here."""
    root = tmp_path / "context/root"
    root.mkdir(parents=True)
    curl = shutil.which("curl")
    assert curl
    copy_with_libraries(curl, root, "usr/bin/curl")
    Authority().write(root).rename(root / "ca.pem")
    return root.parent


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["unknown-ca", pytest.param("expired", marks=pytest.mark.long)])
def test_untrusted_certificate_names_the_host_and_the_setting(builder, folder, step, kind):
    """Plain buildx prints the tool's words; the last line of the kit says whose certificate, and where its CA goes."""
    authority = Authority()
    if kind == "expired" and step == "RUN":
        authority.write(folder / "root").rename(folder / "root/ca.pem")
    with serve(Upstream("files", files({"/file": b"content"})), tls=authority.context(kind)) as lab:
        (folder / "Dockerfile").write_text(STEPS[step].replace("URL", lab.url))
        assert builder.plain(*HOST_NETWORK, folder).rc == 1
        result = builder.ours(*HOST_NETWORK, folder)
        assert [entry for entry in lab.journal if entry.method == "GET"] == [], lab.journal.table()
    attempts = [event["class"] for event in builder.events("attempt")]
    assert (result.rc, attempts) == (71, ["tls"]), repr(result)
    last = result.err.splitlines()[-1]
    assert f"the certificate of {lab.host} is not trusted here" in last, repr(result)
    assert "SEAWALL_CA_BUNDLE" in last
