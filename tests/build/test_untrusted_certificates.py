"""Downloads of a build from hosts whose certificate is not trusted: who is named, and what the user can do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness.builds.woven import new_context
from harness.machine.programs import copy_with_libraries
from harness.sites.apt_site import Archive
from harness.sites.artifacts import Package
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


SOURCE = 'APT::Architectures "amd64";\nAPT::Sandbox::User "root";\nAcquire::Retries "0";\nAcquire::Languages "none";\n'
UPDATE = "apt-get update -o APT::Update::Error-Mode=any && ls /var/lib/apt/lists/*Packages"
METHODS = ("http", "https", "store", "copy", "file")


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    """A context with busybox and apt."""
    root = tmp_path / "context/root"
    new_context(root.parent)
    for program in ("/usr/bin/apt-get", *(f"/usr/lib/apt/methods/{name}" for name in METHODS), "/usr/bin/dpkg"):
        copy_with_libraries(program, root)
    for name in ("etc/apt/apt.conf.d", "var/lib/apt/lists/partial", "var/cache/apt", "var/lib/dpkg", "tmp"):
        (root / name).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    shutil.copytree("/usr/share/dpkg", root / "usr/share/dpkg", ignore=shutil.ignore_patterns("sh"))
    (root / "etc/apt/apt.conf.d/lab").write_text(SOURCE)
    (public := root / "etc/ssl/certs").mkdir(parents=True)
    Authority().write(tmp_path).rename(public / "ca-certificates.crt")
    return root.parent


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("apt-get"), reason="wanted apt-get on this machine, to copy it")
def test_apt_of_a_woven_step_trusts_the_bundle_by_its_configuration(builder, apt, tmp_path):
    """Apt reads no variable for certificates: without a bundle the host is named, with one the lists are there."""
    authority, archive = Authority(), Archive([Package("hello-seawall")])
    with serve(Upstream("apt", archive.site()), tls=authority.context("good")) as lab:
        (apt / "root/etc/apt/sources.list").write_text(f"deb [trusted=yes] {lab.url}/debian stable main\n")
        (apt / "Dockerfile").write_text(f"FROM scratch\nCOPY root /\nRUN {UPDATE}\n")
        without = builder.ours(*HOST_NETWORK, apt)
        bundle = authority.write(tmp_path)
        result = builder.ours(*HOST_NETWORK, apt, SEAWALL_CA_BUNDLE=str(bundle))
    assert (without.rc, result.rc) == (71, 0), f"{without!r}\n{result!r}"
    assert f"the certificate of {lab.host} is not trusted here" in without.err.splitlines()[-1]
