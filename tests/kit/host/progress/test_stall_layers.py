"""scripts/lib/host/progress/stall-layers.sh: builds that wait for the same layer give it up together."""

from __future__ import annotations

import pytest

PRELUDE = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/engine
load host/builders host/progress
LOG_NAME=t SCRATCH=$PWD/scratch
mkdir scratch
state_use "$PWD" ''
stall_layers_begin
POSITION='pull|[1/2] FROM x| sha256:ab=4MB sha256:cd=0B'
"""


def test_layer_that_another_build_gave_up_is_given_up(sh, tmp_path):
    """Only since this build began: an older note says nothing about its fetch."""
    script = """
given_up() { if stall_layers_are_given_up "$POSITION" "$1"; then echo yes; else echo no; fi; }
given_up 0
stall_layers_give_up 'pull|[1/1] FROM y| sha256:cd=1MB'
given_up "$(clock_now)"
given_up "$(($(clock_now) + 60))"
"""
    assert sh(PRELUDE + script, cwd=tmp_path).out.split() == ["no", "yes", "no"]


def test_living_builds_that_wait_for_a_layer_are_counted(sh, tmp_path):
    """Their exchange with the engine is no traffic; a build that was killed is not counted."""
    script = """
stall_layers_builds 'pull|[internal] load metadata for x|'
stall_layers_hold "$POSITION"
stall_layers_builds "$POSITION"
process_note "$PPID"
printf '%s\\n' "$PROCESS_NOTE" >"$STALL_FOLDER/ab.1"
stall_layers_builds "$POSITION"
printf '%s\\n' "$PROCESS_SPACE 1 999" >"$STALL_FOLDER/ab.1"
stall_layers_builds "$POSITION"
"""
    assert sh(PRELUDE + script, cwd=tmp_path).out.split() == ["1", "1", "2", "1"]


@pytest.mark.parametrize(("holder", "waits"), [("living", 40), ("dead", 0)])
def test_a_new_fetch_waits_for_builds_that_still_hold_the_layer(sh, tmp_path, holder, waits):
    """At most four seconds for a living build of the kit, none for a dead one; notes of this build go with it."""
    script = """
stall_layers_hold "$POSITION"
process_note "$PPID"
[ "$1" = living ] || PROCESS_NOTE="$PROCESS_SPACE 1 999"
printf '%s\\n' "$PROCESS_NOTE" >"$STALL_FOLDER/ab.1"
stall_layers_drop
stall_layers_of "$POSITION" >"$SCRATCH/stalled"
clock_sleep() { printf .; }
stall_await_others
stall_await_others
"""
    result = sh(PRELUDE + script, holder, cwd=tmp_path)
    assert (result.rc, result.out.count(".")) == (0, 2 * waits), repr(result)
    assert [line.split()[2] for line in result.err.splitlines()] == ["layer", "layer"]
    assert "sha256:ab stalled again" in result.err
