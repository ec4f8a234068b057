"""Fixtures for tests of the commands: one client on PATH, a call of fetch.sh, apt archives, an image that uses them,
and the attempts of a command.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from harness.builds.apt_image import Image
from harness.builds.woven_step import Step
from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.machine.shells import SHELLS
from harness.sites import apt_site
from harness.sites.artifacts import noise
from harness.sites.file_site import files
from harness.sites.site import Request, Rule, Upstream
from harness.wire.server import Running, serve

Fetch = Callable[..., Result]
SUM = hashlib.sha256(noise(300_000)).hexdigest()
CLIENTS = {"curl": "curl", "wget": "wget", "python": "python3", "busybox": "wget"}
WITHOUT = ("curl", "wget", "python3", "python")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """A PATH with this one client."""

    def call(client: str) -> str:
        folder = tmp_path_factory.mktemp(client)
        for tool in Path("/usr/bin").iterdir():
            if not tool.name.startswith(WITHOUT):
                (folder / tool.name).symlink_to(tool)
        if client in CLIENTS:
            program = "busybox" if client == "busybox" else CLIENTS[client]
            (folder / CLIENTS[client]).symlink_to(f"/usr/bin/{program}")
        return str(folder)

    return call


@pytest.fixture
def fetch(kit: Path, tmp_path: Path) -> Fetch:
    """Fetches these URLs to the file `out`."""

    def call(*urls: str, words: tuple[str, ...] = ("--allow-http", "--sha256", SUM), **more: str) -> Result:
        env = clean_environment(tmp_path) | {"SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_SEED": "84"}
        return run([kit / "stage" / "fetch.sh", *urls, *words, "--output", tmp_path / "out"], env=env | more)

    return call


@pytest.fixture
def attempts(tmp_path: Path) -> Callable[[], list[str]]:
    """The class of each attempt so far."""

    def call() -> list[str]:
        lines = (tmp_path / "events.jsonl").read_text().splitlines()
        return [event["class"] for event in map(json.loads, lines) if event["event"] == "attempt"]

    return call


@pytest.fixture
def up() -> Iterator[Callable[..., Running]]:
    """Serves these archives; `fault` is a schedule for all requests."""
    with ExitStack() as stack:

        def call(
            *archives: apt_site.Archive, fault: str = "", answer: Callable[[Request], Reply] | None = None
        ) -> Running:
            found: dict[str, bytes] = {}
            for archive in archives:
                found |= archive.files()
            rules = (Rule(parse(fault)),) if fault else ()
            return stack.enter_context(serve(Upstream("apt", answer or files(found), apt_site.CLASSES, rules)))

        yield call


@pytest.fixture
def image(kit: Path, tmp_path: Path) -> Image:
    """An image with the apt sources of the test."""
    return Image(tmp_path, kit)


@pytest.fixture
def step(kit: Path, tmp_path: Path) -> Step:
    """A woven step with its own trampolines, kit and settings."""
    return Step(kit, tmp_path / "step")


@pytest.fixture
def seen_classes(step: Step) -> Callable[[], list[str]]:
    """The class of each attempt in the step so far."""

    def call() -> list[str]:
        lines = [line for line in step.told().splitlines() if line]
        events = [json.loads(line.partition("{")[1] + line.partition("{")[2]) for line in lines]
        return [event["class"] for event in events if event["event"] == "attempt"]

    return call


@pytest.fixture
def together() -> Callable[..., None]:
    """Runs a check for many cases side by side, each in the next shell, and names the case that fails."""

    def call(check: Callable[..., None], cases: Sequence[Any]) -> None:
        shells = cycle(shell for shell in SHELLS if shell.is_there)

        def one(case: Any, shell: Any) -> str:
            try:
                check(case, shell)
            except AssertionError as error:
                return f"{case} in {shell.name}: {error}"
            return ""

        with ThreadPoolExecutor(6) as pool:
            failed = list(filter(None, pool.map(one, cases, shells)))
        assert not failed, "\n\n".join(failed)

    return call
