#!/bin/sh
# docker-build.sh [--attempts N] [--report FILE] [--https-only] -- ARGUMENTS OF docker buildx build
# docker-build.sh ARGUMENTS OF docker buildx build
#
# `docker buildx build` that outlives its registries: says before the build which base images can be had from where,
# takes the same bytes from a mirror where their own registry is gone, tries again what may pass, and ends with a code
# that says why. Dead caches are left out. The arguments are handed on as they are; where every registry is well nothing
# is added to them, but that the export of a cache may fail.
#
#   --attempts N   builds that may be begun, 1 to 10 (default 3)
#   --report FILE  what the build did, as JSON (default report.json in SEAWALL_STATE)
#   --https-only   refuses plain http sources and insecure registries (SEAWALL_HTTPS_ONLY)
#   -h, --help     this text
#   --version      the version
#
# SEAWALL=off hands over to buildx untouched. A Dockerfile that cannot be read here (a remote context, a tar file) is
# built without a look at its base images. Exit codes: 0 done, 1 the build itself failed, 64 wrong call, 65 wrong bytes,
# 69 not there, 71 this machine lacks something, 73 cannot write, 75 outage, 77 not allowed, 78 wrong setting, 124
# deadline, 128+n ended by signal n.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=docker-build
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/settings host/machine host/registry host/call host/bases host/images
load host/caches host/engine host/builders host/progress host/build

option_set() {
	case $1 in
		--attempts) ATTEMPTS=$(options_number --attempts "$2" 1 10) || exit ;;
		--report) REPORT=$2 ;;
		--https-only) settings_use_option SEAWALL_HTTPS_ONLY on ;;
	esac
}

# take_options WORD...: without `--` every word is buildx's. Sets OPTIONS_TAKEN.
take_options() {
	local word
	OPTIONS_TAKEN=0
	options_show_info "${1:-}"
	for word in "$@"; do
		[ "$word" != -- ] || {
			options_take '--attempts= --report= --https-only' "$@"
			return 0
		}
	done
}

keep_stdin() {
	STDIN='' BUILD_STDIN=''
	arguments_wants_stdin || return 0
	stdin_keep
	STDIN=$STDIN_FILE BUILD_STDIN=$STDIN_INPUT
	[ "$STDIN_FITS" = yes ] || ATTEMPTS=1
}

clean_up() {
	attempt_end
	stall_end
	stdin_end
	hedge_stop
	caches_stop
	builders_stop
	lock_drop
	bases_clean_up
	state_forget registry "$SEAWALL_LAST_GOOD_MAX_AGE"
	state_forget stalled 3600
	state_forget builders 86400
	state_forget client 86400
	events_bound 20000
	# An interrupted build leaves nothing.
	[ "$BUILDING" = no ] || [ "$1" -gt 128 ] || { build_report_write "$REPORT" "$1" && build_report_show "$1"; }
	scratch_remove
}

ATTEMPTS=3 REPORT='' BUILDING=no
take_options "$@"
shift "$OPTIONS_TAKEN"
[ $# -gt 0 ] || die 64 "wanted the arguments of docker buildx build, saw none: see --help"
conf_places_load
# What docker calls for the kit is the real plugin (install-plugin.sh).
export SEAWALL_INSIDE=yes
[ "$SEAWALL" = on ] || exec docker buildx build "$@"
command -v docker >/dev/null 2>&1 || die 71 "wanted the docker client with buildx, found none: install it, or run scripts/setup-engine.sh"
settings_use_home
: "${SEAWALL_RUN:=$(date -u +%Y%m%dt%H%M%S)-$$}"
exit_trap clean_up
scratch_make
state_use "$SEAWALL_STATE" ''
version_check_client
[ -n "$REPORT" ] || REPORT=$SEAWALL_STATE/report.json
build_report_begin
ladder_begin
# The history of a builder in other builds does not count in this one.
breaker_begin "$SCRATCH"
ARGUMENTS_LIST=$SCRATCH/arguments
arguments_read "$@"
[ -z "$ARGUMENTS_NAMED" ] || builder_use "$ARGUMENTS_NAMED"
arguments_check_files
disk_check_engine
source_policy_begin
https_check_context "$ARGUMENTS_CONTEXT"
keep_stdin
BUILDING=yes
DOCKERFILE=$(arguments_find_dockerfile)
builders_ask
caches_ask
inputs_choose "$DOCKERFILE"
caches_settle
builders_settle
handover_begin "$@"
# What stands for the caches is written by caches.sh.
[ -z "$ARGUMENTS_CACHES" ] || { arguments_leave_out ' --cache-from --cache-to ' "$@" && eval "set -- $ARGUMENTS_LEFT"; }
status=0
build_run "$ATTEMPTS" "$DOCKERFILE" "$@" || status=$?
[ "$status" -eq 0 ] || die "$status" "$FINDING_CLASS $(ladder_count): $(exit_advice "$status")"
