#!/bin/sh
# retry.sh [OPTIONS] -- COMMAND [ARGUMENT]...
#
# Runs a command and retries it if the failure is transient (an outage, not a typing error). Before a retry it waits
# with exponential backoff and full jitter, or as long as Retry-After says. Output is passed through.
#
#   --retries N       retries after the first attempt, 0 to 100 (default 2, and none after the same failure twice)
#   --max-time S      limit for all attempts together, in seconds
#   --timeout S       limit for one attempt, in seconds
#   --silence S       end an attempt after S seconds without output, network traffic and CPU time
#   --retry-on CLASS  retry only failures of this class (`any` for every failure); can be repeated
#   --tool T          the tool that writes the output, if it is not COMMAND itself (see classify.sh)
#   -h, --help        this text
#   --version         the version
#
# Exit codes: that of the command on success or permanent failure, 64 wrong arguments, 71 command not found, 75 outage,
# 78 invalid setting, 124 time limit, 128+n ended by signal n. Each attempt reads a file on stdin from the same
# position. A pipe or a socket can be read only once, so the command runs once: with </dev/null it can be retried.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=retry
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

option_set() {
	case $1 in
		--retries) RETRIES=$(options_number "$1" "$2" 0 100) || exit ;;
		--max-time) MAX_TIME=$(options_number "$1" "$2" 1 86400) || exit ;;
		--timeout) TIMEOUT=$(options_number "$1" "$2" 1 86400) || exit ;;
		--silence) SILENCE=$(options_number "$1" "$2" 1 86400) || exit ;;
		--tool) TOOL=$2 ;;
		--retry-on)
			[ "$2" = any ] || classify_look_up "$2" ||
				die 64 "--retry-on: wanted any or a class of lib/verdict/classes.tsv, saw '$2'"
			RETRY_ON="$RETRY_ON $2"
			;;
	esac
}

# run_it SOURCE COMMAND...: one attempt; keeps the status in COMMAND_STATUS.
run_it() {
	shift
	COMMAND_STATUS=0
	step_stdin_run "$@" || COMMAND_STATUS=$?
	return "$COMMAND_STATUS"
}

# probe_host: after a failure that no rule knows: requests the root of the first host that the command line or the
# output names.
probe_host() {
	local url
	[ "$FINDING_CLASS" = other ] || return 0
	url=$({ printf '%s\n' "$COMMAND_LINE" && cat "$LADDER_TEXT"; } |
		grep -o -E "https?://[^]/ \"'<>()\`,;]+" | sed -e 's,//.*@,//,' -e q) || return 0
	[ -n "$url" ] && (download_choose http,https) 2>/dev/null || return 0
	download_choose http,https
	download_get step_ask "$url/" /dev/null probe
}

RETRIES='' MAX_TIME='' TIMEOUT='' SILENCE='' RETRY_ON='' TOOL=''
options_take '--retries= --max-time= --timeout= --silence= --retry-on= --tool=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -gt 0 ] || die 64 "wanted a command behind --, saw none: see --help"
case $TOOL in *[!a-z0-9._-]*) die 64 "--tool: wanted a name such as apt or docker, saw '$TOOL': see --help" ;; esac
step_stdin_open
step_begin
step_need "$1"
SEAWALL_ATTEMPT_TIMEOUT=${TIMEOUT:-$SEAWALL_ATTEMPT_TIMEOUT} SEAWALL_SILENCE=${SILENCE:-$SEAWALL_SILENCE}
[ -z "$MAX_TIME" ] || ladder_shorten "$MAX_TIME"
step_stdin_begin
step_signals_begin
UPSTREAM=$(tool_of_command "$@")
ROUNDS=3 INSIST='' ONCE='' PROBE='' COMMAND_LINE=$*
# The text of a download that no rule knows is an outage if the host does not answer.
[ "${TOOL:-${UPSTREAM% *}}" = other ] || PROBE=probe_host
# With --retries the same failure twice does not end the attempts.
[ -z "$RETRIES" ] || ROUNDS=$((RETRIES + 1)) INSIST=--insist
status=0
[ "$STEP_STDIN_KIND" != once ] || ONCE=1
ladder_climb --tool "${TOOL:-${UPSTREAM% *}}" --retry-on "$RETRY_ON" ${INSIST:+"$INSIST"} --attempts "$ONCE" \
	--probe "$PROBE" "$ROUNDS" "${UPSTREAM#* }" default run_it "$@" || status=$?
case $status:$FINDING_CLASS in
	0:*) ;;
	75:cancelled) exit "$COMMAND_STATUS" ;;
	75:* | 124:*)
		[ -z "$ONCE" ] || log_warn "wanted to run $1 again, but stdin is a pipe, a socket or a file that can be read" \
			"only once: use </dev/null if $1 does not read it, or a file that every attempt can read"
		step_fail "$status" "$1"
		;;
	*)
		case $FINDING_CLASS in
			tls | auth | not-found)
				printf '%s\n' "$COMMAND_LINE" >>"$LADDER_TEXT"
				log_warn "$1: $(advice_for "$status" "$FINDING_CLASS" "$LADDER_TEXT" "${TOOL:-${UPSTREAM% *}}")"
				;;
		esac
		exit "$COMMAND_STATUS"
		;;
esac
