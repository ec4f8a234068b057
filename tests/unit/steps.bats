#!/usr/bin/env bats
# scripts/lib/host/job/phases.sh: a row for each step of a job, and its progress in the log.

load helpers

STEPS='
. "$LIB/load.sh"; load base attempt verdict host/machine host/registry host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=steps
good() { PHASE_DETAIL="by https://user:secret@example.org"; }
bad() { PHASE_DETAIL=because; return 7; }
phases_begin
'

# steps SCRIPT: leaves the lines of the table in ROWS.
steps() {
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$STEPS$1"
	mapfile -t ROWS <<<"${OUT%$'\n'}"
}

@test "each step has a row and its status" {
	steps 'phases_do first good; phases_do second bad || printf "%s\n" "$?"; phases_show'
	ended 0
	same 4 "${#ROWS[@]}" rows
	same 7 "${ROWS[0]}" status
	read -ra head <<<"${ROWS[1]}"
	same 'step result seconds detail' "${head[*]}"
	[[ ${ROWS[2]} =~ ^first\ +ok\  ]]
	[[ ${ROWS[3]} =~ ^second\ +FAILED\ .*because$ ]]
	[[ $OUT$ERR != *secret* ]]
}

@test "step that a die cut short has its row" {
	steps 'exit_at_end phases_show
	phases_do only die 75 "no more"'
	ended 75
	[[ ${ROWS[1]} =~ ^only\ +FAILED\  ]]
}

@test "quiet steps say nothing and have rows" {
	steps 'phases_do_first first good; phases_show'
	ended 0
	same '' "$ERR" err
	[[ ${ROWS[1]} == first* ]]
}

@test "log says when the build has come further" {
	# The step ends when the counter has seen it: the limit of the test is the limit here.
	steps '
		building() {
			printf "#5 [go-deps 3/4] RUN --mount=type=bind,source=a echo hello\n" >"$SCRATCH/output"
			until grep -q "go-deps 3/4" "$SCRATCH/said"; do clock_sleep 1; done
		}
		phases_do build building 2>"$SCRATCH/said"
		cat "$SCRATCH/said"
	'
	[[ $OUT == *'s: [go-deps 3/4] RUN echo hello'* ]]
}
