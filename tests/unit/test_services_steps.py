"""scripts/lib/host/services.sh, steps.sh and owned.sh: the tables, and what a run calls its own."""

from __future__ import annotations

import pytest

STEPS = """
for module in log exit clock host/steps; do . "$LIB/$module.sh"; done
LOG_NAME=steps
good() { STEP_DETAIL="by https://user:secret@example.org"; }
bad() { STEP_DETAIL=because; return 7; }
steps_begin
"""
SERVICES = 'for module in log exit host/services; do . "$LIB/$module.sh"; done\nLOG_NAME=services\n'


@pytest.fixture
def world(tmp_path):
    (tmp_path / "services.tsv").write_text("# name\truntime\tMB\none\tstatic\t60\ntwo\tpython\t350\n")
    return {"SCRATCH": str(tmp_path), "SERVICES_TABLE": str(tmp_path / "services.tsv")}


def test_services_come_from_the_table(sh, world):
    script = 'services_names; services_kinds "two one"; services_limit two; services_known one'
    result = sh(SERVICES + script, env=world)
    assert result.out.split() == ["one", "two", "python", "static", "350", "one"]


@pytest.mark.parametrize("name", ["three", "on", "o.e", ""], ids=["unknown", "part-of-one", "pattern", "empty"])
def test_unknown_service_is_64_and_names_the_known_ones(sh, world, name):
    result = sh(SERVICES + 'services_known "$1"', name, env=world)
    assert result.rc == 64
    assert f"unknown service '{name}': wanted one of one two" in result.err


def test_each_step_has_a_row_and_its_status(sh, world):
    result = sh(STEPS + 'steps_do first good; steps_do second bad || printf "%s\\n" "$?"; steps_show', env=world)
    status, head, first, second = result.out.splitlines()
    assert status == "7"
    assert head.split() == ["step", "result", "seconds", "detail"]
    assert first.split()[:2] == ["first", "ok"]
    assert second.split()[:2] == ["second", "FAILED"]
    assert second.endswith("because")
    assert "secret" not in result.out + result.err


def test_step_that_a_die_cut_short_has_its_row(sh, world):
    script = 'trap "steps_close; steps_show" EXIT\nsteps_do only die 75 "no more"'
    result = sh(STEPS + script, env=world)
    assert result.rc == 75
    assert result.out.splitlines()[1].split()[:2] == ["only", "FAILED"]


def test_quiet_steps_say_nothing_and_have_rows(sh, world):
    result = sh(STEPS + "steps_do_first first good; steps_show", env=world)
    assert result.err == ""
    assert result.out.splitlines()[1].startswith("first")


def test_log_says_when_the_build_has_come_further(sh, world):
    script = """
    building() {
        printf '#5 [go-deps 3/4] RUN --mount=type=bind,source=a echo hello\\n' >"$SCRATCH/output"
        # Ends when the counter has seen it; the limit of the test is the limit here.
        until grep -q 'go-deps 3/4' "$SCRATCH/said"; do clock_sleep 1; done
    }
    steps_do build building 2>"$SCRATCH/said"
    cat "$SCRATCH/said"
    """
    result = sh(STEPS + script, env=world)
    assert "s: [go-deps 3/4] RUN echo hello" in result.out


def test_only_what_carries_the_run_is_removed(sh, tmp_path):
    script = """
    . "$LIB/host/owned.sh"
    docker() { printf '%s\\n' "$*" >>"$ASKED"; }   # fake: notes what it is asked
    SEAWALL_RUN=r1
    owned_remove
    owned_remove_images
    cat "$ASKED"
    """
    result = sh(script, env={"ASKED": str(tmp_path / "asked")})
    assert result.rc == 0, repr(result)
    lists = [line for line in result.out.splitlines() if " ls " in line or line.startswith("ps ")]
    assert len(lists) == len(result.out.splitlines()) == 5
    assert all("label=seawall.run=r1" in line or "-r1/*" in line for line in lists)
