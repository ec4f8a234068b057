# Room fetch: What do the commands under stage/ share: sources of packages, downloads, the last known good copy?
# Face: step_* download_* last_good_* requirements_* pip_* apt_*
# Step: what all commands for RUN steps do around their tool: read settings and certificates from secrets, climb the
# ladder over the sources, fall back to the last known good copy, end with an exit code.
# shellcheck shell=sh

# Seconds for the answer to a probe.
STEP_PROBE_SECONDS=3
# How often each source is asked, at most.
STEP_ROUNDS=3

step_begin() {
	local given
	given=${SEAWALL_STATE:-}
	settings_load /run/seawall.conf
	# The folder of the host is not there in a RUN step: events leave with the log.
	[ -d "${SEAWALL_EVENTS%/*}" ] || SEAWALL_EVENTS=''
	exit_trap step_end
	scratch_make
	handed_use_mark
	handed_use_proxies
	trust_use_secret
	state_use "$given" "$SEAWALL_STATE"
	ladder_begin
	STEP_PROBE='' STEP_WAIT_PROBE='' STEP_KEEP=''
}

step_end() {
	attempt_end
	scratch_remove
	[ -z "${STEP_FOLDER:-}" ] || rm -rf "$STEP_FOLDER"
}

# Sets STEP_FOLDER to a folder on the disk, for what is too big for SCRATCH; it is gone before the step is a layer.
step_make_folder() {
	STEP_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/seawall.XXXXXX") ||
		die 73 "wanted a folder in ${TMPDIR:-/tmp}, could not write there: make room or set TMPDIR"
}

# step_need COMMAND: 71 where this image lacks the tool.
step_need() {
	command -v "$1" >/dev/null 2>&1 || die 71 "wanted $1 in this image, found none: install it in an earlier step"
}

# step_run COMMAND...: one attempt, at most SEAWALL_ATTEMPT_TIMEOUT seconds (else 300, a hundred more each time, to 600)
# and never beyond the deadline. While another source is left it is ended when it stalls, the last one only when silent.
step_run() {
	local limit
	limit=$((200 + (LADDER_ATTEMPT > 0 ? LADDER_ATTEMPT : 1) * 100))
	[ "$limit" -le 600 ] || limit=600
	ATTEMPT_STALL='' ATTEMPT_SILENCE=$SEAWALL_SILENCE ATTEMPT_MIN_SPEED=$SEAWALL_MIN_SPEED
	[ "$LADDER_LAST" = yes ] || ATTEMPT_STALL=$SEAWALL_STALL
	step__capture "${SEAWALL_ATTEMPT_TIMEOUT:-$limit}" "$@"
}

# step_local COMMAND...: the same for what is no source's business, such as unpacking; only the deadline ends it.
step_local() {
	ATTEMPT_STALL='' ATTEMPT_SILENCE=''
	step__capture "$(clock_left "$LADDER_DEADLINE")" "$@"
}

# step__capture SECONDS COMMAND...: a second before the deadline it gets its TERM.
step__capture() {
	local seconds
	seconds=$(values_min "$1" "$(($(clock_left "$LADDER_DEADLINE") - 1))")
	shift
	[ "$seconds" -gt 0 ] || return 124
	attempt_capture "$LADDER_TEXT" "$seconds" "$@"
}

# step_ask COMMAND...: a probe's request; quiet, its text is for the classifier.
step_ask() {
	ATTEMPT_STALL='' ATTEMPT_SILENCE=''
	attempt_run "$(values_min "$STEP_PROBE_SECONDS" "$(clock_left "$LADDER_DEADLINE")")" "$@" >"$LADDER_TEXT" 2>&1
}

# step_climb TOOL UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: step_try; a failure ends the command.
step_climb() {
	local status
	status=0
	step_try "$@" || status=$?
	[ "$status" -eq 0 ] || step_fail "$status" "$2"
}

# step_try TOOL UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: climbs, and falls back to the last known good copy; 0 or an
# exit code. STEP_PROBE, STEP_WAIT_PROBE: functions that call step_ask (see ladder_climb), empty for none. STEP_KEEP:
# the function that keeps a copy, called with FOLDER SOURCE ARGUMENT...
step_try() {
	local status tool
	tool=$1 status=0
	shift
	case $2 in
		*[!\ ]*) ;;
		*) die 78 "wanted at least one source for $1, saw an empty list: name one, or default" ;;
	esac
	ladder_climb --tool "$tool" --probe "$STEP_PROBE" --wait-probe "$STEP_WAIT_PROBE" "$STEP_ROUNDS" "$@" || status=$?
	case $status in
		0) shift 3 && last_good_keep "$@" ;;
		75) last_good_use "$@" || return 75 ;;
		*) return "$status" ;;
	esac
}

# step_fail CODE NAME: ends the command. The event hands the finding over to the build on the host (step-events.sh),
# which reads no prose.
step_fail() {
	local number
	number=$LADDER_ATTEMPT
	[ "$number" -gt 0 ] || number=''
	events_emit failure error upstream "$LADDER_UPSTREAM" source "$LADDER_SOURCE" ${number:+attempt: "$number"} \
		class "$FINDING_CLASS" verdict "$FINDING_VERDICT" exit: "$1"
	die "$1" "$2: $FINDING_CLASS $(ladder_count): $(exit_advice "$1")"
}
