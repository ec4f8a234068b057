# Room attempt: How does one command run once, within its limits, and leave no process behind?
# Face: attempt_run attempt_capture attempt_end watch_low
# Attempt: one bounded run of one command, in a process group of its own, that outlives nothing.
# SEAWALL_LIB names the folder of watch.sh.
# Limits beside the time, empty for none: ATTEMPT_STALL and ATTEMPT_SILENCE in seconds, ATTEMPT_MIN_SPEED in bytes a second.
# ATTEMPT_STDIN: the file that the command reads, empty for none. ATTEMPT_EXPORT: the name of a variable that the command alone
# has in its environment, empty for none. ATTEMPT_PATIENCE: tenths of a second from TERM to KILL where it is ended, 10 without.
# Who writes a reason to SCRATCH/ended.ask ends the attempt that is running.
# shellcheck shell=sh

# None of it comes from the environment.
ATTEMPT_PID='' ATTEMPT_WATCH='' ATTEMPT_STDIN='' ATTEMPT_READERS='' ATTEMPT_PATIENCE=''

# attempt_run SECONDS COMMAND...: the command's status; 124 when a limit ended it (TERM, a second later KILL), which
# ATTEMPT_ENDED then names.
attempt_run() {
	local status
	status=0
	attempt__run "$@" || status=$?
	attempt__conclude "$status"
}

attempt__run() {
	local limit status
	limit=$1 ATTEMPT_TIME_UP=$(($(clock_uptime) + $1))
	shift
	[ -n "${PROCESS_MAIN:-}" ] || process_note_main
	[ -n "${ATTEMPT_SETSID+known}" ] || ATTEMPT_SETSID=$(attempt__setsid)
	ATTEMPT_ENDED='' ATTEMPT_NOTE=${SCRATCH:+$SCRATCH/ended}
	[ ! -e "$ATTEMPT_NOTE.ask" ] || rm -f "$ATTEMPT_NOTE.ask"
	# `next`: a signal before the id is noted finds it as $!.
	ATTEMPT_PID=next ATTEMPT_WATCH=''
	# exec, for yash keeps a shell of its own before a redirected command, and that one's id is not the group's.
	{
		[ -z "${ATTEMPT_EXPORT:-}" ] || export "${ATTEMPT_EXPORT?}"
		exec $ATTEMPT_SETSID "$@"
	} <"${ATTEMPT_STDIN:-/dev/null}" &
	ATTEMPT_PID=$!
	ATTEMPT_WATCH=next
	{ exec $ATTEMPT_SETSID sh -c '. "$1/base/clock.sh" && . "$1/base/process.sh" && . "$1/attempt/watch.sh" && shift && watch_group "$@"' watch "$SEAWALL_LIB" \
		"$ATTEMPT_PID" "$limit" "${ATTEMPT_STALL:-}" "${ATTEMPT_SILENCE:-}" "${ATTEMPT_MIN_SPEED:-0}" "$ATTEMPT_NOTE" \
		"${ATTEMPT_READERS:-}" "$$" "$PROCESS_MAIN" </dev/null >/dev/null 2>&1; } &
	ATTEMPT_WATCH=$!
	status=0
	wait "$ATTEMPT_PID" 2>/dev/null || status=$?
	attempt__end_group
	return "$status"
}

# attempt__conclude STATUS: what a limit ended is 124, whatever the command made of its signal.
attempt__conclude() {
	attempt_end
	if [ -n "$ATTEMPT_NOTE" ] && [ -s "$ATTEMPT_NOTE" ]; then
		ATTEMPT_ENDED=$(cat "$ATTEMPT_NOTE")
		rm -f "$ATTEMPT_NOTE"
	fi
	if [ -n "$ATTEMPT_ENDED" ] || { [ "$1" -gt 128 ] && [ "$(clock_uptime)" -ge "$ATTEMPT_TIME_UP" ]; }; then return 124; fi
	return "$1"
}

# attempt_capture FILE SECONDS COMMAND...: the same; what the command says streams through and goes into FILE too, where
# ATTEMPT_KEEPS is `errors` only what it says on stderr.
attempt_capture() {
	local file status
	file=$1
	shift
	: >"$file"
	mkfifo "$file.out" "$file.err"
	# The result of a command may be a gigabyte.
	if [ "${ATTEMPT_KEEPS:-all}" = errors ]; then cat; else tee -a "$file"; fi <"$file.out" &
	ATTEMPT_READERS=$!
	tee -a "$file" <"$file.err" >&2 &
	ATTEMPT_READERS="$ATTEMPT_READERS $!"
	status=0
	attempt__run "$@" >"$file.out" 2>"$file.err" || status=$?
	# The watch, which is still there, ends them where something that left the group keeps them waiting.
	# shellcheck disable=SC2086 # a list of process ids
	wait $ATTEMPT_READERS 2>/dev/null || :
	ATTEMPT_READERS=''
	rm -f "$file.out" "$file.err"
	attempt__conclude "$status"
}

# Ends what is still running of the attempt; for the clean-up of a command too.
# A command that still runs gets a second after TERM; what it left behind gets none.
attempt_end() {
	[ -n "${ATTEMPT_PID:-}" ] || return 0
	[ "$ATTEMPT_PID" != next ] || ATTEMPT_PID=${!:-}
	[ "$ATTEMPT_WATCH" != next ] || ATTEMPT_WATCH=${!:-}
	attempt__kill_group KILL "$ATTEMPT_WATCH"
	attempt__end_group
	# Reaped here, so that the shell has nothing to say of them later.
	wait "${ATTEMPT_WATCH:-$ATTEMPT_PID}" "$ATTEMPT_PID" 2>/dev/null || :
	ATTEMPT_WATCH='' ATTEMPT_PID=''
}

attempt__end_group() {
	local patience
	patience=${ATTEMPT_PATIENCE:-10}
	attempt__kill_group TERM "$ATTEMPT_PID"
	while [ "$patience" -gt 0 ] && kill -s 0 "$ATTEMPT_PID" 2>/dev/null; do
		clock_sleep 0.1 || :
		patience=$((patience - 1))
	done
	attempt__kill_group KILL "$ATTEMPT_PID"
}

# A child that has just begun is no group yet (in yash seen each time), so it is asked for by its own id too.
attempt__kill_group() {
	[ -n "$2" ] || return 0
	# It may have ended by itself.
	kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" "$2" 2>/dev/null || :
}

# Where an image has no setsid, only the command itself is ended, not what it began.
attempt__setsid() {
	! command -v setsid >/dev/null 2>&1 || printf 'setsid\n'
}
