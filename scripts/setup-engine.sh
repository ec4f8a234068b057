#!/bin/sh
# setup-engine.sh [--stop|--restart] [--lease NAME]
#
# Finds the Docker engine that answers. If there is none, and this is a Debian-based system and you are root, it fetches
# one from the distribution's packages and runs it as a private daemon with its own socket, data and network: no system
# service, nothing installed, data below SEAWALL_STATE. A second call finds the first one's engine. Prints how to reach
# it, one NAME=VALUE per line: export $(./scripts/setup-engine.sh)
#
#   --stop        release our lease; the engine stops when no lease is left. Its data is kept, its networks are removed
#   --restart     restart the private engine that DOCKER_HOST names; its cache is kept
#   --lease NAME  name of the lease: a word, or a process id, then the lease ends with the process (default manual)
#   -h, --help    this text
#   --version     the version
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
		--stop) ACTION=stop ;;
		--restart) ACTION=restart ;;
		--lease) LEASE=$(lease_name "$2") || exit ;;
	esac
}

# lease_name NAME: prints NAME; exits with 64 if it cannot be the name of a file.
lease_name() {
	case $1 in
		'' | *[!a-z0-9-]*)
			die 64 "--lease: wanted lower-case letters, digits and hyphens, saw '$1': give another name"
			;;
	esac
	printf '%s\n' "$1"
}

show_address() {
	log_info "$(engine_describe)"
	if [ "$ENGINE_KIND" = private ]; then
		printf 'DOCKER_HOST=%s\nDOCKER_CONFIG=%s\nPATH=%s\n' "$DOCKER_HOST" "$DOCKER_CONFIG" "$PATH"
	else
		printf 'DOCKER_HOST=%s\n' "${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}')}"
	fi
}

ACTION=start LEASE=manual
options_take '--stop --restart --lease=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
conf_places_load
settings_use_home
case $ACTION in
	stop) private_release "$LEASE" ;;
	restart) private_restart ;;
	start)
		engine_find
		engine_use "$LEASE"
		show_address
		;;
esac
