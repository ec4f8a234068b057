"""Starts the lab in containers with pytest-docker, as `docker compose up` does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_docker.plugin import get_docker_services

from harness.builds.engine import Engine
from harness.machine.cleanup import at_end
from harness.proofs.containers import Containers

ROW = re.compile(r"^\S+ +\| (\S+) +(http://\S+)", re.MULTILINE)


@contextmanager
def containers_up(engine: Engine, repository: Path, image: str, project: str, faults: str = "") -> Iterator[Containers]:
    """The services of the compose file for the duration of the block; a failed start is cleaned up too."""
    settings = {"LAB_IMAGE": image, "LAB_FAULTS": faults}
    engine = Engine(engine.env | settings)
    command = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in settings.items()), "docker compose"])
    file = repository / "fixtures/lab/compose.yaml"
    compose = ("compose", "--file", str(file), "--project-name", project)
    # pytest-docker cleans up after a successful start only, and not if it is killed.
    with (
        at_end(["docker", *compose, "down", "--volumes", "--timeout", "5"], engine.env),
        get_docker_services(command, str(file), project, "up --detach --wait", []),
    ):
        urls = dict(ROW.findall(engine.check_docker(*compose, "logs", "lab")))
        client = engine.check_docker(*compose, "ps", "--quiet", "client")
        pid = engine.check_docker("inspect", "--format", "{{.State.Pid}}", client)
        yield Containers(engine, compose, urls, ("nsenter", f"--net=/proc/{pid}/ns/net", "--"))
