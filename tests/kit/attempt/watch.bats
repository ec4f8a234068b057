#!/usr/bin/env bats
# bats file_tags=every-shell
# scripts/lib/attempt/watch.sh, through attempt.sh: who is ended for being slow or silent, who is left alone, and with what at hand.

load ../helpers

ATTEMPT='. "$LIB/load.sh"; load base attempt
LOG_NAME=attempt SCRATCH=$HOME
attempt() { attempt_run "$@" || status=$?; printf "%s %s\n" "${status:-0}" "$ATTEMPT_ENDED"; }
'
# A second of CPU, then the status; nothing is said meanwhile.
COMPUTE='end=$(($(date +%s) + 4)); while [ "$(date +%s)" -lt "$end" ]; do n=0; while [ "$n" -lt 20000 ]; do n=$((n + 1)); done; done; exit 3'
# $1 bytes every fifth of a second, to a file.
WRITE='n=0; while [ "$n" -lt 25 ]; do head -c "$1" /dev/zero >>"$HOME/file"; sleep 0.2; n=$((n + 1)); done; exit 3'

@test "silent command is ended" {
	snippet "$ATTEMPT"'attempt --silence 2 30 sleep 20'
	ended 0 $'124 silent for 2 s\n'
}

@test "quiet command that computes is left alone" {
	snippet "$ATTEMPT"'attempt --silence 2 --stall 2 --min-speed 1024 30 sh -c "$1"' "$COMPUTE"
	ended 0 $'3 \n'
}

@test "command that drips is ended while another source is left" {
	snippet "$ATTEMPT"'attempt --stall 2 --min-speed 100000 30 sh -c "$1" sh 10' "$WRITE"
	ended 0 $'124 less than 100000 bytes/s for 2 s\n'
}

@test "command that is slow enough is left alone" {
	snippet "$ATTEMPT"'attempt --stall 2 --min-speed 1024 30 sh -c "$1" sh 4000' "$WRITE"
	ended 0 $'3 \n'
}

@test "what left the group and keeps the output open holds nobody up" {
	snippet "$ATTEMPT"'attempt_capture "$HOME/kept" 30 sh -c "setsid sleep 6 & printf said"; printf " %s" "$?"'
	ended 0 'said 0'
	[ "$TOOK" -lt 20000000 ]
}

@test "deadline is kept to two seconds by a command that ignores TERM" {
	snippet "$ATTEMPT"'begun=$(clock_now); attempt 1 sh -c "trap \"\" TERM; sleep 20; sleep 20"; printf "%s\n" "$(($(clock_now) - begun))"'
	ended 0
	[[ $OUT == $'124 the time of 1 s was up\n'[123]$'\n' ]]
}

@test "without setsid the command itself is ended" {
	snippet "$ATTEMPT"'ATTEMPT_SETSID=; attempt 1 sleep 20'
	ended 0 $'124 the time of 1 s was up\n'
}

# elsewhere UNSHARE_OPTIONS SCRIPT: in namespaces of their own
elsewhere() {
	[ "$(id -u)" -eq 0 ] || skip "namespaces, which only root may"
	# shellcheck disable=SC2086 # options, a shell and its options
	OUT=$(unshare $1 env "LIB=$LIB" "SEAWALL_LIB=$LIB" "HOME=$BATS_TEST_TMPDIR" $TEST_SHELL -c "set -eu
$2" 2>/dev/null)
}

@test "without a proc file system only time counts" {
	elsewhere --mount "mount -t tmpfs none /proc; $ATTEMPT"'attempt --silence 1 3 sleep 20'
	same '124 the time of 3 s was up' "$OUT"
}

@test "works as process 1" {
	elsewhere '--pid --fork --mount-proc' "$ATTEMPT"'[ "$$" -eq 1 ]; attempt --silence 1 30 sleep 20'
	same '124 silent for 1 s' "$OUT"
}
