#!/bin/sh
# setup-engine.sh [--stop]
#
# Finds the Docker engine that answers; where none does, and this is a Debian family and we are root, gets one from
# the distribution's packages and runs it as a private daemon: own socket, data and network below SEAWALL_STATE,
# no system service, nothing installed. A second call finds the first. Prints how to reach it, one NAME=VALUE a line:
# export $(./scripts/setup-engine.sh)
#
#   --stop      end the private engine that this command started, and nothing else; its data stays
#   -h, --help  this text
#
# Exit codes: 0 done, 64 wrong call, 71 this machine lacks something, 73 cannot write, 75 outage, 78 wrong setting.
set -eu
SEAWALL_LIB=${0%/*}/lib
LOG_NAME=setup-engine
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/host/lock.sh"
. "$SEAWALL_LIB/host/archive.sh"
. "$SEAWALL_LIB/host/toolbox.sh"
. "$SEAWALL_LIB/host/network.sh"
. "$SEAWALL_LIB/host/private.sh"
. "$SEAWALL_LIB/host/engine.sh"

option_set() { STOP=yes; }

clean_up() {
	attempt_end
	lock_drop
}

show_address() {
	log_info "Docker $ENGINE_VERSION, buildx $BUILDX_VERSION ($ENGINE_KIND)"
	if [ "$ENGINE_KIND" = private ]; then
		printf 'DOCKER_HOST=%s\nDOCKER_CONFIG=%s\nPATH=%s\n' "$DOCKER_HOST" "$DOCKER_CONFIG" "$PATH"
	else
		printf 'DOCKER_HOST=%s\n' "${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}')}"
	fi
}

STOP=no
options_take '--stop' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
settings_load ./seawall.conf
exit_trap clean_up
ENGINE_LEASE=manual
if [ "$STOP" = yes ]; then
	private_release manual
else
	engine_find
	engine_use
	show_address
fi
