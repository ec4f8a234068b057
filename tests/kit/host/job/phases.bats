#!/usr/bin/env bats
# scripts/lib/host/job/phases.sh: a row for each phase of the main job, and its progress in the log.

load ../../helpers

PHASES='
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=phases
good() { phases_detail "by https://user:secret@example.org"; }
bad() { phases_detail because; return 7; }
phases_begin
'

# phases SCRIPT: leaves the lines of the table in ROWS.
phases() {
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PHASES$1"
	mapfile -t ROWS <<<"${OUT%$'\n'}"
}

@test "each phase has a row and its status" {
	phases 'phases_do first good; phases_do second bad || printf "%s\n" "$?"; phases_show'
	ended 0
	same 4 "${#ROWS[@]}" rows
	same 7 "${ROWS[0]}" status
	read -ra head <<<"${ROWS[1]}"
	same 'phase result seconds detail' "${head[*]}"
	[[ ${ROWS[2]} =~ ^first\ +ok\  ]]
	[[ ${ROWS[3]} =~ ^second\ +FAILED\ .*because$ ]]
	[[ $OUT$ERR != *secret* ]]
}

@test "phase that a die cut short has its row" {
	phases 'exit_at_end phases_show
	phases_do only die 75 "no more"'
	ended 75
	[[ ${ROWS[1]} =~ ^only\ +FAILED\  ]]
}

@test "silent phases log nothing and have rows" {
	phases 'phases_do_first first good; phases_show'
	ended 0
	same '' "$ERR" err
	[[ ${ROWS[1]} == first* ]]
}

@test "log says when the build has come further" {
	# The step ends when the counter has seen it: the limit of the test is the limit here.
	phases '
		building() {
			printf "#5 [go-deps 3/4] RUN --mount=type=bind,source=a echo hello\n" >"$SCRATCH/output"
			until grep -q "go-deps 3/4" "$SCRATCH/said"; do clock_sleep 1; done
		}
		phases_do build building 2>"$SCRATCH/said"
		cat "$SCRATCH/said"
	'
	[[ $OUT == *'s: [go-deps 3/4] RUN echo hello'* ]]
}
