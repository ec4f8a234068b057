#!/bin/sh
# setup-engine.sh [--stop|--restart] [--lease NAME]
#
# Finds the Docker engine that answers; where none does, and this is a Debian family and we are root, gets one from
# the distribution's packages and runs it as a private daemon: own socket, data and network below SEAWALL_STATE,
# no system service, nothing installed. A second call finds the first. Prints how to reach it, one NAME=VALUE a line:
# export $(./scripts/setup-engine.sh)
#
#   --stop        give the private engine back: it ends where nobody else holds it; its data stays, its networks do not
#   --restart     end the private engine that DOCKER_HOST names, and start it again: what it has cached stays
#   --lease NAME  who holds it: a word, or the id of a process, which holds it no longer than it lives (default manual)
#   -h, --help    this text
#
# Exit codes: 0 done, 64 wrong call, 71 this machine lacks something, 73 cannot write, 75 outage, 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=setup-engine
. "$SEAWALL_LIB/load.sh"
load base attempt host/settings host/machine host/bases host/engine

option_set() {
	case $1 in
		--stop) WHAT=stop ;;
		--restart) WHAT=restart ;;
		--lease) ENGINE_LEASE=$(lease_name "$2") || exit ;;
	esac
}

# It becomes the name of a file.
lease_name() {
	case $1 in
		'' | *[!a-z0-9-]*) die 64 "--lease: wanted lower-case letters, digits and hyphens, saw '$1'" ;;
	esac
	printf '%s\n' "$1"
}

show_address() {
	log_info "Docker $ENGINE_VERSION, buildx $BUILDX_VERSION ($ENGINE_KIND)"
	if [ "$ENGINE_KIND" = private ]; then
		printf 'DOCKER_HOST=%s\nDOCKER_CONFIG=%s\nPATH=%s\n' "$DOCKER_HOST" "$DOCKER_CONFIG" "$PATH"
	else
		printf 'DOCKER_HOST=%s\n' "${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}')}"
	fi
}

WHAT=start ENGINE_LEASE=manual
options_take '--stop --restart --lease=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
conf_places_load
settings_use_home
case $WHAT in
	stop) private_release "$ENGINE_LEASE" ;;
	restart) private_restart ;;
	start)
		engine_find
		engine_use
		show_address
		;;
esac
