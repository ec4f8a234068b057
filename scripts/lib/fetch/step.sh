# Room fetch: What do the commands under stage/ share: sources of packages, downloads, the last known good copy?
# Face: step_* download_* last_good_* requirements_* pip_* apt_* apk_* go_* package_words_*
# Step: what all commands for RUN steps do around their tool: read settings and certificates, climb the ladder over the
# sources, fall back to the last known good copy, end with an exit code.
# shellcheck shell=sh

# How often each source is asked, at most.
STEP_ROUNDS=3

# step_begin [FUNCTION]: a shim gives a FUNCTION, which makes the files of the kit once SCRATCH exists; what the image
# sets for certificates then stays.
step_begin() {
	local given
	given=${SEAWALL_STATE:-}
	settings_load /run/seawall.conf
	# Without the folder of the host, events are printed with the log.
	[ -d "${SEAWALL_EVENTS%/*}" ] || SEAWALL_EVENTS=''
	step__use_absolute_paths
	scratch_make
	[ -z "${1:-}" ] || "$1"
	handed_use_mark
	handed_use_proxies
	trust_use_secret "${1:+keep}"
	state_use "${given:+$SEAWALL_STATE}" "$SEAWALL_STATE"
	ladder_begin
	handed_each failed choice_take_failed
	STEP_PROBE='' STEP_WAIT_PROBE='' STEP_KEEP='' STEP_STDIN='' STEP_PINNED='' STEP_ATTEMPTS='' STEP_ENTER=''
	STEP_CAPTURE='' STEP_EAGER=''
}

