#!/bin/sh
# docker-build.sh [--attempts N] [--report FILE] [--https-only] [--docker-flag FLAG]... -- ARGUMENTS
# docker-build.sh ARGUMENTS
#
# Runs `docker buildx build ARGUMENTS` so that it survives outages: it checks which registries, caches and builders are
# available, takes the same image from a mirror if its registry is unavailable, retries failures that may pass, and ends
# with an exit code that tells why. Your arguments, stdin and secrets reach buildx unchanged. If every registry is
# healthy, the only change is ignore-error=true on cache exports.
#
#   --attempts N   how often the build may run, 1 to 10 (default 3)
#   --report FILE  where to write the report, as JSON (default report.json in SEAWALL_STATE)
#   --https-only   refuse plain http sources and insecure registries (SEAWALL_HTTPS_ONLY)
#   --docker-flag FLAG  a flag of docker itself for all of its calls, in one word: --tlscacert=FILE. May be repeated
#   -h, --help     print this text
#   --version      the version
#
# These options must come first and end with `--`; otherwise every word is an argument of buildx, a `--`, too.
# SEAWALL=off runs buildx without the kit. If the Dockerfile is not on this machine (a remote context, a tar file), its
# base images are not checked. Exit codes: 0 done, 1 the build itself failed, 64 wrong call, 65 wrong bytes, 69 not
# there, 71 this machine lacks something, 73 cannot write, 75 outage, 77 not allowed, 78 wrong setting, 124 deadline,
# 128+n ended by signal n.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=docker-build
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/settings host/machine host/registry host/call host/bases host/images
load host/caches host/weave host/engine host/builders host/progress host/build

option_set() { command_set_option "$@"; }

# show_help WORD...: the help of buildx; ends the command.
show_help() {
	local status
	status=0
	docker buildx build "$@" || status=$?
	exit "$status"
}

# read_call WORD...: sets the record ARGUMENTS_..., and keeps inputs that can be read only once.
read_call() {
	arguments_read "$@"
	[ "$ARGUMENTS_HELP" = no ] || show_help "$@"
	arguments_check_files
	[ -z "$ARGUMENTS_NAMED" ] || builder_use "$ARGUMENTS_NAMED"
	disk_check_engine
	source_policy_begin
	https_check_context "$ARGUMENTS_CONTEXT"
	https_check_context "$ARGUMENTS_FILE"
	read_once_replace "$@"
	stdin_keep
	read_once_is_kept || command_run_once
	DOCKERFILE=$(arguments_find_dockerfile)
}

# build WORD...: runs the build. caches.sh has words of its own for the caches of the call.
build() {
	handover_begin
	if [ -n "$ARGUMENTS_CACHES" ]; then
		arguments_leave_out ' --cache-from --cache-to ' "$@"
		eval "set -- $ARGUMENTS_LEFT"
	fi
	command_build build_run "$DOCKERFILE" "$@"
}

command_take_options "$@"
shift "$OPTIONS_TAKEN"
[ $# -gt 0 ] || die 64 "wanted the arguments of docker buildx build, saw none: see --help"
conf_places_load
# If docker calls the kit's plugin again (install-plugin.sh), it passes on to the real buildx.
export SEAWALL_INSIDE=yes
[ "$SEAWALL" = on ] || exec docker buildx build "$@"
command_prepare
read_call "$@"
exit_at_end command_finish
# Requests to builders, caches and registries run side by side.
builders_ask
caches_ask
inputs_ask "$DOCKERFILE"
builders_settle
caches_settle
builders_limit_plan
inputs_choose "$DOCKERFILE"
eval "set -- $ARGUMENTS_WORDS"
build "$@"
