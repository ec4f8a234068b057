# Probe: one small request to a source, before it is used (race.sh) or after it failed. One record, which only this
# module writes: PROBE_FUNCTION and PROBE_WAIT_FUNCTION (called with the source, empty for none; their output is in
# LADDER_TEXT) and PROBE_ANSWERED (the sources that answered).
# shellcheck shell=sh

# probe_begin FUNCTION WAIT_FUNCTION: WAIT_FUNCTION is for the Retry-After of a rate limit that the tool itself does not
# print.
probe_begin() { PROBE_FUNCTION=$1 PROBE_WAIT_FUNCTION=$2 PROBE_ANSWERED=''; }

# probe_record STATUS UPSTREAM SOURCE BEGUN FILE TOOL ENDED: records the result of a probe. True if the source answered.
# ENDED: the limit that ended it, empty for none.
probe_record() {
	local seconds
	seconds=$(($(clock_uptime) - $4))
	if judge_probe "$1" "$5" "$6"; then
		PROBE_ANSWERED="$PROBE_ANSWERED $3"
		judge_tell probe 0 "$seconds" "$2" "$3"
		breaker_note "$2" "$3" ok
		return 0
	fi
	finding_clear
	finding_set "$JUDGE_CLASS" '' '' '' "$7" && finding_decide "$JUDGE_VERDICT" "$JUDGE_CODE"
	judge_tell probe "$1" "$seconds" "$2" "$3"
	failures_note "$2" "$3" "$5" no
	return 1
}

# probe_after_failure SOURCE yes|no FILE TOOL: completes the finding of a failed attempt; `yes` if no other source is
# left. A tool that says `not found` may have been unable to ask (pip prints the same for both), a text that no rule
# knows may be either, and few tools print a Retry-After.
probe_after_failure() {
	local status
	status=0
	case $FINDING_CLASS:$2 in
		rate-limited:yes) [ -z "$PROBE_WAIT_FUNCTION" ] || "$PROBE_WAIT_FUNCTION" "$1" || : ;;
		not-found:* | dependency-resolution:* | other:*)
			[ "$FINDING_CODE" -ne 75 ] || return 0
			[ -n "$PROBE_FUNCTION" ] && ! values_has "$1" "$PROBE_ANSWERED" || return 0
			"$PROBE_FUNCTION" "$1" || status=$?
			[ "$status" -ne 0 ] || return 0
			judge_output "$status" "$3" "$4"
			[ "$JUDGE_CODE" -ne 75 ] || judge_accept
			;;
	esac
}
