"""Builds by docker-build.sh and by buildx, side by side: registries that misbehave, a Dockerfile on their image."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest

from harness import registry_site
from harness.content import Image, noise
from harness.engine import Engine
from harness.faults import Reply
from harness.registry_site import Registry
from harness.run import Result, run
from harness.schedule import parse
from harness.server import Running, serve
from harness.site import Request, Rule, Upstream

BUSYBOX = shutil.which("busybox") or "/bin/busybox"


def copy_with_libraries(program: str, root: Path, name: str = "") -> None:
    """Copies a program, and the libraries that it wants, to where they stand, below another root."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for path, place in [(program, name or program), *((found, found) for found in re.findall(r"(/[^ ]+) \(", said))]:
        target = root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def root_with_busybox(folder: Path) -> None:
    """The host's busybox, and the libraries that it wants."""
    copy_with_libraries(BUSYBOX, folder)


def new_site() -> Registry:
    """A registry with `team/hello:1`, an image that no engine has seen."""
    site = Registry()
    site.add_image("team/hello", "1", Image(noise(300_000, token_hex(8))))
    return site


def asked(site: Running, path_class: str = "manifest") -> int:
    """How many requests of this class a registry saw."""
    return len([entry for entry in site.journal if entry.path_class == path_class])


def keep_good(source: str, name: str, store: Path) -> None:
    """Copies `team/hello:1` of the registry SOURCE to a last known good store, as that of the registry NAME."""
    store.mkdir()
    target = f"oci:{store / 'images'}:{name}/team/hello:1"
    copy = ["skopeo", "copy", "--src-tls-verify=false", f"docker://{source}/team/hello:1", target]
    subprocess.run(copy, check=True, stdout=subprocess.DEVNULL)


def name_remote(env: Mapping[str, str], name: str, address: str) -> None:
    """A builder of buildx's `remote` driver, as `buildx create` makes it, which asks a silent one for 20 s first."""
    file = Path(env["BUILDX_CONFIG"]) / "instances" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    node = {"Name": f"{name}0", "Endpoint": address}
    file.write_text(json.dumps({"Name": name, "Driver": "remote", "Nodes": [node]}))


def plugin_in_use(env: Mapping[str, str]) -> Path:
    """The buildx plugin that docker calls."""
    template = '{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}'
    return Path(run(["docker", "info", "--format", template], env=env).out.strip())


@dataclass
class Mortal(Registry):
    """A registry that is well until it is told to be dead."""

    dead: bool = False

    def __call__(self, request: Request) -> Reply:
        """Answers, or is ill."""
        return Reply(503, (), b"") if self.dead else super().__call__(request)


@dataclass(frozen=True)
class Base:
    """An image that no engine has seen, and the registry that holds it."""

    site: Registry
    digest: str


@pytest.fixture
def base() -> Base:
    """The image `team/hello:1`."""
    site = new_site()
    return Base(site, site.tags["team/hello"]["1"])


@pytest.fixture
def registry(base: Base) -> Iterator[Callable[..., Running]]:
    """Registries that hold it, with schedules by path class: `registry(manifest="503x*")`."""
    with ExitStack() as stack:

        def call(site: Registry | None = None, **schedules: str) -> Running:
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            upstream = Upstream("registry", site or base.site, registry_site.CLASSES, rules)
            return stack.enter_context(serve(upstream))

        yield call


@pytest.fixture
def context(tmp_path: Path) -> Callable[[str], Path]:
    """A context with this Dockerfile and a file that no engine has seen; what is said of HOST is a registry's."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "mark").write_text(token_hex(8))

    def call(host: str, dockerfile: str = "FROM HOST/team/hello:1\nCOPY mark /mark\n") -> Path:
        (folder / "Dockerfile").write_text(dockerfile.replace("HOST", host))
        return folder

    return call


@dataclass(frozen=True)
class Builder:
    """Runs builds on the engine; `state` is that of the kit."""

    kit: Path
    env: dict[str, str]
    folder: Path

    def plain(self, *words: str | Path, timeout: float = 60) -> Result:
        """As people build."""
        return run(["docker", "buildx", "build", *words], env=self.env, timeout=timeout)

    def ours(
        self, *words: str | Path, stdin: str = "", timeout: float = 120, program: str = "", **settings: str
    ) -> Result:
        """As the kit builds; or as `program` does, which calls it."""
        own = {
            "SEAWALL_STATE": str(self.folder / "state"),
            "SEAWALL_EVENTS": str(self.folder / "events.jsonl"),
            "SEAWALL_SEED": "84",
            "SEAWALL_REGISTRY_MIRRORS": "none",
            "SEAWALL_CONF": "/dev/null",
        }
        command = [program or self.kit / "docker-build.sh", *words]
        return run(command, env=self.env | own | settings, stdin=stdin, timeout=timeout, cwd=self.folder)

    def events(self, name: str) -> Sequence[dict[str, object]]:
        """The events of this name so far."""
        file = self.folder / "events.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [event for event in map(json.loads, lines) if event["event"] == name]


@pytest.fixture
def builder(engine: Engine, kit: Path, tmp_path: Path) -> Builder:
    """Builds of a test."""
    return Builder(kit, engine.env, tmp_path)
