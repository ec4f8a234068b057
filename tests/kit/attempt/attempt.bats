#!/usr/bin/env bats
# bats file_tags=every-shell, waits
# scripts/lib/attempt/attempt.sh: one bounded run in a process group of its own, that outlives nothing.

load ../helpers

ATTEMPT='. "$LIB/load.sh"; load base attempt
LOG_NAME=attempt
'
STATUS=' || status=$?; printf "%s\n" "${status:-0}"'

# What every process of a test carries, so that what is left of it is found.
setup() { MARK=SEAWALLTEST_MARK=$BATS_TEST_TMPDIR; }

# gone: whether no process carries the mark; those that are ending have five seconds.
gone() {
	local file pid
	# shellcheck disable=SC2013 # names below /proc have no blanks
	for file in $(grep -lzxs -F -e "$MARK" /proc/[0-9]*/environ); do
		pid=${file//[!0-9]/}
		timeout 5 tail --pid="$pid" -f /dev/null && continue
		printf 'still runs: %s\n' "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
		return 1
	done
}

# status CODE
status() {
	snippet "${ATTEMPT}attempt_run 30 sh -c 'exit $1'$STATUS"
	ended 0 "$1"$'\n'
}

@test "status is the command's: 0" { status 0; }
@test "status is the command's: 1" { status 1; }
@test "status is the command's: 7" { status 7; }
@test "status is the command's: 100" { status 100; }

@test "command that ends at once costs no waiting" {
	snippet "${ATTEMPT}for _ in 1 2 3 4 5 6 7 8 9 10; do attempt_run 60 true; done"
	ended 0
	[ "$TOOK" -lt 30000000 ]
}

@test "time that is up is 124 and the whole group is gone" {
	snippet -e "$MARK" "${ATTEMPT}attempt_run 1 sh -c 'tail -f /dev/null & tail -f /dev/null'$STATUS"
	ended 0 $'124\n'
	gone
}

@test "group that ignores TERM is killed" {
	snippet -e "$MARK" "${ATTEMPT}attempt_run 1 sh -c \"\$1\"$STATUS" \
		"trap '' TERM; tail -f /dev/null & wait; tail -f /dev/null"
	ended 0 $'124\n'
	gone
}

@test "what a command left behind is ended" {
	snippet -e "$MARK" "${ATTEMPT}attempt_run 30 sh -c 'tail -f /dev/null >/dev/null 2>&1 & exit 3'$STATUS"
	ended 0 $'3\n'
	gone
}

@test "output streams and is kept" {
	mkdir "$BATS_TEST_TMPDIR/own" && cd "$BATS_TEST_TMPDIR/own"
	snippet "${ATTEMPT}attempt_capture \"\$1\" 30 sh -c 'printf out; printf err >&2; exit 4'$STATUS" "$PWD/kept"
	ended 0 $'out4\n' err
	[[ $(cat kept) == outerr || $(cat kept) == errout ]]
	same kept "$(ls)" files
}

# signalled NAME NUMBER: the command gets the signal when its attempt has begun
# shellcheck disable=SC2034 # `ended` reads RC, OUT and ERR
signalled() {
	local pid line script
	script="$ATTEMPT"'clean_up() { printf "cleaned %s\n" "$1"; }
		exit_at_end clean_up
		attempt_run 60 sh -c "printf \"begun\\n\"; tail -f /dev/null"'
	cd "$BATS_TEST_TMPDIR" && mkfifo said
	# With job control a child does not ignore INT.
	set -m
	# shellcheck disable=SC2086 # a shell and its options
	env -i "PATH=$PATH" "HOME=$PWD" "LIB=$LIB" "SEAWALL_LIB=$LIB" "$MARK" $TEST_SHELL -c $'set -eu\n'"$script" >said 2>err 3>&- 4>&- &
	pid=$!
	set +m
	exec 5<said
	read -r line <&5
	same begun "$line"
	kill -s "$1" "$pid"
	RC=0
	wait "$pid" || RC=$?
	OUT=$(cat <&5) ERR=$(cat err)
	ended "$((128 + $2))" "cleaned $((128 + $2))"
	gone
}

@test "signal ends the attempt and cleans once: TERM" { signalled TERM 15; }
@test "signal ends the attempt and cleans once: HUP" { signalled HUP 1; }
@test "signal ends the attempt and cleans once: INT" { signalled INT 2; }
