# Events: records attempts, probes, waits and fallbacks, one JSON object per line (events.schema.json). A RUN step
# cannot reach the events file, so it prints each event as a log line with the mark of the build; the host collects
# these lines (host/build/step-events.sh).
# SEAWALL_EVENTS: the file, empty in a RUN step. SEAWALL_RUN: the id of the run. EVENTS_NONCE: in a RUN step, the mark
# from its secret; without a mark the host ignores the line.
# shellcheck shell=sh

EVENTS_PREFIX='seawall-event: '
# Where a RUN step prints its events, empty for stderr. Not taken from the environment.
EVENTS_LOG=''
EVENTS_STEP_LOG=/proc/1/fd/2

# events_prefix: prints the beginning of an event in the output of a RUN step.
events_prefix() { printf '%s\n' "$EVENTS_PREFIX"; }

# events_emit NAME LEVEL [KEY VALUE]...: writes one event. Keys are those of the schema; a key with a colon at its end
# takes JSON. A failure to write is ignored: it must not end a build.
events_emit() {
	local name level record
	name=$1 level=$2
	shift 2
	clock_read_stamp
	record=$(json_object ts "$CLOCK_STAMP" run "${SEAWALL_RUN:-none}" event "$name" level "$level" "$@")
	if [ -n "${SEAWALL_EVENTS:-}" ]; then
		# Ignored: see above.
		! events__may_write || { printf '%s\n' "$record" >>"$SEAWALL_EVENTS"; } 2>/dev/null || :
	else
		events__print "$EVENTS_PREFIX${EVENTS_NONCE:+$EVENTS_NONCE }$record"
	fi
}

# events_use_step_log: a step is the first process of its namespace, so /proc/1/fd/2 is the log of the step, whatever
# its commands make of stderr. Without a mark the host ignores events, so none is printed. Where that log cannot be
# opened, none is printed either, because stderr may be the data of a command.
events_use_step_log() {
	EVENTS_LOG=/dev/null
	[ -z "${EVENTS_NONCE:-}" ] || [ ! -p "$EVENTS_STEP_LOG" ] || [ ! -w "$EVENTS_STEP_LOG" ] ||
		EVENTS_LOG=$EVENTS_STEP_LOG
}

# events_end_line FILE: begins a new line in that log, if FILE, the output of a command, does not end with one: the host
# takes an event at the beginning of a line only.
events_end_line() {
	[ "${EVENTS_LOG:-/dev/null}" = /dev/null ] || [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1")" ] || events__print ''
}

events__print() {
	if [ -z "$EVENTS_LOG" ]; then
		printf '%s\n' "$1" >&2
	else
		# In a subshell: a shell that is the first process of its step would replace the log by /dev/null.
		# Ignored: a failure to write must not end a build.
		(exec 2>/dev/null && printf '%s\n' "$1" >>"$EVENTS_LOG") || :
	fi
}

# events_append: appends complete events from stdin to the file. A failure to write is ignored.
events_append() {
	! events__may_write || { cat >>"$SEAWALL_EVENTS"; } 2>/dev/null || :
}

# events__may_write: true if the file is not a link and exists; creates it with mode 600.
events__may_write() {
	# Checked first: with `set -C` yash 2.52 loops for ever on a dangling link.
	[ ! -L "$SEAWALL_EVENTS" ] || return 1
	[ -e "$SEAWALL_EVENTS" ] || (umask 077 && set -C && : >"$SEAWALL_EVENTS") 2>/dev/null || [ -e "$SEAWALL_EVENTS" ]
}

# events_bound LINES: keeps the newest LINES of the file once it has more than twice as many.
events_bound() {
	local part
	[ -f "$SEAWALL_EVENTS" ] && [ ! -L "$SEAWALL_EVENTS" ] || return 0
	[ "$(wc -l <"$SEAWALL_EVENTS")" -gt $(($1 * 2)) ] || return 0
	# mktemp: nobody can have placed a link under a random name.
	part=$(mktemp "$SEAWALL_EVENTS.XXXXXX" 2>/dev/null) || return 0
	{ tail -n "$1" "$SEAWALL_EVENTS" >"$part" && mv -f "$part" "$SEAWALL_EVENTS"; } 2>/dev/null || rm -f "$part"
}
