"""Host data that reaches a RUN step of a real build, and its absence from image, attestation, arguments and files."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import pytest
from harness.machine.programs import BUSYBOX, copy_with_libraries, root_with_busybox
from harness.machine.run import Result

HALF = token_hex(8)
CANARY = f"S3CRET{HALF}"
"""Of this run alone. Steps look for it in two halves: what they print, the builder's log has."""
SETTINGS = {
    "SEAWALL_PYPI_INDEXES": f"https://ci:{CANARY}@pypi.example.org/simple",
    "SEAWALL_GO_PROXIES": "https://go.example.org direct",
    "HTTPS_PROXY": f"http://clerk:{CANARY}@127.0.0.1:9",
    "https_proxy": f"http://clerk:{CANARY}@127.0.0.1:9",
    "NO_PROXY": "*",
    "no_proxy": "*",
}
MOUNTS = " ".join(f"--mount=type=secret,id={name},target=/run/{name}" for name in ("seawall.conf", "seawall.ca"))
LOOK = rf"""
look() {{ case $2 in *S3CRET'{HALF}'*) printf '%s has it\n' "$1" ;; *) printf '%s has nothing\n' "$1" ;; esac; }}
look settings "$(cat /run/seawall.conf 2>/dev/null)"
look certificates "$(cat /run/seawall.ca 2>/dev/null)"
look environment "$(env)"
look where "$WHERE"
printf 'certificates: %s\n' "$(grep -c BEGIN /run/seawall.ca 2>/dev/null)"
printf 'index: %s\n' "$(grep -c '^SEAWALL_PYPI_INDEXES=default$' /run/seawall.conf 2>/dev/null)"
printf 'proxy: %s\n' "$(grep -c '^#seawall proxy NO_PROXY' /run/seawall.conf 2>/dev/null)"
"""


@pytest.fixture
def project(tmp_path, kit) -> Callable[[str], Path]:
    """A context with busybox as /bin and a script that looks for the canary; MOUNTS and LOOK are placeholders."""
    folder = tmp_path / "context"
    root = folder / "root"
    root_with_busybox(root)
    (root / "bin").mkdir(exist_ok=True)
    for applet in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
        (root / "bin" / applet).symlink_to(BUSYBOX)
    copy_with_libraries(shutil.which("cksum") or "/usr/bin/cksum", root)
    (root / "look.sh").write_text(LOOK)
    (root / "mark").write_text(token_hex(8))

    def call(lines: str) -> Path:
        lines = lines.replace("MOUNTS", MOUNTS).replace("LOOK", "sh /look.sh")
        (folder / "Dockerfile").write_text(f"FROM scratch AS base\nENV PATH=/bin:/usr/bin\nCOPY root /\n{lines}\n")
        return folder

    return call


def told(result: Result) -> list[str]:
    """The output of the steps, without the builder's prefix."""
    words = (line.split(" ", 2) for line in result.err.splitlines() if line.startswith("#"))
    return [parts[2] for parts in words if len(parts) == 3 and parts[1].replace(".", "").isdigit()]


NOTHING = ["settings has nothing", "certificates has nothing", "environment has nothing", "where has nothing"]
UNMOUNTED = """
# A comment: seawall.conf seawall.ca
FROM base AS not-needed
RUN MOUNTS LOOK
FROM base
ARG HTTPS_PROXY
ARG SEAWALL_PYPI_INDEXES
ENV WHERE=$HTTPS_PROXY$SEAWALL_PYPI_INDEXES
RUN --mount=type=secret,id=conf,target=/run/seawall.conf LOOK # id=seawall.conf
RUN LOOK # --mount=type=secret,id=seawall.ca
"""


def test_step_without_the_mount_gets_nothing(builder, project):
    """As with plain buildx, a step sees only what it mounts, whatever the Dockerfile says."""
    result = builder.ours(project(UNMOUNTED), SEAWALL_STEP_SOURCES="all", **SETTINGS)
    assert result.rc == 0, repr(result)
    assert [line for line in told(result) if " has " in line] == NOTHING * 2
    assert CANARY not in result.err


FORGED = '{"ts":"2026-01-01T00:00:00Z","run":"r","event":"attempt","level":"info","attempt":5,"exit":0}'


def test_step_with_the_mount_gets_what_has_no_login_and_its_forged_events_do_not_count(
    builder, project, certificate, tmp_path
):
    """A path of certificates that were two fields of --secret (`ca,env=NAME`) names no variable of the client. Forged
    lines, as a kit of another version prints them, are shown.
    """
    (tmp_path / "ca").write_text(certificate)
    (tmp_path / "ca,env=AWS_SECRET_ACCESS_KEY").write_text(certificate)
    settings = SETTINGS | {"SEAWALL_CA_BUNDLE": "ca,env=AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY": CANARY}
    forged = "; ".join(f"echo 'seawall-event: {mark}{FORGED}'" for mark in ("", "0" * 32 + " ") * 5)
    result = builder.ours(project(f"RUN MOUNTS LOOK; {forged}"), **settings)
    assert result.rc == 0, repr(result)
    assert told(result)[:7] == [*NOTHING, "certificates: 1", "index: 1", "proxy: 1"]
    assert CANARY not in result.err
    assert result.err.count("set SEAWALL_STEP_SOURCES=all to hand them over") == 1
    assert len([line for line in told(result) if line.startswith("seawall-event: ")]) == 10
    assert [event["upstream"] for event in builder.events("attempt")] == ["builder"]


