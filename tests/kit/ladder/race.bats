#!/usr/bin/env bats
# bats file_tags=waits
# scripts/lib/ladder/race.sh: probes of several sources side by side.

load ../helpers

# A source is named after its answer to a probe. `hang` never answers; `killed` ends its own prober after a second; an attempt succeeds
# except on `missing`. Each probe leaves its source in `probed`.
RACE='
. "$LIB/load.sh"; load base attempt verdict ladder fetch
LOG_NAME=race SEAWALL_SEED=84
probe() {
	printf "%s\n" "$1" >>"$HOME/probed"
	case $1 in
		hang*) step_ask tail -f "$HOME/probed" ;;
		signal*) step_ask sh -c "kill -s TERM $$; exec tail -f \"\$HOME/probed\"" ;;
		down*) step_ask sh -c "printf \"reading https://a.example.org/x: 503 Service Unavailable\n\"; exit 1" ;;
		slow*) step_ask sh -c "until [ -e \"\$HOME/answer\" ]; do :; done" ;;
		killed*) step_ask sh -c "sleep 1; kill -s KILL $(exec sh -c "printf %s \"\$PPID\""); exec tail -f \"\$HOME/probed\"" ;;
		died*) die 71 "no client" ;;
		*) step_ask true ;;
	esac
}
ask() {
	printf "ask %s\n" "$1"
	: >"$HOME/answer"
	case $(cat "$HOME/probed") in slow*) until [ -s "$SCRATCH/race.1/status" ]; do :; done ;; esac
	case $1 in
		missing*) printf "reading https://a.example.org/x: 404 Not Found\n" >"$LADDER_TEXT" && return 1 ;;
		hang*) printf "reading https://a.example.org/x: 503 Service Unavailable\n" >"$LADDER_TEXT" && return 1 ;;
	esac
}
step_begin
step_use probe probe
'

setup() { : >"$BATS_TEST_TMPDIR/probed"; }

# race SOURCES ASKED PROBED [NAME=VALUE]...
race() {
	local -a more=()
	local pair
	for pair in "${@:4}"; do more+=(-e "$pair"); done
	snippet "${more[@]}" "${RACE}step_climb go go-proxy \"\$1\" ask" "$1"
	same "$2" "$(sed -n 's/^ask //p' <<<"$OUT" | paste -s -d ' ' -)" asked
	same "$3" "$(paste -s -d ' ' - <"$BATS_TEST_TMPDIR/probed")" probed
}

# left_early SOURCE: before the time limit of its probe.
left_early() { [[ $ERR == *"race: info: go-proxy $1: no answer yet, fine answered first"* ]]; }

@test "first source answers: no other one is probed" { race 'fine other' fine fine && ended 0; }
@test "first source fails: the last one is used without a probe" { race 'down fine' fine down && ended 0; }

@test "first source hangs: the second is probed beside it and serves" {
	race 'hang fine' fine 'hang fine'
	ended 0
	left_early hang
}

@test "answer that comes between two looks is not lost" {
	snippet "$RACE"'sed "s/^race__has_ended()/race__has_really_ended()/" "$LIB/ladder/race.sh" >"$HOME/race.sh"
. "$HOME/race.sh"
race__has_ended() {
	[ -n "${LOOKED:-}" ] || {
		: >"$HOME/answer"
		until [ -s "$SCRATCH/race.1/status" ]; do :; done
		clock_sleep 0.5
		LOOKED=yes && return 1
	}
	race__has_really_ended "$@"
}
step_climb go go-proxy "slow other" ask'
	ended 0 $'ask slow\n'
}

@test "two sources hang: the third serves" {
	race 'hang hang2 fine' fine 'hang hang2 fine'
	ended 0
	left_early hang
}

@test "one source hangs and one fails: the third serves" {
	race 'hang down fine' fine 'hang down fine'
	ended 0
	left_early hang
}

@test "no source answers: an outage after one probe of each, side by side" {
	race 'hang hang2' hang 'hang hang2' SEAWALL_BUDGET=0
	ended 75
	[[ $ERR == *'go-proxy hang: timeout, the time of '* && $ERR == *'go-proxy hang2: timeout, the time of '* ]]
}

@test "slow source is not ejected: its answer during the attempt counts" {
	race 'slow fine' fine 'slow fine' "SEAWALL_STATE=$BATS_TEST_TMPDIR/state"
	ended 0
	same '' "$(grep -l fail -r "$BATS_TEST_TMPDIR/state/breaker")" failures
	[[ $ERR != *warn* ]]
}

@test "source that is late is waited for when the other one lacks the content" {
	snippet -e SEAWALL_BUDGET=0 "${RACE}step_use pinned yes; step_climb go go-proxy \"\$1\" ask" 'hang missing'
	ended 75
	same 'ask missing' "${OUT%$'\n'}" asked
	same 'hang missing' "$(paste -s -d ' ' - <"$BATS_TEST_TMPDIR/probed")" probed
	[[ $ERR == *'go-proxy hang: timeout'* ]]
}

@test "probe that dies or is killed stops nothing" {
	race 'died fine' died died && ended 0
	: >"$BATS_TEST_TMPDIR/probed"
	race 'killed fine' fine 'killed fine' && ended 0
}

# nothing_left: no process of a probe runs.
nothing_left() { ! grep -l -s -a -F "$BATS_TEST_TMPDIR/probed" /proc/[0-9]*/cmdline; }

@test "probes end with the command" {
	race 'hang fine' fine 'hang fine'
	nothing_left
	: >"$BATS_TEST_TMPDIR/probed"
	race 'signal fine' '' signal
	ended 143
	nothing_left
}
