"""A shim that is the first process of its step, because the shell of `RUN pip install x` becomes its last command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from harness.machine.run import clean_environment
from harness.machine.shells import SHELLS, Shell

TELL = """
. "$LIB/load.sh"; load base
EVENTS_NONCE=0123
events_use_step_log
events__print "event of process $$"
exit 0
"""


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell.is_there], ids=lambda shell: shell.name)
def test_event_of_the_first_process_is_in_the_log_of_the_step(kit: Path, shell: Shell):
    """Its own stderr is the log: what it hides of itself must not hide the event from the build."""
    line = ["unshare", "--pid", "--fork", "--mount-proc", *shell.argv, "-euc", TELL]
    env = clean_environment() | {"LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    done = subprocess.run(line, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "event of process 1\n")
