# Probe: one small request to a source, before it is used or after it failed. One record, which only this module writes:
# PROBE_FUNCTION and PROBE_WAIT_FUNCTION (called with the source, their output goes into the climb's file, empty for
# none)
# and PROBE_ANSWERED (the source that answered last).
# shellcheck shell=sh

# probe_begin FUNCTION WAIT_FUNCTION: WAIT_FUNCTION is for the Retry-After of a rate limit that the tool itself does not
# print.
probe_begin() { PROBE_FUNCTION=$1 PROBE_WAIT_FUNCTION=$2 PROBE_ANSWERED=''; }

# probe_source UPSTREAM SOURCE STATE FILE TOOL: before an attempt, if another source is left: a dead, silent or broken
# source then costs seconds. STATE is what the breaker says of SOURCE. False, and noted, if the source fails; false,
# too, if another process probes it at this moment.
probe_source() {
	local status begun
	[ -n "$PROBE_FUNCTION" ] && [ "$3" != fresh ] || return 0
	[ "$3" != half-open ] || breaker_claim "$1" "$2" || return 1
	status=0 begun=$(clock_uptime)
	"$PROBE_FUNCTION" "$2" || status=$?
	[ "$3" != half-open ] || breaker_release "$1" "$2"
	if judge_probe "$status" "$4" "$5"; then
		PROBE_ANSWERED=$2
		judge_tell probe 0 "$(($(clock_uptime) - begun))" "$1" "$2"
		breaker_note "$1" "$2" ok
	else
		finding_clear
		judge_accept
		judge_tell probe "$status" "$(($(clock_uptime) - begun))" "$1" "$2"
		failures_note "$1" "$2" "$4" no
		return 1
	fi
}

# probe_after_failure SOURCE yes|no FILE TOOL: completes the finding of a failed attempt; `yes` if no other source is
# left. A tool that says `not found` may have been unable to ask (pip prints the same for both), and few print a
# Retry-After.
probe_after_failure() {
	local status
	status=0
	case $FINDING_CLASS:$2 in
		rate-limited:yes) [ -z "$PROBE_WAIT_FUNCTION" ] || "$PROBE_WAIT_FUNCTION" "$1" || : ;;
		not-found:* | dependency-resolution:*)
			[ -n "$PROBE_FUNCTION" ] && [ "$PROBE_ANSWERED" != "$1" ] || return 0
			"$PROBE_FUNCTION" "$1" || status=$?
			[ "$status" -ne 0 ] || return 0
			judge_output "$status" "$3" "$4"
			[ "$JUDGE_CODE" -ne 75 ] || judge_accept
			;;
	esac
}
