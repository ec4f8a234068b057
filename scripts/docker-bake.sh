#!/bin/sh
# docker-bake.sh [--attempts N] [--report FILE] [--https-only] [--docker-flag FLAG]... -- ARGUMENTS
# docker-bake.sh ARGUMENTS
#
# Runs `docker buildx bake ARGUMENTS` so that it survives outages, as docker-build.sh does for one build: asks the
# registries and caches of all targets at once, takes the same images from mirrors if a registry is unavailable, retries
# failures that may pass, and ends with an exit code that tells why. One real bake builds all targets, with your
# definition files, stdin, overrides and environment. If all is healthy, the only change is ignore-error=true on cache
# exports.
#
#   --attempts N   how often the bake may run, 1 to 10 (default 3)
#   --report FILE  where to write the report, as JSON (default report.json in SEAWALL_STATE)
#   --https-only   refuse plain http sources and insecure registries (SEAWALL_HTTPS_ONLY)
#   --docker-flag FLAG  a flag of docker itself for all of its calls, in one word: --tlscacert=FILE. May be repeated
#   -h, --help     print this text
#   --version      the version
#
# These options must come first and end with `--`; otherwise every word is an argument of buildx. SEAWALL=off runs
# buildx without the kit. Calls that build nothing (--print, --list, --call, --check), definitions at a URL, and
# definitions that the kit cannot read are left to buildx as they are. Exit codes: 0 done, 1 the build itself failed, 64
# wrong call, 65 wrong bytes, 69 not there, 71 this machine lacks something, 73 cannot write, 75 outage, 77 not allowed,
# 78 wrong setting, 124 deadline, 128+n ended by signal n.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=docker-bake
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/settings host/machine host/registry host/call host/bases host/images
load host/caches host/weave host/engine host/builders host/progress host/build host/bake

option_set() { command_set_option "$@"; }

# read_call WORD...: keeps inputs that can be read only once, and reads the definition.
read_call() {
	arguments_check_files
	[ -z "$ARGUMENTS_NAMED" ] || builder_use "$ARGUMENTS_NAMED"
	disk_check_engine
	source_policy_begin
	read_once_replace "$@"
	case ${BUILDX_BAKE_FILE:-} in - | -[:,\;]* | *[:,\;]-) stdin_want ;; esac
	stdin_keep
	eval "set -- $ARGUMENTS_WORDS $ARGUMENTS_BEHIND"
	read_once_is_kept && bake_read "$@" || command_leave bake "$@"
}

# build WORD...: runs the build.
build() {
	handover_begin
	command_build bake_run "$@"
}

# Not taken from the environment.
SCRATCH=''
bake_call_use_flags
command_take_options "$@"
shift "$OPTIONS_TAKEN"
conf_places_load
# If docker calls the kit's plugin again (install-plugin.sh), it passes on to the real buildx.
export SEAWALL_INSIDE=yes
[ "$SEAWALL" = on ] || command_leave bake "$@"
bake_call_read "$@"
! bake_call_is_left || command_leave bake "$@"
command_prepare
read_call "$@"
exit_at_end command_finish
exit_at_end results_finish
builders_ask
caches_ask
bake_ask
builders_settle
caches_settle
bake_choose
eval "set -- $ARGUMENTS_WORDS"
build "$@"
