"""The images of the Go services, by their configuration and by what `docker export` shows: they have no shell."""

from __future__ import annotations

import json

import pytest
from harness.builds.kept_images import exported

GO_SERVICES = ("conductor-loop", "intent-ingest")
OF_THE_ENGINE = {".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf"}
"""What is in every container, whatever the image."""
SHELLS = {"sh", "bash", "dash", "ash", "busybox", "mksh", "zsh", "yash"}


@pytest.fixture(scope="module", params=GO_SERVICES)
def service(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def config(engine, kept, service) -> dict:
    (found,) = json.loads(engine.check_docker("image", "inspect", kept.images[service]))
    return found["Config"]


@pytest.fixture(scope="module")
def files(engine, kept, service, tmp_path_factory) -> dict:
    return exported(engine, kept.images[service], tmp_path_factory.mktemp("export") / "image.tar")


def test_runs_the_program_itself_as_nobody(config):
    assert (config["User"], config["Entrypoint"]) == ("65532:65532", ["/app/service"])
    assert config.get("Cmd") is None


def test_labels_tell_what_it_is(config, service):
    wanted = {"title": service, "version": "0.1.0", "licenses": "Apache-2.0"}
    assert {name: config["Labels"][f"org.opencontainers.image.{name}"] for name in wanted} == wanted


def test_degraded_label_is_there_exactly_when_the_report_says_so(config, kept):
    degraded = json.loads((kept.report / "report.json").read_text())["degraded"]
    assert config["Labels"].get("seawall.degraded", "") == ("base-image" if degraded else "")


def test_holds_certificates_time_zones_and_no_shell(files):
    assert {"app/service", "etc/ssl/certs/ca-certificates.crt", "etc/passwd"} <= set(files)
    assert any(name.startswith("usr/share/zoneinfo/Europe/") for name in files)
    assert not {name for name in files if name.rsplit("/", 1)[-1] in SHELLS}


def test_only_the_program_can_be_executed(files):
    executable = {name for name, entry in files.items() if entry.isfile() and entry.mode & 0o111}
    assert executable - OF_THE_ENGINE == {"app/service"}


def test_volume_belongs_to_the_service(files):
    folder = files["var/lib/intents"]
    assert (folder.uid, folder.gid) == (65532, 65532)


def test_tells_its_version(engine, kept, service):
    assert engine.check_docker("run", "--rm", kept.images[service], "--version") == f"{service} 0.1.0"
