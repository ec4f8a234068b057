#!/bin/sh
# emergency-build.sh [--or IMAGE=OTHER]... [--attempts N] -- ARGUMENTS OF docker buildx build
#
# The smallest thing that can ship while everything is down: one platform, no outside cache, no attestations, other base
# images allowed where they are named, always with the label seawall.degraded=emergency. See docs/incident.md first.
#
#   --or IMAGE=OTHER  OTHER may stand for IMAGE, besides what SEAWALL_BASE_FALLBACKS names; `base:NAME` is one of
#                     build-base-image.sh. May be given more than once
#   --attempts N      builds that may be begun, 1 to 10 (default 3)
#   -h, --help        this text
#
# Exit codes: those of docker-build.sh, which it calls; 64 wrong call.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=emergency-build
. "$SEAWALL_LIB/load.sh"
load base attempt verdict host/settings host/machine host/registry host/call

option_set() {
	case $1 in
		--attempts) ATTEMPTS=$(options_number --attempts "$2" 1 10) || exit ;;
		--or)
			case $2 in
				*[[:space:]]*) die 64 "--or: wanted IMAGE=OTHER without blanks, saw '$2': see --help" ;;
				?*=?*) ALTERNATIVES="$ALTERNATIVES $2" ;;
				*) die 64 "--or: wanted IMAGE=OTHER, saw '$2': see --help" ;;
			esac
			;;
	esac
}

# The platform of this machine where it is among those that are wanted, else the first of them.
one_platform() {
	local own
	own=$(dockerfile_own_platform)
	case " $ARGUMENTS_PLATFORMS " in
		*" $own "*) printf '%s\n' "$own" ;;
		*)
			# shellcheck disable=SC2086 # a list of platforms
			set -- $ARGUMENTS_PLATFORMS
			printf '%s\n' "${1:-}"
			;;
	esac
}

ATTEMPTS=3 ALTERNATIVES=''
options_take '--or= --attempts=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -gt 0 ] || die 64 "wanted the arguments of docker buildx build, saw none: see --help"
conf_places_load
SCRATCH=''
arguments_read "$@"
eval "set -- $ARGUMENTS_WORDS"
arguments_leave_out ' --cache-from --cache-to --provenance --sbom --attest --platform ' "$@"
PLATFORM=$(one_platform)
WORDS=$ARGUMENTS_LEFT
[ -z "$PLATFORM" ] || list_add WORDS --platform "$PLATFORM"
list_add WORDS --provenance=false --label seawall.degraded=emergency
eval "set -- $WORDS $ARGUMENTS_BEHIND"
log_warn "an emergency build: one platform, no cache from outside, no attestations; rebuild it when the outage is over"
# The first one that names an image counts.
SEAWALL_BASE_FALLBACKS="${ALTERNATIVES# } $SEAWALL_BASE_FALLBACKS"
export SEAWALL_BASE_FALLBACKS
exec "${SEAWALL_LIB%/lib}/docker-build.sh" --attempts "$ATTEMPTS" -- "$@"
