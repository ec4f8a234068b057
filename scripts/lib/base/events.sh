# Events: the evidence, one JSON object a line (events.schema.json). In a RUN step, where there is no
# file to append to, they leave as log lines with the mark of the build, which the host side gathers (step-events.sh).
# SEAWALL_EVENTS: the file, empty in a RUN step. SEAWALL_RUN: the run's id. EVENTS_NONCE: in
# a RUN step the mark that its secret holds, empty without one; then the line is shown and counts for nothing.
# shellcheck shell=sh

EVENTS_PREFIX='seawall-event: '

# events_emit NAME LEVEL [KEY VALUE]...: keys as in the schema; a key that ends with a colon takes JSON.
events_emit() {
	local name level record
	name=$1 level=$2
	shift 2
	record=$(json_object ts "$(clock_stamp)" run "${SEAWALL_RUN:-none}" event "$name" level "$level" "$@")
	if [ -n "${SEAWALL_EVENTS:-}" ]; then
		# Evidence that cannot be written must not end a build.
		! events__may_write || { printf '%s\n' "$record" >>"$SEAWALL_EVENTS"; } 2>/dev/null || :
	else
		printf '%s%s%s\n' "$EVENTS_PREFIX" "${EVENTS_NONCE:+$EVENTS_NONCE }" "$record" >&2
	fi
}

# events_append: the same with whole events on stdin.
events_append() {
	! events__may_write || { cat >>"$SEAWALL_EVENTS"; } 2>/dev/null || :
}

# The file is made for its owner alone, and is not written through a link.
events__may_write() {
	# First: yash 2.52 tries for ever to create what a link leads to nothing (set -C).
	[ ! -L "$SEAWALL_EVENTS" ] || return 1
	[ -e "$SEAWALL_EVENTS" ] || (umask 077 && set -C && : >"$SEAWALL_EVENTS") 2>/dev/null || [ -e "$SEAWALL_EVENTS" ]
}

# events_bound LINES: keeps the newest LINES of the file.
events_bound() {
	[ -f "$SEAWALL_EVENTS" ] && [ ! -L "$SEAWALL_EVENTS" ] && [ "$(wc -l <"$SEAWALL_EVENTS")" -gt $(($1 * 2)) ] || return 0
	local part
	# A file of its own, which nobody can have foreseen and made a link of.
	part=$(mktemp "$SEAWALL_EVENTS.XXXXXX" 2>/dev/null) || return 0
	{ tail -n "$1" "$SEAWALL_EVENTS" >"$part" && mv -f "$part" "$SEAWALL_EVENTS"; } 2>/dev/null || rm -f "$part"
}
