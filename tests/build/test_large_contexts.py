"""A context on stdin that is too large to keep: the builder gets all of it, whatever is asked before the build."""

from __future__ import annotations

import os
import shlex
import tarfile

import pytest
from harness.builds.builder import asked
from harness.wire.loopback import refusing

LARGE_MIB = 300
LARGE_S = 240


@pytest.mark.long
@pytest.mark.parametrize("asking", ["cache", "builders", "image"])
def test_large_context_on_stdin_is_built_once_and_soon(builder, registry, base, tmp_path, asking):
    """A context that is too large to keep reaches the builder whole, whatever is asked before the build."""
    own = registry()
    (tmp_path / "Dockerfile").write_text(f"FROM {own.host}/team/hello:1\nCOPY large /\n")
    with (tmp_path / "large").open("wb") as file:
        for _ in range(LARGE_MIB):
            file.write(os.urandom(1 << 20))
    with tarfile.open(tmp_path / "context.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("Dockerfile", "large"):
            archive.add(tmp_path / name, name)
    settings = {"SEAWALL_BUILDERS": "default"} if asking == "builders" else {}
    with refusing() as dead:
        words = ["--cache-from", f"{dead.removeprefix('http://')}/cache:1"] if asking == "cache" else []
        command = shlex.join([str(builder.kit / "docker-build.sh"), *words, "--output", "type=cacheonly", "-"])
        result = builder.line(f"cat {tmp_path / 'context.tar'} | {command}", timeout=LARGE_S, **settings)
    assert asked(own, "blob") > 0, repr(result)
    assert (result.rc, [event["class"] for event in builder.events("attempt")]) == (0, [""]), repr(result)
