#!/bin/sh
# retry.sh [OPTIONS] -- COMMAND [ARGUMENT]...
#
# Runs a command; again where it failed for a reason that passes: an outage, not a typo. Between attempts it waits, with
# full jitter, or for as long as the other side asked for (Retry-After). Output passes through.
#
#   --retries N       retries after the first attempt, 0 to 100 (default 2, and none after the same failure twice)
#   --max-time S      seconds for all of it
#   --timeout S       seconds for one attempt
#   --silence S       seconds without output, bytes and CPU until an attempt is ended
#   --retry-on CLASS  retry this class of failure only; may be given more than once (`any` for every failure)
#   --tool T          whose words the output is in, where the command's name does not say it (see classify.sh)
#   -h, --help        this text
#
# Exit codes: the command's own where it worked or its failure lasts, 64 wrong call, 71 no such command, 75 an outage,
# 78 wrong setting, 124 deadline, 128+n ended by signal n. Input from a file is read anew each time, a pipe once.
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
			[ "$2" = any ] || classify_look_up "$2" || die 64 "--retry-on: wanted any or a class of lib/verdict/classes.tsv, saw '$2'"
			LADDER_RETRY_ON="${LADDER_RETRY_ON:-} $2"
			;;
	esac
}

# tool_of COMMAND: the classifier's word for it and the upstream it talks to.
tool_of() {
	case ${1##*/} in
		go) printf 'go go-proxy\n' ;;
		pip* | uv) printf 'pip pypi\n' ;;
		apt | apt-get) printf 'apt apt\n' ;;
		apk) printf 'apk apk\n' ;;
		npm | npx) printf 'npm npm\n' ;;
		git) printf 'git git\n' ;;
		curl | wget) printf 'curl url\n' ;;
		docker | podman | buildah | skopeo | crane) printf 'docker registry\n' ;;
		*) printf 'other none\n' ;;
	esac
}

run_it() {
	shift
	COMMAND_STATUS=0
	step_run "$@" || COMMAND_STATUS=$?
	return "$COMMAND_STATUS"
}

RETRIES='' MAX_TIME='' TIMEOUT='' SILENCE='' TOOL=''
options_take '--retries= --max-time= --timeout= --silence= --retry-on= --tool=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -gt 0 ] || die 64 "wanted a command behind --, saw none: see --help"
case $TOOL in *[!a-z-]*) die 64 "--tool wants a name such as apt or docker, saw '$TOOL': see --help" ;; esac
# A closed input cannot be copied, and the attempt to would end a shell.
! (: 7<&0) 2>/dev/null || exec 7<&0
step_begin
step_need "$1"
SEAWALL_ATTEMPT_TIMEOUT=${TIMEOUT:-$SEAWALL_ATTEMPT_TIMEOUT} SEAWALL_SILENCE=${SILENCE:-$SEAWALL_SILENCE}
[ -z "$MAX_TIME" ] || LADDER_DEADLINE=$(values_min "$LADDER_DEADLINE" "$(($(clock_uptime) + MAX_TIME))")
# Who says a number means it.
[ -z "$RETRIES" ] || STEP_ROUNDS=$((RETRIES + 1)) LADDER_INSISTS=yes
[ ! -r /dev/fd/7 ] || STEP_STDIN=/dev/fd/7
UPSTREAM=$(tool_of "$1")
step_reach "${TOOL:-${UPSTREAM% *}}" "${UPSTREAM#* }" default run_it "$@" && exit
status=$?
[ "$status" -eq 75 ] || [ "$status" -eq 124 ] || exit "$COMMAND_STATUS"
step_fail "$status" "$1"
