# Room attempt: How does one command run once, within its limits, and leave no process behind?
# Face: attempt_begin attempt_run attempt_capture attempt_end connections_are_open
# Attempt: one bounded run of one command in a process group of its own. A limit outside of this module ends the running
# attempt by writing its reason to SCRATCH/ended.ask.
# shellcheck shell=sh

ATTEMPT_PID='' ATTEMPT_WATCH='' ATTEMPT_GRACE=1 # Not taken from the environment.

# attempt_begin: no limit has ended anything yet.
attempt_begin() { ATTEMPT_ENDED=''; }

# attempt_run [OPTION]... SECONDS COMMAND...: returns the command's status, or 124 when a limit ended it; ATTEMPT_ENDED
# then names the limit. An option without a value (empty) is as if it were not given:
#   --stall S, --min-speed B  ends it when it waits for the network and moves less than B bytes a second for S seconds
#   --silence S      ends it when it waits for the network and has no bytes and no CPU time for S seconds
#   --stdin FILE     the command's stdin, `&N` for file descriptor N, `&-` for a closed one; the default is /dev/null
#   --grace S        seconds from TERM to KILL when it is ended (default 1)
#   --export NAME    a variable that only this command gets in its environment
#   --enter FUNCTION is called in the process of the command, before it becomes the command
#   --late "N FIFO"  FIFO gets the line `late N` if the command still runs after 0.25 s
attempt_run() {
	local status
	status=0
	attempt__take_options "$@" && shift "$ATTEMPT_TAKEN"
	attempt__run "$@" || status=$?
	attempt__conclude "$status"
}

# attempt_capture FILE [OPTION]... SECONDS COMMAND...: attempt_run whose output streams through and is written to FILE,
# too. If stdout and stderr are one file (2>&1), one reader keeps the order of the lines. One more option:
#   --keep errors    FILE gets stderr only: the result of a command on stdout may be a gigabyte
attempt_capture() {
	local file status
	file=$1
	shift
	attempt__take_options "$@" && shift "$ATTEMPT_TAKEN"
	: >"$file" && mkfifo "$file.out" "$file.err"
	if [ "$ATTEMPT_KEEP" = errors ]; then cat; else tee -a "$file"; fi <"$file.out" &
	ATTEMPT_READERS=$! status=0
	if [ -z "$ATTEMPT_KEEP" ] && [ /dev/fd/1 -ef /dev/fd/2 ]; then
		attempt__run "$@" >"$file.out" 2>&1 || status=$?
	else
		tee -a "$file" <"$file.err" >&2 &
		ATTEMPT_READERS="$ATTEMPT_READERS $!"
		attempt__run "$@" >"$file.out" 2>"$file.err" || status=$?
		wait "${ATTEMPT_READERS#* }" 2>/dev/null || :
	fi
	# The watch ends the readers if a process that left the group keeps the output open.
	wait "${ATTEMPT_READERS% *}" 2>/dev/null || attempt__judge_reader "$?" "$file" || status=1
	rm -f "$file.out" "$file.err"
	attempt__conclude "$status"
}

# attempt__take_options WORD...: sets ATTEMPT_TAKEN to the number of words that are options.
attempt__take_options() {
	ATTEMPT_STALL='' ATTEMPT_MIN_SPEED='' ATTEMPT_SILENCE='' ATTEMPT_STDIN='' ATTEMPT_GRACE='' ATTEMPT_EXPORT=''
	ATTEMPT_KEEP='' ATTEMPT_LATE='' ATTEMPT_READERS='' ATTEMPT_ENTER='' ATTEMPT_TAKEN=0
	while :; do
		case $1 in
			--stall) ATTEMPT_STALL=$2 ;;
			--min-speed) ATTEMPT_MIN_SPEED=$2 ;;
			--silence) ATTEMPT_SILENCE=$2 ;;
			--stdin) ATTEMPT_STDIN=$2 ;;
			--grace) ATTEMPT_GRACE=$2 ;;
			--export) ATTEMPT_EXPORT=$2 ;;
			--keep) ATTEMPT_KEEP=$2 ;;
			--late) ATTEMPT_LATE=$2 ;;
			--enter) ATTEMPT_ENTER=$2 ;;
			[0-9]*) return 0 ;;
			*) die 70 "attempt: wanted an option or a number of seconds, saw '$1': report this as a bug" ;;
		esac
		ATTEMPT_TAKEN=$((ATTEMPT_TAKEN + 2))
		shift 2
	done
}

