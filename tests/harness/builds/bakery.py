"""Builds of many targets: `docker buildx bake` by itself, and docker-bake.sh."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.builds.builder import Builder
from harness.machine.run import Result, run

Target = dict[str, Any]


@dataclass(frozen=True)
class Bakery:
    """A folder with a definition file, in which bakes run."""

    builder: Builder
    folder: Path

    def write(self, targets: Mapping[str, Target], name: str = "docker-bake.json", **more: Any) -> Path:
        """Writes a definition; each target goes to the cache of the builder only, unless it says more."""
        rows = {key: {"output": ["type=cacheonly"], **target} for key, target in targets.items()}
        group = {"default": {"targets": list(targets)}}
        (file := self.folder / name).write_text(json.dumps({"group": group, "target": rows, **more}))
        return file

    def plain(self, *words: str | Path, stdin: str = "", timeout: float = 60, **env: str) -> Result:
        """A bake by buildx."""
        command = ["docker", "buildx", "bake", *words]
        return run(command, env=self.builder.env | env, stdin=stdin, timeout=timeout, cwd=self.folder)

    def ours(self, *words: str | Path, stdin: str = "", timeout: float = 120, **settings: str) -> Result:
        """A bake by docker-bake.sh."""
        command = [self.builder.kit / "docker-bake.sh", *words]
        env = self.builder.settings(settings)
        return run(command, env=env, stdin=stdin, timeout=timeout, cwd=self.folder)

    def digests(self, name: str = "metadata.json") -> dict[str, str]:
        """The digest of each target in a metadata file, which is removed."""
        text = (self.folder / name).read_text()
        (self.folder / name).unlink()
        rows = json.loads(text)
        return {
            target: row.get("containerimage.config.digest", "") for target, row in rows.items() if "." not in target
        }
