"""scripts/lib/host/progress/history.sh: the log of a build whose output we have no copy of. Docker is a fake."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from harness.machine.run import Result

SCRIPT = """
. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/builders host/progress
LOG_NAME=t SCRATCH=$1
: >"$1/secrets"
history_begin "$1/output"
printf '[%s] %s\\n' "$HISTORY_REFS" "$BUILDX_CONFIG"
history_begin "$1/progress"
ls "$BUILDX_CONFIG"
mkdir -p "$HISTORY_REFS/b/n" && echo record >"$HISTORY_REFS/b/n/ref1"
history_end "$2"
cat "$1/progress"
printf '%s %s\\n' "$BUILDX_CONFIG" "$(cat "$BUILDX_CONFIG/refs/b/n/ref1")"
history_failing_step
"""
LOG = "#1 [1/2] FROM x\n#2 [2/2] RUN y\n#2 0.1 words of y\n#2 ERROR: process\n"


def test_log_of_a_failed_build_is_fetched_and_its_record_kept(sh: Callable[..., Result], tmp_path: Path):
    """`docker buildx history` shows the build later, too; a good build without settings for steps needs none."""
    home = tmp_path / "buildx-home"
    (home / "instances").mkdir(parents=True)
    (home / "refs").mkdir()
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>{tmp_path}/asked\ncat {tmp_path}/log\n")
    docker.chmod(0o755)
    (tmp_path / "log").write_text(LOG)
    env = {"BUILDX_CONFIG": str(home), "PATH": f"{docker.parent}:{os.environ['PATH']}"}
    bad = sh(SCRIPT, str(tmp_path), "1", env=env)
    failing = "".join(LOG.splitlines(keepends=True)[1:])
    assert (bad.rc, bad.out) == (0, f"[] {home}\ninstances\nrefs\n{LOG}{home} record\n{failing}"), repr(bad)
    good = sh(SCRIPT, str(tmp_path), "0", env=env)
    assert (good.rc, good.out) == (0, f"[] {home}\ninstances\nrefs\n{home} record\n"), repr(good)
    assert (tmp_path / "asked").read_text() == "buildx history logs ref1\n"
