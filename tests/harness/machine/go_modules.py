"""The go command with the caller's own caches, and the sources of public modules."""

from __future__ import annotations

import json
import os
from pathlib import Path

from harness.machine.run import run

# A newer release may need a newer Go than the installed one: the tool fetches that Go.
ENVIRONMENT = os.environ | {"GOTOOLCHAIN": "auto"}


def go(*words: str, folder: Path | None = None) -> str:
    """The output of go, run in `folder`."""
    result = run(["go", *words], cwd=folder, env=ENVIRONMENT, timeout=900)
    assert result.rc == 0, repr(result)
    return result.out


def module(name: str) -> Path:
    """The folder with the source of a module, path@version."""
    return Path(json.loads(go("mod", "download", "-json", name))["Dir"])