# step__use_absolute_paths: the command may change its folder.
step__use_absolute_paths() {
	case ${TMPDIR:-/} in /*) ;; *) TMPDIR=$PWD/$TMPDIR && export TMPDIR ;; esac
	case ${SEAWALL_STATE:-/} in /*) ;; *) SEAWALL_STATE=$PWD/$SEAWALL_STATE ;; esac
	case ${SEAWALL_LAST_GOOD:-/} in /*) ;; *) SEAWALL_LAST_GOOD=$PWD/$SEAWALL_LAST_GOOD ;; esac
	case ${SEAWALL_EVENTS:-/} in /*) ;; *) SEAWALL_EVENTS=$PWD/$SEAWALL_EVENTS ;; esac
}

# step_use probe|wait-probe|keep FUNCTION: FUNCTION probes a source, probes one before a wait (see ladder_climb), or
# saves the last known good copy (see last-good.sh).
# step_use attempts N: at most N attempts. step_use pinned yes: hashes or signatures verify the content, so `not found`
# counts only if all sources say so. step_use eager yes: --eager of ladder_climb. step_use enter FUNCTION, step_use
# capture errors: --enter and --keep of attempt_capture.
step_use() {
	case $1 in
		probe) STEP_PROBE=$2 ;;
		wait-probe) STEP_WAIT_PROBE=$2 ;;
		keep) STEP_KEEP=$2 ;;
		pinned) STEP_PINNED=$2 ;;
		attempts) STEP_ATTEMPTS=$2 ;;
		enter) STEP_ENTER=$2 ;;
		capture) STEP_CAPTURE=$2 ;;
		eager) STEP_EAGER=$2 ;;
	esac
}

# step_read_from FILE: the commands of step_run read FILE.
step_read_from() { STEP_STDIN=$1; }

# step_make_folder: sets STEP_FOLDER to a folder on the disk, for files that are too large for SCRATCH. It is removed
# before the step becomes a layer.
step_make_folder() {
	exit_at_end step_remove_folder
	STEP_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/seawall.XXXXXX") ||
		die 73 "wanted a folder in ${TMPDIR:-/tmp}, could not write there: make room or set TMPDIR"
}

step_remove_folder() { [ -z "${STEP_FOLDER:-}" ] || rm -rf "$STEP_FOLDER"; }

# step_need COMMAND: 71 if this image lacks the tool.
step_need() {
	command -v "$1" >/dev/null 2>&1 || die 71 "wanted $1 in this image, found none: install it in an earlier step"
}

# step_run COMMAND...: one attempt of at most SEAWALL_ATTEMPT_TIMEOUT seconds (default 300, 100 more with each attempt,
# at most 600), never beyond the deadline. While another source is left, a stalled attempt is ended; the last source is
# ended only when it is silent. STEP_STDIN: the file that the command reads, empty for none.
step_run() {
	local limit stall
	limit=$((200 + (LADDER_ATTEMPT > 0 ? LADDER_ATTEMPT : 1) * 100))
	[ "$limit" -le 600 ] || limit=600
	stall=''
	# shellcheck disable=SC2153 # a setting
	[ "$LADDER_LAST" = yes ] || stall=$SEAWALL_STALL
	limit=$(step__limit "${SEAWALL_ATTEMPT_TIMEOUT:-$limit}") || return
	attempt_capture "$LADDER_TEXT" --stall "$stall" --min-speed "$SEAWALL_MIN_SPEED" --silence "$SEAWALL_SILENCE" \
		--stdin "${STEP_STDIN:-}" --enter "$STEP_ENTER" --keep "$STEP_CAPTURE" "$limit" "$@"
}

# step_local COMMAND...: step_run for a command that uses no source, such as unpacking: only the deadline ends it.
step_local() {
	local limit
	limit=$(step__limit "$(clock_left "$LADDER_DEADLINE")") || return
	attempt_capture "$LADDER_TEXT" --stdin "${STEP_STDIN:-}" "$limit" "$@"
}

# step__limit SECONDS: prints them, at most until one second before the deadline; 124 if nothing is left.
step__limit() {
	local seconds
	seconds=$(values_min "$1" "$(($(clock_left "$LADDER_DEADLINE") - 1))") || return
	[ "$seconds" -gt 0 ] || return 124
	printf '%s\n' "$seconds"
}

# step_climb TOOL UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: step_try; a failure ends the command.
step_climb() {
	step_try "$@" || step_fail "$?" "$2"
}

# step_try TOOL UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: climbs, and falls back to the last known good copy; 0 or an
# exit code. The probes call step_ask. STEP_KEEP is called with FOLDER SOURCE ARGUMENT...
step_try() {
	local status tool
	tool=$1 status=0
	shift
	case $2 in
		*[!\ ]*) ;;
		*) die 78 "wanted at least one source for $1, saw an empty list: name one, or default" ;;
	esac
	ladder_climb --tool "$tool" --probe "${STEP_PROBE:+step_probe}" --wait-probe "$STEP_WAIT_PROBE" \
		${STEP_PINNED:+--pinned} ${STEP_EAGER:+--eager} --attempts "$STEP_ATTEMPTS" "$STEP_ROUNDS" "$@" || status=$?
	case $status in
		0) shift 3 && last_good_keep "$@" ;;
		75) last_good_use "$@" || return 75 ;;
		*) return "$status" ;;
	esac
}

# step_fail CODE NAME: ends the command.
step_fail() {
	step_tell_failure "$1"
	step_end "$1" "$1" "$2"
}

# step_end EXIT CODE NAME: ends the command with EXIT and one line about a failure with CODE.
step_end() {
	die "$1" "$3: $FINDING_CLASS $(ladder_count): $(advice_for "$2" "$FINDING_CLASS" "$LADDER_TEXT" "$LADDER_TOOL")"
}

# step_tell_failure EXIT: hands the finding of a command that ends with EXIT over to the build on the host
# (step-events.sh), which reads no prose.
step_tell_failure() {
	local number
	number=$LADDER_ATTEMPT
	[ "$number" -gt 0 ] || number=''
	events_emit failure error upstream "$LADDER_UPSTREAM" source "$LADDER_SOURCE" ${number:+attempt: "$number"} \
		class "$FINDING_CLASS" verdict "$FINDING_VERDICT" exit: "$1"
}
