#!/bin/sh
# preflight.sh [--json] [--] ARGUMENTS OF docker buildx build
# preflight.sh --settings [--json]
# preflight.sh --woven [--] ARGUMENTS OF docker buildx build
#
# Shows what a build fetches over the network and which places serve it: every base image with its registry and mirrors,
# the frontend of a `# syntax=` line, URLs of ADD, the builder's own image, the scanner for an SBOM. Sends only HEAD
# requests.
#
#   --settings  shows every setting instead, its value without secrets, and where it was set
#   --woven     prints the Dockerfile as a build with SEAWALL_WEAVE=always gives it to the builder (docs/weaving.md)
#   --json      prints one JSON object per line instead of a table
#   -h, --help  this text
#   --version   the version
#
# The options must come first; every other word is an argument of buildx. Exit codes: 0 everything is available, 64
# wrong call, 69 something does not exist, 71 this machine lacks something, 75 an outage, 77 not allowed, 78 wrong
# setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=preflight
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/settings host/machine host/registry host/call host/bases host/images
load host/weave

option_set() {
	case $1 in
		--json) FORMAT=json ;;
		--settings) WHAT=settings ;;
		--woven) WHAT=woven ;;
	esac
}

# take_options WORD...: sets OPTIONS_TAKEN.
take_options() {
	local word own
	own=''
	for word in "$@"; do
		case $word in
			-- | -h | --help | --version | --json | --settings | --woven) ;;
			--*) ! flags_find "${word%%=*}" || break ;;
			*) break ;;
		esac
		list_add own "$word"
		[ "$word" != -- ] || break
	done
	eval "options_take '--json --settings --woven' $own"
}

FORMAT=table WHAT=needs
take_options "$@"
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
scratch_make
state_use "$SEAWALL_STATE" ''
arguments_read "$@"
[ -z "$ARGUMENTS_UNKNOWN" ] || die 64 "wanted flags of docker buildx build, saw $ARGUMENTS_UNKNOWN: see --help"
[ -z "$ARGUMENTS_NAMED" ] || builder_use "$ARGUMENTS_NAMED"
read_once_replace "$@"
stdin_keep
FILE=$(arguments_find_dockerfile)
[ -n "$FILE" ] || die 64 "wanted a Dockerfile on this machine, found none: give the context's folder, or --file"
if [ "$WHAT" = woven ]; then
	weave_show "$FILE"
	exit 0
fi
preflight_list "$FILE"
preflight_ask
status=0
preflight_judge || status=$?
"preflight_show_$FORMAT"
[ "$status" -eq 0 ] || exit "$status"
