#!/bin/sh
# python-packages.sh [--] ARGUMENTS OF pip install
#
# Installs Python packages with pip, from the first source of SEAWALL_PYPI_INDEXES that can: one index at a
# time, bounded attempts, pip's own retries off, hashes in force. What is given is handed to pip as it is.
# For a RUN step; reads settings from the secret /run/seawall.conf and certificates from /run/seawall.ca.
#
#   -h, --help  this text
#
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 no pip here, 75 outage, 78 wrong setting.
set -eu
SEAWALL_LIB=${0%/*}/../lib
LOG_NAME=python-packages
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/json.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/trust.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/backoff.sh"
. "$SEAWALL_LIB/retry-after.sh"
. "$SEAWALL_LIB/state.sh"
. "$SEAWALL_LIB/budget.sh"
. "$SEAWALL_LIB/breaker.sh"
. "$SEAWALL_LIB/judge.sh"
. "$SEAWALL_LIB/ladder.sh"
. "$SEAWALL_LIB/step.sh"

# pip leaves no cache in the layer and compiles nothing: byte code holds times, layers should not.
install_from() {
	local status
	PIP_INDEX_URL=$1 && export PIP_INDEX_URL
	# To pip an empty variable is none: its own configuration counts.
	[ "$1" != default ] || PIP_INDEX_URL=$OWN_INDEX_URL
	shift
	rm -f "$SCRATCH/pip.log"
	status=0
	step_run pip install --no-input --retries 0 --no-cache-dir --no-compile --disable-pip-version-check \
		--root-user-action ignore --log "$SCRATCH/pip.log" "$@" || status=$?
	[ "$status" -eq 0 ] || tell_why
	return "$status"
}

# pip prints the same words for "index down" and "no such package"; only its log knows which.
tell_why() {
	[ -f "$SCRATCH/pip.log" ] || return 0
	sed -n 's/^[^ ]* *\(Could not fetch URL .*\)/\1/p' "$SCRATCH/pip.log" | redact_stream | tee -a "$LADDER_TEXT" >&2
}

case ${1:-} in
	-h | --help) options_show_help "$0" && exit 0 ;;
	--) shift ;;
esac
[ $# -gt 0 ] || die 64 "wanted the arguments of pip install, saw none: see --help"
step_begin
step_need pip
# One index at a time: an extra index is asked for every name and the highest version wins.
unset PIP_EXTRA_INDEX_URL
OWN_INDEX_URL=${PIP_INDEX_URL:-}
step_climb pip pypi "$SEAWALL_PYPI_INDEXES" install_from "$@"
