#!/bin/sh
# emergency-build.sh [--or IMAGE=OTHER]... [--attempts N] -- ARGUMENTS OF docker buildx build
#
# Builds the minimum that can ship during an outage: one platform, no external cache, no attestations, named
# alternatives for base images, always with the label seawall.degraded=emergency. Read docs/incident.md first.
#
#   --or IMAGE=OTHER  use OTHER if IMAGE is unavailable, in addition to SEAWALL_BASE_FALLBACKS; `base:NAME` is an image
#                     of build-base-image.sh. May be repeated
#   --attempts N      maximum number of builds, 1 to 10 (default 3)
#   -h, --help        this text
#   --version         the version
#
# Exit codes: 64 wrong call, otherwise those of docker-build.sh.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=emergency-build
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/settings host/machine host/registry host/call

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

# one_platform: prints this machine's platform if the call names it, else the first platform of the call, or nothing.
one_platform() {
	local own
	own=$(platform_own)
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
log_warn "emergency build: one platform, no external cache, no attestations; rebuild it when the outage is over"
# If several alternatives name an image, the first is used.
SEAWALL_BASE_FALLBACKS="${ALTERNATIVES# } $SEAWALL_BASE_FALLBACKS"
export SEAWALL_BASE_FALLBACKS
exec "${SEAWALL_LIB%/lib}/docker-build.sh" --attempts "$ATTEMPTS" -- "$@"
