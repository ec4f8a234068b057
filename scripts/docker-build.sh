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

option_set() {
	case $1 in
		--attempts) ATTEMPTS=$(options_number --attempts "$2" 1 10) || exit ;;
		--report) REPORT=$2 ;;
		--https-only) settings_use_option SEAWALL_HTTPS_ONLY on ;;
		--docker-flag) list_add DOCKER_FLAGS "$2" ;;
	esac
}

# take_options WORD...: sets OPTIONS_TAKEN.
take_options() {
	local word
	options_take ''
	options_show_info "${1:-}"
	# The first word is no option of the kit but an argument, as in `-t x -- CONTEXT`.
	case ${1:-} in -- | '') ;; --*) ! flags_find "${1%%=*}" || return 0 ;; *) return 0 ;; esac
	for word in "$@"; do
		[ "$word" != -- ] || {
			options_take '--attempts= --report= --https-only --docker-flag=' "$@"
			return 0
		}
	done
}

# prepare: scratch and state folders, the run's name, its deadline and budget.
prepare() {
	command -v docker >/dev/null 2>&1 ||
		die 71 "wanted the docker client with buildx, found none: install it, or run scripts/setup-engine.sh"
	settings_use_home
	: "${SEAWALL_RUN:=$(date -u +%Y%m%dt%H%M%S)-$$}"
	scratch_make
	[ -z "$DOCKER_FLAGS" ] || use_docker_flags
	state_use "$SEAWALL_STATE" ''
	version_check_client
	build_report_begin "${REPORT:-$SEAWALL_STATE/report.json}"
	# Failures of a builder in another build say nothing about this one.
	ladder_begin "$SCRATCH"
}

# use_docker_flags: every call of docker gets its flags.
use_docker_flags() {
	DOCKER_COMMAND=''
	list_add DOCKER_COMMAND "$(command -v docker)"
	mkdir "$SCRATCH/bin"
	printf '#!/bin/sh\nexec%s%s "$@"\n' "$DOCKER_COMMAND" "$DOCKER_FLAGS" >"$SCRATCH/bin/docker"
	chmod 755 "$SCRATCH/bin/docker"
	export PATH="$SCRATCH/bin:$PATH"
}

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
	read_once_is_kept || ATTEMPTS=1
	DOCKERFILE=$(arguments_find_dockerfile)
}

# build WORD...: runs the build. caches.sh has words of its own for the caches of the call.
build() {
	local status
	handover_begin
	if [ -n "$ARGUMENTS_CACHES" ]; then
		arguments_leave_out ' --cache-from --cache-to ' "$@"
		eval "set -- $ARGUMENTS_LEFT"
	fi
	status=0
	build_run "$ATTEMPTS" "$DOCKERFILE" "$@" || status=$?
	[ "$status" -eq 0 ] || fail "$status"
}

# fail STATUS: ends the command with the class of the failure and the next step. The output of buildx is all that is
# known about a call that it refused.
fail() {
	[ "$FINDING_CLASS:$LADDER_ATTEMPT" != other:1 ] || exit "$1"
	die "$1" "$FINDING_CLASS $(ladder_count): $(advice_for "$1" "$FINDING_CLASS" "$LADDER_TEXT")"
}

# finish STATUS: an interrupted build, and a call that builds nothing, leave no report.
finish() {
	[ "$1" -gt 128 ] || [ -n "$ARGUMENTS_CALL" ] || { build_report_write "$1" && build_report_show "$1"; }
	memory_forget
	events_bound 20000
}

ATTEMPTS=3 REPORT='' DOCKER_FLAGS=''
take_options "$@"
shift "$OPTIONS_TAKEN"
[ $# -gt 0 ] || die 64 "wanted the arguments of docker buildx build, saw none: see --help"
conf_places_load
# If docker calls the kit's plugin again (install-plugin.sh), it passes on to the real buildx.
export SEAWALL_INSIDE=yes
[ "$SEAWALL" = on ] || exec docker buildx build "$@"
prepare
read_call "$@"
exit_at_end finish
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
