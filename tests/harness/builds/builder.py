"""Builds by docker-build.sh and by buildx: the images, registries and builders that they need."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from harness.catalogue.faults import Reply
from harness.machine.run import Result, run
from harness.sites.artifacts import Image, noise
from harness.sites.registry_site import Registry
from harness.sites.site import Request
from harness.wire.server import Running


def new_site() -> Registry:
    """A registry with `team/hello:1`, an image with random content."""
    site = Registry()
    site.add_image("team/hello", "1", Image(noise(300_000, token_hex(8))))
    return site


def asked(site: Running, path_class: str = "manifest") -> int:
    """The number of requests of this class that a registry saw."""
    return len([entry for entry in site.journal if entry.path_class == path_class])


def keep_good(source: str, name: str, store: Path) -> None:
    """Copies `team/hello:1` of the registry `source` to a last known good store, named as of the registry `name`."""
    store.mkdir()
    target = f"oci:{store / 'images'}:{name}/team/hello:1"
    copy = ["skopeo", "copy", "--src-tls-verify=false", f"docker://{source}/team/hello:1", target]
    subprocess.run(copy, check=True, stdout=subprocess.DEVNULL)


def name_remote(env: Mapping[str, str], name: str, address: str) -> None:
    """A builder of buildx's `remote` driver, as `buildx create` writes it; buildx waits 20 s for a silent one."""
    file = Path(env["BUILDX_CONFIG"]) / "instances" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    node = {"Name": f"{name}0", "Endpoint": address}
    file.write_text(json.dumps({"Name": name, "Driver": "remote", "Nodes": [node]}))


def plugin_in_use(env: Mapping[str, str], name: str = "buildx") -> Path:
    """The plugin of this name that docker runs."""
    template = '{{range .ClientInfo.Plugins}}{{if eq .Name "NAME"}}{{.Path}}{{end}}{{end}}'.replace("NAME", name)
    return Path(run(["docker", "info", "--format", template], env=env).out.strip())


def config_with_plugin(env: Mapping[str, str], folder: Path) -> Path:
    """Makes `folder` a docker configuration of its own with the buildx plugin that docker runs; returns its plugins."""
    (plugins := folder / "cli-plugins").mkdir(parents=True)
    plugins.joinpath("docker-buildx").symlink_to(plugin_in_use(env).resolve())
    return plugins


@dataclass
class Mortal(Registry):
    """A registry that is healthy until `dead` is set."""

    dead: bool = False

    def __call__(self, request: Request) -> Reply:
        """Answers, or fails with 503."""
        return Reply(503, (), b"") if self.dead else super().__call__(request)


@dataclass(frozen=True)
class Base:
    """An image with random content, and the registry that holds it."""

    site: Registry
    digest: str


@dataclass(frozen=True)
class Builder:
    """Runs builds on the engine; the kit's state is in `folder`."""

    kit: Path
    env: dict[str, str]
    folder: Path

    def plain(self, *words: str | Path, timeout: float = 60) -> Result:
        """A plain build by buildx."""
        return run(["docker", "buildx", "build", *words], env=self.env, timeout=timeout)

    def settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The environment of the kit: that of the engine, with settings of its own."""
        own = {
            "SEAWALL_STATE": str(self.folder / "state"),
            "SEAWALL_EVENTS": str(self.folder / "events.jsonl"),
            "SEAWALL_SEED": "84",
            "SEAWALL_REGISTRY_MIRRORS": "none",
            "SEAWALL_CONF": "/dev/null",
        }
        return {**self.env, **own, **settings}

    def ours(
        self, *words: str | Path, stdin: str = "", timeout: float = 120, program: str = "", **settings: str
    ) -> Result:
        """A build by docker-build.sh."""
        command = [program or self.kit / "docker-build.sh", *words]
        return run(command, env=self.settings(settings), stdin=stdin, timeout=timeout, cwd=self.folder)

    def line(self, line: str, timeout: float = 120, **settings: str) -> Result:
        """A line of bash, for descriptors, pipes and variables of the caller."""
        return run(["bash", "-c", line], env=self.settings(settings), timeout=timeout, cwd=self.folder)

    def events(self, name: str) -> Sequence[dict[str, object]]:
        """The events of this name so far."""
        file = self.folder / "events.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [event for event in map(json.loads, lines) if event["event"] == name]


def classes(builder: Builder) -> list[object]:
    """The class of each attempt."""
    return [event["class"] for event in builder.events("attempt")]