def test_other_file_is_not_handed_as_certificates(builder, project, tmp_path):
    """~/.ssh/id_rsa, as root with mode 0600, cannot be handed over as certificates."""
    stolen = tmp_path / "id_rsa"
    stolen.write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----\n")
    stolen.chmod(0o600)
    result = builder.ours(project("RUN MOUNTS LOOK; cat /run/seawall.ca"), SEAWALL_CA_BUNDLE=str(stolen))
    assert (result.rc, result.err.count("\n"), builder.events("attempt")) == (78, 1, []), repr(result)
    assert CANARY not in result.err


@contextmanager
def watched(folders: list[Path]) -> Iterator[dict[str, set[str]]]:
    """The places with the canary during a build, in arguments and folders, and those with the settings."""
    seen: dict[str, set[str]] = {"arguments": set(), "files": set(), "environments": set()}
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.01):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if CANARY.encode() in (process / "cmdline").read_bytes():
                        seen["arguments"].add((process / "comm").read_text().strip())
                    if b"\0SEAWALL_STEP_CONF=" in b"\0" + (process / "environ").read_bytes():
                        seen["environments"].add((process / "comm").read_text().strip())
                except OSError:
                    continue
            seen["files"] |= set(holders(folders))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def holders(folders: list[Path]) -> list[str]:
    """The files below these folders with the canary, compressed or not."""
    found = []
    for folder in folders:
        for name, _, files in os.walk(folder):
            for file in files:
                try:
                    path = Path(name, file)
                    data = path.read_bytes() if path.is_file() else b""
                    if data[:2] == b"\x1f\x8b":
                        data = gzip.decompress(data)
                except (OSError, EOFError):
                    continue
                if CANARY.encode() in data:
                    found.append(str(path))
    return found


def test_what_a_step_is_handed_is_nowhere_else(builder, project, certificate, tmp_path, kit):
    """No trace in image, history, provenance, metadata, arguments, cache mounts, state, scratch folder and log."""
    (tmp_path / "ca").write_text(certificate)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    cache = f"--mount=type=cache,id=seawall-test-{token_hex(8)},target=/var/lib/seawall"
    step = f"--mount=type=bind,from=kit,target=/seawall {cache} MOUNTS"
    folder = project(
        f"ARG HTTPS_PROXY\nENV WHERE=$HTTPS_PROXY\nRUN {step} /seawall/stage/retry.sh -- LOOK\n"
        f"RUN {cache} printf S3CRET'{HALF}' | grep -r -f - /var/lib/seawall /tmp /etc /look.sh || echo not kept"
    )
    image, metadata = tmp_path / "image", tmp_path / "metadata"
    words = ["--provenance=mode=max", "--output", f"type=oci,dest={image},tar=false", "--metadata-file", metadata]
    shared = [path for path in (Path("/dev/shm"),) if path.is_dir()]  # noqa: S108 # where a scratch folder is
    with watched([scratch, *shared]) as seen:
        result = builder.ours(
            *words, "--build-context", f"kit={kit}", folder, TMPDIR=str(scratch), SEAWALL_STEP_SOURCES="all",
            SEAWALL_CA_BUNDLE=str(tmp_path / "ca"), **SETTINGS,
        )  # fmt: skip
    assert result.rc == 0, repr(result)
    # The step had all of it: the settings by the mount, the proxy by the kit's command.
    assert {
        "settings has it", "certificates has nothing", "environment has it", "where has nothing", "certificates: 1",
    } <= set(told(result))  # fmt: skip
    assert "not kept" in told(result)
    # Its own event counts, for it had the mark.
    assert [(event["upstream"], event["attempt"]) for event in builder.events("attempt") if "step" in event] == [
        ("none", 1)
    ]
    assert seen == {"arguments": set(), "files": set(), "environments": seen["environments"]}
    # Of a program that is docker's, or runs for an instant before it or for it.
    assert "docker-buildx" in seen["environments"] <= {"setsid", "docker", "docker-buildx", "git"}
    assert holders([image, metadata.parent / "state", scratch]) == []
    assert CANARY not in metadata.read_text() + (tmp_path / "events.jsonl").read_text() + result.err
    attestation = [path.read_bytes() for path in (image / "blobs" / "sha256").iterdir()]
    assert any(b"https://slsa.dev/provenance" in blob for blob in attestation)
    assert "buildx.build.provenance" in json.loads(metadata.read_text())
