"""The OCI runtime of a drill's engine: gives every RUN step the certificates of the drill, then calls the real one.

A program of its own: `python -IS runtime.py RUNC STEP ARGUMENT...`. STEP is a JSON file with `files` (place in /dev to
file) and `env`. /dev is a tmpfs of the step, so nothing of it is in a layer; the image's configuration is not touched.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def bundle_of(words: tuple[str, ...]) -> str:
    """The value of --bundle or -b; empty without one."""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word in ("--bundle", "-b"):
            return following
        if word.startswith("--bundle="):
            return word.partition("=")[2]
    return ""


def extend(spec: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """Adds the mounts and variables of a step to a specification of the runtime; one without a tmpfs /dev stays."""
    if not any(mount["destination"] == "/dev" and mount["type"] == "tmpfs" for mount in spec.get("mounts", [])):
        return spec
    mounts = [
        {"destination": place, "type": "bind", "source": file, "options": ["bind", "ro"]}
        for place, file in step["files"].items()
    ]
    rows = [row for row in spec["process"].get("env", []) if row.partition("=")[0] not in step["env"]]
    env = rows + [f"{name}={value}" for name, value in step["env"].items()]
    return {**spec, "mounts": spec["mounts"] + mounts, "process": {**spec["process"], "env": env}}


def main(real: str, step: str, *words: str) -> None:
    """Changes the bundle that the words name, then becomes the real runtime."""
    folder = bundle_of(words)
    if folder:
        file = Path(folder, "config.json")
        file.write_text(json.dumps(extend(json.loads(file.read_text()), json.loads(Path(step).read_text()))))
    os.execv(real, [real, *words])  # noqa: S606 # it becomes the program that the caller wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
