# Net: runs the tool of a shim within the limits of the kit, repeats it where that is safe, and ends as the tool itself.
# shellcheck shell=sh

NET_STATUS=0

# net_begin CODE: CODE is the tool's own exit code for a timeout. The attempts of a tool have no time limit of their
# own unless the user has set one: a download may be large.
net_begin() {
	NET_TIMEOUT_CODE=$1 NET_STATUS=0
	: "${SEAWALL_ATTEMPT_TIMEOUT:=86400}"
}

# net_leave_limits all|stall: the user has set limits, which hold instead.
net_leave_limits() {
	SEAWALL_STALL=''
	[ "$1" = stall ] || SEAWALL_SILENCE=''
}

# net_run COMMAND...: one attempt; keeps the tool's exit code in NET_STATUS.
net_run() {
	NET_STATUS=0
	step_run "$@" || NET_STATUS=$?
	[ "$NET_STATUS" -ne 124 ] || [ -z "$ATTEMPT_ENDED" ] || { NET_STATUS=$NET_TIMEOUT_CODE && return 124; }
	return "$NET_STATUS"
}

# net_climb [OPTION...] ROUNDS UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: ladder_climb, with the tool's own exit code.
# FUNCTION calls net_run. The event tells the host the cause.
net_climb() {
	local code
	code=0
	ladder_climb "$@" || code=$?
	[ "$code" -ne 0 ] || { NET_STATUS=0 && return; }
	[ "$LADDER_ATTEMPT" -gt 0 ] || NET_STATUS=$NET_TIMEOUT_CODE
	events_emit failure error upstream "$LADDER_UPSTREAM" source "$LADDER_SOURCE" attempt: "$LADDER_ATTEMPT" \
		class "$FINDING_CLASS" verdict "$FINDING_VERDICT" exit: "$code"
	[ "$code" -eq 1 ] || log_warn "$LADDER_UPSTREAM: $FINDING_CLASS $(ladder_count):" \
		"$(advice_for "$code" "$FINDING_CLASS" "$LADDER_TEXT" "$LADDER_TOOL")"
	return "$NET_STATUS"
}

# net_judge_class CLASS: sets the finding, if CLASS is not empty; otherwise the output is classified.
net_judge_class() { [ -z "$1" ] || finding_set "$1"; }

# net_stop: the attempt cannot be repeated, whatever its cause.
net_stop() {
	[ -n "$FINDING_CLASS" ] || judge_attempt "$NET_STATUS" "$LADDER_TEXT" "$LADDER_TOOL" ''
	finding_decide stop
}
