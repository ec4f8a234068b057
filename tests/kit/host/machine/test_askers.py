"""scripts/lib/host/machine/askers.sh: questions that run side by side end together."""

from __future__ import annotations

from pathlib import Path

from harness.machine.load import allowed

SCRIPT = """
. "$LIB/load.sh"; load base attempt host/machine
LOG_NAME=t
state_use "$PWD/state" ""
folder=$(state_folder registry)
ask() {
    askers_enter
    lock_take "$folder/$1" 5
    : >"$folder/$1.began"
    # The client outlives a TERM of the shell alone.
    attempt_run 60 sleep 50
    : >"$folder/$1.ended"
}
lock_take "$folder/parent" 5
asked=
for name in one two; do ask "$name" & asked="$asked $!"; done
for name in one two; do until [ -f "$folder/$name.began" ]; do clock_sleep 0.05; done; done
askers_stop $asked
askers_stop
set +f
for file in "$folder"/*; do printf '%s\\n' "${file##*/}"; done
printf 'held %s\\n' "${LOCK_HELD##*/}"
"""


def test_stopped_askers_leave_no_lock_and_keep_the_lock_of_the_parent(sh, tmp_path: Path):
    """A build that no longer needs an answer ends its questions at once, and other builds may ask that registry."""
    result = sh(SCRIPT, cwd=tmp_path)
    assert (result.rc, result.err) == (0, ""), repr(result)
    assert result.out.splitlines() == ["one.began", "two.began", "held parent"], repr(result)
    assert result.seconds < allowed(20)
