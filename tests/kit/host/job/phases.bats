#!/usr/bin/env bats
# scripts/lib/host/steps.sh: a row for each step of a job, and its progress in the log.

load ../../helpers

STEPS='
for module in log exit clock process host/steps; do . "$LIB/$module.sh"; done
LOG_NAME=steps
good() { STEP_DETAIL="by https://user:secret@example.org"; }
bad() { STEP_DETAIL=because; return 7; }
steps_begin
'

# steps SCRIPT: leaves the lines of the table in ROWS.
steps() {
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$STEPS$1"
	mapfile -t ROWS <<<"${OUT%$'\n'}"
}

@test "each step has a row and its status" {
	steps 'steps_do first good; steps_do second bad || printf "%s\n" "$?"; steps_show'
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
	steps 'trap "steps_close; steps_show" EXIT
	steps_do only die 75 "no more"'
	ended 75
	[[ ${ROWS[1]} =~ ^only\ +FAILED\  ]]
}

@test "quiet steps say nothing and have rows" {
	steps 'steps_do_first first good; steps_show'
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
		steps_do build building 2>"$SCRATCH/said"
		cat "$SCRATCH/said"
	'
	[[ $OUT == *'s: [go-deps 3/4] RUN echo hello'* ]]
}
