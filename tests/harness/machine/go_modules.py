"""Sources of public Go modules, fetched through the module proxy of this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

from harness.machine.run import run


def module(path: str, version: str) -> Path:
    """The folder with the source of a module; a release that needs a newer Go is fetched by that Go."""
    env = os.environ | {"GOTOOLCHAIN": "auto"}
    result = run(["go", "mod", "download", "-json", f"{path}@{version}"], env=env, timeout=600)
    assert result.rc == 0, repr(result)
    return Path(json.loads(result.out)["Dir"])