# attempt__judge_reader STATUS FILE: false if tee could not write the command's stdout (status 1, and FILE has room).
attempt__judge_reader() { [ "$1" -ne 1 ] || [ "$ATTEMPT_KEEP" = errors ] || ! printf '\n' >>"$2"; }

attempt__run() {
	local limit status
	limit=$1 ATTEMPT_TIME_UP=$(($(clock_uptime) + $1))
	shift
	[ -n "${PROCESS_MAIN:-}" ] || process_note_main
	# Without setsid only the command itself is ended, not its children.
	[ -n "${ATTEMPT_SETSID+known}" ] || ATTEMPT_SETSID=$(! command -v setsid >/dev/null 2>&1 || printf 'setsid\n')
	ATTEMPT_ENDED='' ATTEMPT_NOTE=${SCRATCH:+$SCRATCH/ended}
	exit_at_end attempt_end
	[ ! -e "$ATTEMPT_NOTE.ask" ] || rm -f "$ATTEMPT_NOTE.ask"
	# `next`: a signal that arrives before the id is noted finds the process as $!.
	ATTEMPT_PID=next ATTEMPT_WATCH=''
	# exec: yash keeps a shell in front of a redirected command, whose id is not that of the group.
	{
		[ -z "$ATTEMPT_EXPORT" ] || export "${ATTEMPT_EXPORT?}"
		"${ATTEMPT_ENTER:-:}" && input_open "$ATTEMPT_STDIN"
		exec $ATTEMPT_SETSID "$@"
	} </dev/null &
	ATTEMPT_PID=$! ATTEMPT_WATCH=next
	attempt__watch "$limit" &
	ATTEMPT_WATCH=$! status=0
	wait "$ATTEMPT_PID" 2>/dev/null || status=$?
	attempt__end_group
	return "$status"
}

# attempt__watch SECONDS: becomes the process that enforces the limits.
attempt__watch() {
	# shellcheck disable=SC2016 # for the other shell
	exec $ATTEMPT_SETSID sh -c 'm="base/clock base/process base/values attempt/connections attempt/late attempt/watch"
		for m in $m; do . "$1/$m.sh"; done; shift; watch_group "$@"' watch "$SEAWALL_LIB" \
		"$ATTEMPT_PID" "$1" "$ATTEMPT_STALL" "$ATTEMPT_SILENCE" "${ATTEMPT_MIN_SPEED:-0}" \
		"$ATTEMPT_NOTE" "$ATTEMPT_READERS" "$$" "$PROCESS_MAIN" "$ATTEMPT_LATE" </dev/null >/dev/null 2>&1
}

# attempt__conclude STATUS: 124 if a limit ended the command, whatever it made of the signal.
attempt__conclude() {
	attempt_end
	[ -z "$ATTEMPT_NOTE" ] || [ ! -s "$ATTEMPT_NOTE" ] ||
		{ ATTEMPT_ENDED=$(cat "$ATTEMPT_NOTE") && rm -f "$ATTEMPT_NOTE"; }
	[ -z "$ATTEMPT_ENDED" ] || return 124
	[ "$1" -le 128 ] || [ "$(clock_uptime)" -lt "$ATTEMPT_TIME_UP" ] || return 124
	return "$1"
}

# attempt_end: ends the running attempt; only the command itself gets its grace. Also runs at the end of each process.
attempt_end() {
	[ -n "$ATTEMPT_PID" ] || return 0
	[ "$ATTEMPT_PID" != next ] || ATTEMPT_PID=${!:-}
	[ "$ATTEMPT_WATCH" != next ] || ATTEMPT_WATCH=${!:-}
	attempt__kill_group KILL "$ATTEMPT_WATCH"
	attempt__end_group
	wait "${ATTEMPT_WATCH:-$ATTEMPT_PID}" "$ATTEMPT_PID" 2>/dev/null || :
	ATTEMPT_WATCH='' ATTEMPT_PID=''
}

attempt__end_group() {
	local tenths
	tenths=$((${ATTEMPT_GRACE:-1} * 10))
	attempt__kill_group TERM "$ATTEMPT_PID"
	while [ "$tenths" -gt 0 ] && kill -s 0 "$ATTEMPT_PID" 2>/dev/null; do
		clock_sleep 0.1 || :
		tenths=$((tenths - 1))
	done
	attempt__kill_group KILL "$ATTEMPT_PID"
}

# attempt__kill_group SIGNAL PID: a new child is not yet a group (in yash each time), so the process is tried as well.
attempt__kill_group() {
	[ -z "$2" ] || kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" "$2" 2>/dev/null || :
}
