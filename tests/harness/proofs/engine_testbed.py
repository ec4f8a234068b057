"""The testbed of an engine's clients: the daemon connects from the machine itself, so the host is on loopback.

An engine caches what it fetched, so each trial has an image with random content.
"""

from __future__ import annotations

import re
import secrets
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from harness.builds.engine import Engine
from harness.catalogue.case import Case
from harness.catalogue.schedule import parse
from harness.machine.run import Result
from harness.proofs.clients import CLIENTS, Client
from harness.proofs.testbed import NOTHING_WRONG, Testbed
from harness.sites.artifacts import Image, noise
from harness.sites.samples import IMAGE_NAME, images, sample_of
from harness.sites.site import Rule, Upstream
from harness.wire.journal import Journal
from harness.wire.server import Running, serve
from harness.wire.tls import Authority

UNSEEN = "unseen images"
"""The kind of upstream of the engine's clients."""
LIMIT_S = 60


@contextmanager
def on_loopback(case: Case, kind: str, _: Authority, __: Path, *, faulty: bool) -> Iterator[Testbed]:
    """A testbed for one client, like testbed.in_cell."""
    case = case if faulty else replace(case, **NOTHING_WRONG)
    content = images(Image(noise(1 << 16, secrets.token_hex(8)))) if kind == UNSEEN else sample_of(kind)
    rules = (Rule(parse(case.schedule), path_class=case.path_class or content.path_class),)
    site = content.others[case.site]() if case.site else content.site
    with serve(Upstream("host", site, content.classes, rules)) as lab:
        yield Testbed(lab, Journal(), content)


def engine_clients(engine: Engine) -> Mapping[str, Client]:
    """All clients, those of an engine included; they remove what they create on it."""

    def pull(home: Path, lab: Running, _: Path) -> tuple[Result, bytes]:
        name, container = f"{lab.host}/{IMAGE_NAME}:1", f"seawall-{secrets.token_hex(4)}"
        result = engine.docker("pull", "--quiet", name, timeout=LIMIT_S)
        if result.rc == 0:
            engine.check_docker("create", "--name", container, name, "none")
            engine.check_docker("cp", f"{container}:/noise", str(home / "got"))
            engine.check_docker("rm", container)
        engine.docker("image", "rm", "--force", name)
        return result, (home / "got").read_bytes() if result.rc == 0 else b""

    def build(home: Path, lab: Running, _: Path) -> tuple[Result, bytes]:
        (home / "Dockerfile").write_text(f"FROM {lab.host}/{IMAGE_NAME}:1\n")
        words = ["--progress", "plain", "--output", f"type=tar,dest={home / 'got.tar'}", str(home)]
        result = engine.docker("buildx", "build", *words, timeout=LIMIT_S)
        if result.rc != 0:
            return result, b""
        with tarfile.open(home / "got.tar") as archive:
            found = archive.extractfile("noise")
            return result, found.read() if found else b""

    def add(home: Path, lab: Running, _: Path) -> tuple[Result, bytes]:
        (home / "Dockerfile").write_text(f"FROM scratch\nADD {lab.url}/64k /got\n")
        words = ["--progress", "plain", "--output", f"type=local,dest={home / 'out'}", str(home)]
        result = engine.docker("buildx", "build", *words, timeout=LIMIT_S)
        return result, (home / "out/got").read_bytes() if result.rc == 0 else b""

    def docker_version() -> str:
        return engine.check_docker("version", "--format", "{{.Server.Version}}")

    def buildkit_version() -> str:
        """A distribution's build of the daemon does not report the version of BuildKit."""
        found = re.search(r"BuildKit version: v?(\S+)", engine.check_docker("buildx", "inspect"))
        return found[1] if found and "unknown" not in found[1] else f"of Docker {docker_version()}"

    return {
        **CLIENTS,
        "docker-pull": Client(pull, UNSEEN, version=docker_version),
        "buildkit": Client(build, UNSEEN, version=buildkit_version),
        "buildkit-add": Client(add, "files", version=buildkit_version),
    }
