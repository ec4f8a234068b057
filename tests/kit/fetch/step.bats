#!/usr/bin/env bats
# scripts/lib/fetch/step.sh: what a command for RUN steps begins and ends with.

load ../helpers

# `hang` is a client that waits for ever, `fail` one that says why it ends.
STEP='
. "$LIB/load.sh"; load base attempt verdict ladder fetch
LOG_NAME=step SEAWALL_SEED=84
: "${SEAWALL_ATTEMPT_TIMEOUT=5}"
hang() { step_run tail -f /dev/null; }
fail() { printf "ask %s\n" "$1"; step_run sh -c "printf \"%s\n\" \"\$1\"; exit 7" sh "$2"; }
step_begin
'
UNAVAILABLE='reading https://a.example.org/@v/v1.mod: 503 Service Unavailable'
MISSING='reading https://a.example.org/@v/v1.mod: 404 Not Found'

@test "step ends with the code of its class after two rounds" {
	snippet "$STEP"'step_climb pip pypi "a b" fail "$1"' "$UNAVAILABLE"
	ended 75
	same 'a b a b ' "$(sed -n 's/^ask //p' <<<"$OUT" | tr '\n' ' ')" asked
	last=${ERR%$'\n'}
	same 'step: error: pypi: http-5xx after 4 attempts: an outage, run again later or name another source than a.example.org in SEAWALL_GO_PROXIES' "${last##*$'\n'}"
}

@test "step streams what its tool says" {
	snippet "$STEP"'step_run sh -c "printf \"out\\n\"; printf \"err\\n\" >&2"; cat "$LADDER_TEXT"'
	ended 0
	same $'err\n' "$ERR" err
	same $'err\nout\nout' "$(sort <<<"${OUT%$'\n'}")" 'what it said, and what is kept'
}

@test "step ends an attempt that hangs" {
	snippet -e SEAWALL_ATTEMPT_TIMEOUT=1 -e SEAWALL_BUDGET=0 "${STEP}step_climb pip pypi a hang"
	ended 75
	[[ $ERR == *'step: warn: pypi a: timeout, the time of 1 s was up'* ]]
}

@test "step needs its tool" {
	snippet "${STEP}step_need sh"
	ended 0
	snippet "${STEP}step_need no-such-tool"
	ended 71
	[[ $ERR == *'wanted no-such-tool in this image, found none'* && $ERR != *$'\n'?* ]]
}

@test "events of a step go into the folder that is there" {
	mkdir "$BATS_TEST_TMPDIR/state"
	snippet -e "SEAWALL_EVENTS=$BATS_TEST_TMPDIR/state/events.jsonl" "$STEP"'step_climb pip pypi a fail "$1"' "$MISSING"
	[[ $ERR != *'seawall-event: {'* ]]
	same 2 "$(grep -c . "$BATS_TEST_TMPDIR/state/events.jsonl")" lines
}

@test "events of a step leave with the log where there is no folder" {
	snippet -e "SEAWALL_EVENTS=$BATS_TEST_TMPDIR/state/events.jsonl" "$STEP"'step_climb pip pypi a fail "$1"' "$MISSING"
	same 2 "$(grep -c '^seawall-event: {' <<<"$ERR")" lines
	[ ! -e "$BATS_TEST_TMPDIR/state" ]
}

# tidy SCRIPT: how the step ends
tidy() {
	snippet "$STEP"'printf "%s\n" "$SCRATCH"; touch "$SCRATCH/x"; '"$1"
	scratch=${OUT%%$'\n'*}
	[[ $scratch == /*/seawall.* && ! -e $scratch ]]
}

@test "step leaves nothing behind: a code" { tidy 'exit 3'; }
@test "step leaves nothing behind: a signal" { tidy 'kill -s TERM $$'; }
@test "step leaves nothing behind: a failure" { tidy 'step_climb pip pypi a fail x'; }

@test "deadline of a step may be the one of the build" {
	snippet -e SEAWALL_DEADLINE=@1000 "${STEP}step_climb pip pypi a fail x"
	ended 124 ''
	[[ $ERR == $'step: warn: the deadline has passed\n'* ]]
}
