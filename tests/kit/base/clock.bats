#!/usr/bin/env bats
# bats file_tags=every-shell
# scripts/lib/base/clock.sh: moments, what is left of them, and a sleep that a signal ends.

load ../helpers

CLOCK='. "$LIB/load.sh"; load base
'
FIXED=$CLOCK"clock_now() { printf '1000\\n'; }; clock_read_uptime() { CLOCK_UPTIME=500; }
"

# arithmetic CALL WANTED
arithmetic() {
	snippet "$FIXED$1"
	ended 0 "$2"$'\n' ''
}

@test "now is the epoch" {
	before=$(date +%s)
	snippet "${CLOCK}clock_now"
	ended 0
	after=$(date +%s)
	[ "$before" -le "${OUT%$'\n'}" ]
	[ "${OUT%$'\n'}" -le "$after" ]
}

@test "one process tells the time of all events of a second" {
	snippet "$CLOCK"'date() { printf "2026-01-31T12:00:00Z\n"; printf "asked\n" >>"$HOME/asked"; }
		UPTIME=500; clock_read_uptime() { CLOCK_UPTIME=$UPTIME; }
		clock_read_stamp; clock_read_stamp; printf "%s " "$CLOCK_STAMP"
		UPTIME=501; clock_read_stamp; grep -c . "$HOME/asked"'
	ended 0 $'2026-01-31T12:00:00Z 2\n'
}

@test "stamp is UTC whatever the zone" {
	before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	snippet -e TZ=EST5 "${CLOCK}clock_stamp"
	after=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	[[ $OUT =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$'\n'$ ]]
	[[ ! ${OUT%$'\n'} < $before && ! $after < ${OUT%$'\n'} ]]
}

@test "arithmetic: seconds from now" { arithmetic 'clock_deadline 60' 560; }
@test "arithmetic: no seconds" { arithmetic 'clock_deadline 0' 500; }
@test "arithmetic: absolute" { arithmetic 'clock_deadline @1500' 1000; }
@test "arithmetic: left before" { arithmetic 'clock_left 560' 60; }
@test "arithmetic: left at the moment" { arithmetic 'clock_left 500' 0; }
@test "arithmetic: left after" { arithmetic 'clock_left 1' 0; }
@test "arithmetic: first is smaller" { arithmetic 'values_min 2 10' 2; }
@test "arithmetic: second is smaller" { arithmetic 'values_min 10 2' 2; }
@test "arithmetic: both the same" { arithmetic 'values_min 3 3' 3; }

@test "sleep lasts its seconds" {
	snippet "${CLOCK}clock_sleep 1; printf 'awake\\n'"
	ended 0 $'awake\n' ''
	[ "$TOOK" -ge 1000000 ]
}

@test "sleep that cannot be had is no" {
	snippet "${CLOCK}sleep() { return 3; }; if clock_sleep 1; then printf 'yes\\n'; else printf 'no\\n'; fi"
	ended 0 $'no\n' ''
}

# The sleeper holds stdout as long as it lives: an end within the time says that nothing of it is left.
@test "signal that ends the command ends the sleep too" {
	snippet "$CLOCK"'
		. "$LIB/load.sh"; load base
		clean_up() { printf "cleaned\n"; }
		exit_at_end clean_up
		(kill -s TERM $$) &
		clock_sleep 600'
	ended 143 $'cleaned\n' ''
	[ "$TOOK" -lt 60000000 ]
}
