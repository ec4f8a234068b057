#!/bin/sh
# docker-build.sh [--attempts N] [--report FILE] [--https-only] -- ARGUMENTS OF docker buildx build
# docker-build.sh ARGUMENTS OF docker buildx build
#
# `docker buildx build` that outlives its registries: says before the build which base images can be had from where, takes
# the same bytes from a mirror where their own registry is gone, tries again what may pass, and ends with a code that says
# why. Dead caches are left out. The arguments are handed on as they are; where every registry is well nothing is added to
# them, but that the export of a cache may fail.
#
#   --attempts N   builds that may be begun, 1 to 10 (default 3)
#   --report FILE  what the build did, as JSON (default report.json in SEAWALL_STATE)
#   --https-only   refuses plain http sources and insecure registries (SEAWALL_HTTPS_ONLY)
#   -h, --help     this text
#   --version      the version
#
# SEAWALL=off hands over to buildx untouched. A Dockerfile that cannot be read here (a remote context, a tar file) is built
# without a look at its base images. Exit codes: 0 done, 1 the build itself failed, 64 wrong call, 65 wrong bytes, 69 not
# there, 71 this machine lacks something, 73 cannot write, 75 outage, 77 not allowed, 78 wrong setting, 124 deadline,
# 128+n ended by signal n.
set -euf
SEAWALL_LIB=${0%/*}/lib
LOG_NAME=docker-build
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/values.sh"
. "$SEAWALL_LIB/conf.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/host/folder-conf.sh"
. "$SEAWALL_LIB/host/conf-places.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/process.sh"
. "$SEAWALL_LIB/json.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/trust.sh"
. "$SEAWALL_LIB/watch.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/transcript.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/backoff.sh"
. "$SEAWALL_LIB/retry-after.sh"
. "$SEAWALL_LIB/state.sh"
. "$SEAWALL_LIB/state-files.sh"
. "$SEAWALL_LIB/budget.sh"
. "$SEAWALL_LIB/breaker.sh"
. "$SEAWALL_LIB/judge.sh"
. "$SEAWALL_LIB/ladder.sh"
. "$SEAWALL_LIB/sizes.sh"
. "$SEAWALL_LIB/host/lock.sh"
. "$SEAWALL_LIB/host/archive.sh"
. "$SEAWALL_LIB/host/engine-check.sh"
. "$SEAWALL_LIB/host/client-check.sh"
. "$SEAWALL_LIB/host/disk.sh"
. "$SEAWALL_LIB/host/layout.sh"
. "$SEAWALL_LIB/host/bases.sh"
. "$SEAWALL_LIB/host/references.sh"
. "$SEAWALL_LIB/host/image-lock.sh"
. "$SEAWALL_LIB/host/http.sh"
. "$SEAWALL_LIB/host/manifest-head.sh"
. "$SEAWALL_LIB/host/digests.sh"
. "$SEAWALL_LIB/host/registry.sh"
. "$SEAWALL_LIB/host/mirrors.sh"
. "$SEAWALL_LIB/host/places.sh"
. "$SEAWALL_LIB/host/hedge.sh"
. "$SEAWALL_LIB/host/store.sh"
. "$SEAWALL_LIB/host/images.sh"
. "$SEAWALL_LIB/host/dockerfile.sh"
. "$SEAWALL_LIB/host/cache-spec.sh"
. "$SEAWALL_LIB/host/gha-cache.sh"
. "$SEAWALL_LIB/host/build-arguments.sh"
. "$SEAWALL_LIB/host/buildx.sh"
. "$SEAWALL_LIB/host/plans.sh"
. "$SEAWALL_LIB/host/caches.sh"
. "$SEAWALL_LIB/host/cache-failures.sh"
. "$SEAWALL_LIB/host/cache-hits.sh"
. "$SEAWALL_LIB/host/spool.sh"
. "$SEAWALL_LIB/host/syntax.sh"
. "$SEAWALL_LIB/host/https-only.sh"
. "$SEAWALL_LIB/host/sources.sh"
. "$SEAWALL_LIB/host/source-policy.sh"
. "$SEAWALL_LIB/host/inputs.sh"
. "$SEAWALL_LIB/host/builder.sh"
. "$SEAWALL_LIB/host/builders.sh"
. "$SEAWALL_LIB/host/recovery.sh"
. "$SEAWALL_LIB/host/engine-reads.sh"
. "$SEAWALL_LIB/host/silence.sh"
. "$SEAWALL_LIB/host/stall.sh"
. "$SEAWALL_LIB/host/history.sh"
. "$SEAWALL_LIB/host/push.sh"
. "$SEAWALL_LIB/host/cause.sh"
. "$SEAWALL_LIB/host/certificates.sh"
. "$SEAWALL_LIB/host/handover.sh"
. "$SEAWALL_LIB/host/step-events.sh"
. "$SEAWALL_LIB/host/build.sh"
. "$SEAWALL_LIB/host/outcome.sh"

option_set() {
	case $1 in
		--attempts) ATTEMPTS=$(options_number --attempts "$2" 1 10) || exit ;;
		--report) REPORT=$2 ;;
		--https-only) HTTPS_ONLY=on && settings_use_option SEAWALL_HTTPS_ONLY on ;;
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
	buildx_wants_stdin || return 0
	spool_keep
	STDIN=$SPOOL_FILE BUILD_STDIN=$SPOOL_STDIN
	[ "$SPOOL_FITS" = yes ] || ATTEMPTS=1
}

clean_up() {
	attempt_end
	stall_end
	spool_end
	hedge_await
	caches_await
	builders_await
	lock_drop
	bases_clean_up
	state_forget registry "$SEAWALL_LAST_GOOD_MAX_AGE"
	state_forget stalled 3600
	state_forget builders 86400
	state_forget client 86400
	events_bound 20000
	# An interrupted build leaves nothing.
	[ "$BUILDING" = no ] || [ "$1" -gt 128 ] || { outcome_write "$REPORT" "$1" && outcome_show "$1"; }
	scratch_remove
}

ATTEMPTS=3 REPORT='' BUILDING=no HTTPS_ONLY=''
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
client_check
[ -n "$REPORT" ] || REPORT=$SEAWALL_STATE/report.json
OUTCOME_BEGUN=$(clock_uptime)
ladder_begin
# What a builder did in another build says nothing of this one.
BREAKER_FOLDER=$SCRATCH
BUILDX_ARGUMENTS=$SCRATCH/arguments
buildx_read "$@"
[ -z "$BUILDX_NAMED" ] || export BUILDX_BUILDER="$BUILDX_NAMED"
: "${HTTPS_ONLY:=$SEAWALL_HTTPS_ONLY}"
buildx_check_files
disk_check_engine
source_policy_begin
https_check_context "$BUILDX_CONTEXT"
keep_stdin
BUILDING=yes
DOCKERFILE=$(buildx_find_dockerfile)
builders_ask
caches_ask
inputs_choose "$DOCKERFILE"
caches_settle
builders_settle
handover_begin "$@"
# What stands for the caches is written by caches.sh.
[ -z "$BUILDX_CACHES" ] || { buildx_leave_out ' --cache-from --cache-to ' "$@" && eval "set -- $BUILDX_LEFT"; }
status=0
build_run "$ATTEMPTS" "$DOCKERFILE" "$@" || status=$?
[ "$status" -eq 0 ] || die "$status" "$LADDER_CLASS after $LADDER_ATTEMPT attempt(s): $(exit_advice "$status")"
