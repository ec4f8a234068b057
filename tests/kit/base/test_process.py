"""scripts/lib/base/process.sh: which process a record means. More in tests/security/test_processes.py."""

from __future__ import annotations

import os

import pytest

LOAD = """. "$SEAWALL_LIB/load.sh"; load base
answer() { if "$@"; then printf "yes "; else printf "no "; fi; }
"""


def test_process_is_known_by_id_and_start(sh):
    """The running shell lives; another start time, a zombie, an ended process and odd ids do not."""
    script = """answer process_lives "$$" "$(process_start "$$")"
    answer process_lives "$$" 1; answer process_lives "$$" -
    : & wait "$!"; answer process_lives "$!" -
    for id in 0 '' 01 -1 x 99999999999; do answer process_lives "$id" -; done"""
    assert sh(LOAD + script).out.split() == ["yes", "no", "yes", "no", *["no"] * 6]


def test_record_tells_an_ended_process_from_one_out_of_sight(sh):
    """A process of this namespace or of an earlier boot has ended; one of another namespace or machine may live."""
    script = """process_note "$$"; answer process_is_gone $PROCESS_NOTE
    : & process_note "$!"; wait "$!"; answer process_is_gone $PROCESS_NOTE
    answer process_is_gone "${PROCESS_SPACE%%:*}:00000000-:1" 5 5; answer process_is_gone "${PROCESS_SPACE}0" 5 5
    answer process_is_gone elsewhere:00000000-:1 5 5"""
    assert sh(LOAD + script).out.split() == ["no", "yes", "yes", "no", "no"]


def test_main_process_is_seen_by_its_children(sh):
    """A child of the command knows that the command still runs."""
    script = "process_note_main; (answer process_main_lives); PROCESS_MAIN=1; (answer process_main_lives)"
    assert sh(LOAD + script).out.split() == ["yes", "no"]


@pytest.mark.skipif(os.geteuid() != 0, reason="wants root, for pid namespaces")
def test_namespaces_that_began_at_the_same_moment_are_told_apart(sh):
    """RUN steps of a build, or containers of a pod, may begin in the same hundredth of a second: all else is equal."""
    script = """same='process__read() { PROCESS_START=5 PROCESS_STATE=S; }; process_space; echo "$PROCESS_SPACE"'
    for n in 1 2; do
        unshare --pid --fork --mount-proc sh -c '. "$SEAWALL_LIB/load.sh"; load base; eval "$1"; sleep 1' sh "$same" &
    done
    wait"""
    first, second = sh(LOAD + f"export SEAWALL_LIB; {script}").out.split()
    assert first.partition(".")[0] == second.partition(".")[0]
    assert first != second
