# Attempt: one bounded run of one command, in a process group of its own, that outlives nothing.
# Needs clock.sh.
# shellcheck shell=sh

# attempt_run SECONDS COMMAND...: the command's status; 124 when the time was up (TERM, five seconds later KILL).
attempt_run() {
	local limit end status
	limit=$1
	shift
	end=$(($(clock_now) + limit))
	# `next`: a signal before the id is noted finds it as $!.
	ATTEMPT_PID=next ATTEMPT_WATCHDOG=''
	# exec, for yash keeps a shell of its own before a redirected command, and that one's id is not the group's.
	{ exec setsid "$@"; } &
	ATTEMPT_PID=$!
	ATTEMPT_WATCHDOG=next
	{ exec setsid sh -c 'sleep "$1"; kill -s TERM -- "-$2"; sleep 5; kill -s KILL -- "-$2"' watchdog "$limit" "$ATTEMPT_PID" 2>/dev/null; } &
	ATTEMPT_WATCHDOG=$!
	status=0
	wait "$ATTEMPT_PID" 2>/dev/null || status=$?
	attempt_end
	if [ "$status" -gt 128 ] && [ "$(clock_now)" -ge "$end" ]; then status=124; fi
	return "$status"
}

# attempt_capture FILE SECONDS COMMAND...: the same; what the command says streams to stderr and into FILE.
attempt_capture() {
	local file pipe reader status
	file=$1 pipe=$1.pipe
	shift
	mkfifo "$pipe"
	tee "$file" <"$pipe" >&2 &
	reader=$!
	status=0
	attempt_run "$@" >"$pipe" 2>&1 || status=$?
	wait "$reader" || :
	rm -f "$pipe"
	return "$status"
}

# Ends what is still running of the attempt; for the clean-up of a command too.
# A command that still runs gets five seconds after TERM; what it left behind gets none.
attempt_end() {
	local patience
	[ -n "${ATTEMPT_PID:-}" ] || return 0
	[ "$ATTEMPT_PID" != next ] || ATTEMPT_PID=${!:-}
	[ "$ATTEMPT_WATCHDOG" != next ] || ATTEMPT_WATCHDOG=${!:-}
	patience=5
	attempt__kill_group KILL "$ATTEMPT_WATCHDOG"
	attempt__kill_group TERM "$ATTEMPT_PID"
	while [ "$patience" -gt 0 ] && attempt__is_running; do
		clock_sleep 1 || :
		patience=$((patience - 1))
	done
	attempt__kill_group KILL "$ATTEMPT_PID"
	# Reaped here, so that the shell has nothing to say of them later.
	wait "${ATTEMPT_WATCHDOG:-$ATTEMPT_PID}" "$ATTEMPT_PID" 2>/dev/null || :
	ATTEMPT_WATCHDOG='' ATTEMPT_PID=''
}

attempt__is_running() {
	kill -s 0 "$ATTEMPT_PID" 2>/dev/null
}

# A child that has just begun is no group yet (in yash seen each time), so it is asked for by its own id too.
attempt__kill_group() {
	[ -n "$2" ] || return 0
	# It may have ended by itself.
	kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" "$2" 2>/dev/null || :
}
