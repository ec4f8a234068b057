# Net: what the shims of tools share that end with the exit code of the tool, and that have limits of their own.
# shellcheck shell=sh

# net_begin CODE: CODE is the tool's own exit code for a timeout.
net_begin() { NET_TIMEOUT_CODE=$1 NET_STATUS=0; }

# net_leave_limits all|stall: the user has set limits, which hold instead.
net_leave_limits() {
	SEAWALL_STALL=''
	[ "$1" = stall ] || SEAWALL_SILENCE=''
}

# net_run ARGUMENT...: one attempt of the tool; keeps its exit code in NET_STATUS.
net_run() {
	NET_STATUS=0
	shims_run "$SHIMS_REAL" ${SHIMS_APPLET:+"$SHIMS_APPLET"} "$@" || NET_STATUS=$?
	[ "$NET_STATUS" -ne 124 ] || [ -z "$ATTEMPT_ENDED" ] || { NET_STATUS=$NET_TIMEOUT_CODE && return 124; }
	return "$NET_STATUS"
}

# net_climb OPTION... ROUNDS UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: ladder_climb, which returns the tool's own exit
# code. FUNCTION calls net_run, or sets NET_STATUS. The event tells the host the cause. Another source may have what one
# does not have, or refuses (--pinned); nothing is added to what the tool says about a mistake of the user (--eager).
net_climb() {
	local code
	code=0
	ladder_climb --pinned --eager "$@" || code=$?
	[ "$code" -ne 0 ] || { NET_STATUS=0 && return; }
	[ "$LADDER_ATTEMPT" -gt 0 ] || NET_STATUS=$NET_TIMEOUT_CODE
	step_tell_failure "$NET_STATUS"
	# The advice names the host.
	case $LADDER_SOURCE in *://*) printf '%s\n' "$LADDER_SOURCE" >>"$LADDER_TEXT" ;; esac
	case $FINDING_CLASS in
		build-command-failed | dependency-resolution | not-found | other) ;;
		*)
			log_warn "$LADDER_TOOL: $FINDING_CLASS $(ladder_count):" \
				"$(advice_for "$code" "$FINDING_CLASS" "$LADDER_TEXT" "$LADDER_TOOL")"
			;;
	esac
	return "$NET_STATUS"
}

# net_sources FIRST "OTHER...": sets NET_SOURCES to the sources of a download. Where a step failed because the bytes of
# a download were wrong, the host lets it begin with another one, and the first one comes last.
net_sources() {
	local turn
	turn=$(handed_values turn)
	values_is_number "${turn:-0}" 99 || turn=0
	# shellcheck disable=SC2086 # URLs
	set -- $1 $2
	while [ "${turn:-0}" -gt 0 ]; do
		set -- "$@" "$1"
		shift
		turn=$((turn - 1))
	done
	NET_SOURCES=$*
}

# net_is_silent: true if the tool printed no message, so that only its exit code tells.
net_is_silent() { [ ! -s "$LADDER_TEXT" ]; }

# net_judge_class CLASS: sets the finding, if CLASS is not empty; otherwise the output is classified.
net_judge_class() { [ -z "$1" ] || finding_set "$1"; }

# net_stop: the attempt cannot be repeated, whatever its cause.
net_stop() {
	[ -n "$FINDING_CLASS" ] || judge_attempt "$NET_STATUS" "$LADDER_TEXT" "$LADDER_TOOL" ''
	finding_decide stop
}
