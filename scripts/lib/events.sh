# Events: the evidence, one JSON object a line (events.schema.json). In a RUN step, where there is no
# file to append to, they leave as marked log lines, which the host side gathers.
# Needs log.sh, clock.sh and json.sh. SEAWALL_EVENTS: the file, empty in a RUN step. SEAWALL_RUN: the run's id.
# shellcheck shell=sh

EVENTS_MARK='seawall-event: '

# event_emit NAME LEVEL [KEY VALUE]...: keys as in the schema; a key that ends with a colon takes JSON.
event_emit() {
	local name level record
	name=$1 level=$2
	shift 2
	record=$(json_object ts "$(clock_stamp)" run "${SEAWALL_RUN:-none}" event "$name" level "$level" "$@")
	if [ -n "${SEAWALL_EVENTS:-}" ]; then
		# Evidence that cannot be written must not end a build.
		{ printf '%s\n' "$record" >>"$SEAWALL_EVENTS"; } 2>/dev/null || :
	else
		printf '%s%s\n' "$EVENTS_MARK" "$record" >&2
	fi
}

# events_gather FILE: appends the marked lines of a build's log to SEAWALL_EVENTS.
# BuildKit puts `#12 3.456 ` before each line of a step.
events_gather() {
	sed -n "s/^.*$EVENTS_MARK\({.*}\)\$/\1/p" "$1" 2>/dev/null >>"$SEAWALL_EVENTS" || :
}

# events_bound LINES: keeps the newest LINES of the file.
events_bound() {
	[ -f "$SEAWALL_EVENTS" ] && [ ! -L "$SEAWALL_EVENTS" ] && [ "$(wc -l <"$SEAWALL_EVENTS")" -gt $(($1 * 2)) ] || return 0
	local part
	# A file of its own, which nobody can have foreseen and made a link of.
	part=$(mktemp "$SEAWALL_EVENTS.XXXXXX" 2>/dev/null) || return 0
	{ tail -n "$1" "$SEAWALL_EVENTS" >"$part" && mv -f "$part" "$SEAWALL_EVENTS"; } 2>/dev/null || rm -f "$part"
}
