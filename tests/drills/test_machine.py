"""The machine of a drill: all names lead to the drill, nothing leads out, and nothing of it is in an image."""

from __future__ import annotations

import json
import os
from pathlib import Path

from harness.drills.machine.interceptor import intercepted
from harness.drills.machine.machine import BUNDLE_IN_STEP, CA_VARIABLES, CGROUPS, ELSEWHERE, EPOCH_S, drill_machine
from harness.machine.programs import root_with_busybox
from harness.machine.run import run
from harness.sites.file_site import files
from harness.sites.site import Upstream
from harness.wire.journal import Journal

DOCKERFILE = """FROM scratch
COPY . /
ENV PIP_CERT=/nowhere
RUN ["/bin/busybox", "sh", "-c", "echo built > /built && busybox cat /dev/drill-ca.pem > /dev/null || exit 0"]
"""
SHOWN = """FROM scratch
COPY . /
ENV PIP_CERT=/nowhere
RUN ["/bin/busybox", "sh", "-c", "busybox env && busybox cat /dev/drill-ca.pem && busybox wget -O - http://a.test/x"]
"""
OUTPUT = "type=oci,tar=false,rewrite-timestamp=true,dest="
BUILD = ("docker", "buildx", "build", "--progress=plain", "--provenance=false", "--output")


def host(name: str) -> Upstream:
    """A host with one file that contains its name."""
    return Upstream(name, files({"/x": name.encode()}), aimed=False)


def context(folder: Path, dockerfile: str) -> Path:
    """A context with busybox and a Dockerfile that is not copied."""
    root_with_busybox(folder)
    busybox = next(folder.rglob("busybox"))
    (folder / "bin").mkdir(exist_ok=True)
    if not (folder / "bin/busybox").exists():
        (folder / "bin/busybox").hardlink_to(busybox)
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    return folder


def digests(image: Path) -> list[str]:
    """The digests of an image in an OCI layout: manifest, configuration, layers."""
    manifest = json.loads((image / "index.json").read_text())["manifests"][0]["digest"]
    about = json.loads((image / "blobs/sha256" / manifest.removeprefix("sha256:")).read_text())
    return [manifest, about["config"]["digest"], *(layer["digest"] for layer in about["layers"])]


def test_all_names_answer_over_http_and_https_and_nothing_leads_out(machine):
    """A client in a drill reaches each host by its name, with a certificate that it trusts, and no other address."""
    journal = Journal()
    with intercepted(machine.cell, host, machine.tls, journal):
        urls = ("https://one.test/x", "https://two.test/x", "http://one.test/x")
        assert machine.inner.check("curl", "-sS", *urls, env=machine.env) == "one.testtwo.testone.test"
        assert [(entry.host, entry.path, entry.n) for entry in journal] == [
            ("one.test", "/x", 1), ("two.test", "/x", 1), ("one.test", "/x", 2)
        ]  # fmt: skip
        assert machine.names.asked == {"one.test", "two.test"}
        away = machine.inner.run("curl", "-sS", "--max-time", "5", f"http://{ELSEWHERE}/", env=machine.env)
        assert away.rc == 7, repr(away)
    assert machine.ways_out() == []


def test_way_out_is_found(machine):
    """A link or a route that leads out of the machine is named before anything is played."""
    machine.inner.check("ip", "tuntap", "add", "away0", "mode", "tun")
    machine.inner.check("ip", "route", "add", "default", "dev", "docker0")
    found = " ".join(machine.ways_out())
    assert "link away0" in found
    assert "route" in found
    assert ELSEWHERE in found


def test_host_whose_name_is_refused_refuses_connections_and_others_answer(machine):
    """An outage of one host leaves the others alone."""
    machine.names.refused = frozenset({"one.test"})
    with intercepted(machine.cell, host, machine.tls, Journal()):
        refused = machine.inner.run("curl", "-sS", "https://one.test/x", env=machine.env)
        assert (refused.rc, "refused" in refused.err or "connect" in refused.err) == (7, True), repr(refused)
        assert machine.inner.check("curl", "-sS", "https://two.test/x", env=machine.env) == "two.test"


def test_run_steps_trust_the_drill_by_the_variables_of_common_tools(machine, tmp_path):
    """Every RUN step gets the certificates of the drill, also where the Dockerfile names others."""
    folder = context(tmp_path / "context", SHOWN)
    with intercepted(machine.cell, host, machine.tls, Journal()):
        built = machine.inner.run(*BUILD, f"{OUTPUT}{tmp_path / 'image'}", folder, env=machine.env)
    assert built.rc == 0, repr(built)
    for name in CA_VARIABLES:
        assert f"{name}={BUNDLE_IN_STEP}" in built.err, name
    assert "BEGIN CERTIFICATE" in built.err
    assert "a.test" in built.err.rpartition("END CERTIFICATE")[2]


def test_image_has_the_digests_of_a_build_outside(machine, engine, tmp_path):
    """Nothing of the drill is in a layer or in the configuration: the image is the one that users build."""
    folder = context(tmp_path / "context", DOCKERFILE)
    epoch = {"SOURCE_DATE_EPOCH": EPOCH_S}
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    built = machine.inner.run(*BUILD, f"{OUTPUT}{inside}", folder, env=machine.env | epoch)
    assert built.rc == 0, repr(built)
    built = run([*BUILD, f"{OUTPUT}{outside}", "--no-cache", folder], env=engine.env | epoch)
    assert built.rc == 0, repr(built)
    assert digests(inside) == digests(outside)


def test_nothing_of_a_machine_stays(tree, tmp_path):
    """After a drill, this machine has no process, mount or control group of it."""
    folder = tmp_path / "gone/machine"
    with drill_machine(folder, tree) as machine:
        built = machine.inner.run(*BUILD, "type=cacheonly", context(tmp_path / "context", DOCKERFILE), env=machine.env)
        assert built.rc == 0, repr(built)
        assert list(CGROUPS.glob("*/seawall-drill-*-gone")) + list(CGROUPS.glob("seawall-drill-*-gone")) != []
    assert list(CGROUPS.glob("*/seawall-drill-*-gone")) + list(CGROUPS.glob("seawall-drill-*-gone")) == []
    assert str(folder) not in Path("/proc/self/mountinfo").read_text()
    running = run(["ps", "-e", "-o", "args"]).out
    assert str(folder) not in running


def test_key_of_the_drill_is_in_no_file(machine):
    """The private key never stays on disk, so it cannot leak after the drill."""
    files = [path for path in machine.inner.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    small = [path for path in files if path.stat().st_size < 100_000]
    assert [str(path) for path in small if b"PRIVATE KEY" in path.read_bytes()] == []
    assert os.access(machine.inner.folder / "ca.pem", os.R_OK)
