#!/bin/sh
# preflight.sh [--json] [--] ARGUMENTS OF docker buildx build
# preflight.sh --settings [--json]
#
# What a build needs from elsewhere and who serves it: every base image, its registry and each of its mirrors, the frontend
# of a `# syntax=` line, URLs of ADD, the builder's own image, the scanner of an SBOM. Asks by HEAD, builds nothing.
#
#   --settings  every setting instead, its value, and the place that it comes from; what is secret in it is not shown
#   --json      one JSON object a line instead of the table
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 each is served by somebody, 64 wrong call, 69 something is not there, 71 this machine lacks something,
# 75 an outage, 77 not allowed, 78 wrong setting.
set -euf
SEAWALL_LIB=${0%/*}/lib
LOG_NAME=preflight
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
. "$SEAWALL_LIB/host/settings-show.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/transcript.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/retry-after.sh"
. "$SEAWALL_LIB/state.sh"
. "$SEAWALL_LIB/state-files.sh"
. "$SEAWALL_LIB/breaker.sh"
. "$SEAWALL_LIB/host/lock.sh"
. "$SEAWALL_LIB/host/dockerfile.sh"
. "$SEAWALL_LIB/host/cache-spec.sh"
. "$SEAWALL_LIB/host/build-arguments.sh"
. "$SEAWALL_LIB/host/buildx.sh"
. "$SEAWALL_LIB/host/references.sh"
. "$SEAWALL_LIB/host/image-lock.sh"
. "$SEAWALL_LIB/host/http.sh"
. "$SEAWALL_LIB/host/manifest-head.sh"
. "$SEAWALL_LIB/host/digests.sh"
. "$SEAWALL_LIB/host/registry.sh"
. "$SEAWALL_LIB/host/mirrors.sh"
. "$SEAWALL_LIB/host/places.sh"
. "$SEAWALL_LIB/host/hedge.sh"
. "$SEAWALL_LIB/host/needs.sh"

option_set() {
	case $1 in
		--json) FORMAT=json ;;
		--settings) WHAT=settings ;;
	esac
}

clean_up() {
	attempt_end
	hedge_await
	scratch_remove
}

FORMAT=table WHAT=needs
options_take '--json --settings' "$@"
shift "$OPTIONS_TAKEN"
if [ "$WHAT" = settings ]; then
	[ $# -eq 0 ] || die 64 "--settings: wanted no other arguments, saw '$1': see --help"
	conf_places_load
	settings_use_home
	"settings_show_$FORMAT"
	exit 0
fi
[ $# -gt 0 ] || die 64 "wanted the arguments of docker buildx build, saw none: see --help"
conf_places_load
settings_use_home
export SEAWALL_INSIDE=yes
exit_trap clean_up
scratch_make
state_use "$SEAWALL_STATE" ''
BUILDX_ARGUMENTS=$SCRATCH/arguments STDIN=''
buildx_read "$@"
[ -z "$BUILDX_NAMED" ] || export BUILDX_BUILDER="$BUILDX_NAMED"
FILE=$(buildx_find_dockerfile)
[ -n "$FILE" ] || die 64 "wanted a Dockerfile on this machine, found none: give the context's folder, or --file"
# shellcheck disable=SC2086 # a list of platforms
needs_list "$FILE" "$BUILDX_TARGET" "$BUILDX_ARGUMENTS" $BUILDX_PLATFORMS
needs_ask
status=0
needs_judge || status=$?
"needs_show_$FORMAT"
[ "$status" -eq 0 ] || exit "$status"
