# Command: what docker-build.sh and docker-bake.sh have in common, from their options to the report.
# shellcheck shell=sh

# Not taken from the environment.
COMMAND_ATTEMPTS=3 COMMAND_REPORT='' COMMAND_DOCKER_FLAGS=''

# command_set_option OPTION VALUE
command_set_option() {
	case $1 in
		--attempts) COMMAND_ATTEMPTS=$(options_number --attempts "$2" 1 10) || exit ;;
		--report) COMMAND_REPORT=$2 ;;
		--https-only) settings_use_option SEAWALL_HTTPS_ONLY on ;;
		--docker-flag) list_add COMMAND_DOCKER_FLAGS "$2" ;;
	esac
}

# command_take_options WORD...: sets OPTIONS_TAKEN. The options of the kit come first and end with `--`.
command_take_options() {
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

# command_prepare: scratch and state folders, the run's name, its deadline and budget.
command_prepare() {
	command -v docker >/dev/null 2>&1 ||
		die 71 "wanted the docker client with buildx, found none: install it, or run scripts/setup-engine.sh"
	settings_use_home
	: "${SEAWALL_RUN:=$(date -u +%Y%m%dt%H%M%S)-$$}"
	scratch_make
	[ -z "$COMMAND_DOCKER_FLAGS" ] || command__use_docker_flags
	state_use "$SEAWALL_STATE" ''
	version_check_client
	build_report_begin "${COMMAND_REPORT:-$SEAWALL_STATE/report.json}"
	# Failures of a builder in another build say nothing about this one.
	ladder_begin "$SCRATCH"
}

# Every call of docker gets its flags.
command__use_docker_flags() {
	COMMAND_DOCKER=''
	list_add COMMAND_DOCKER "$(command -v docker)"
	mkdir "$SCRATCH/bin"
	printf '#!/bin/sh\nexec%s%s "$@"\n' "$COMMAND_DOCKER" "$COMMAND_DOCKER_FLAGS" >"$SCRATCH/bin/docker"
	chmod 755 "$SCRATCH/bin/docker"
	export PATH="$SCRATCH/bin:$PATH"
}

# command_run_once: the build may run only once.
command_run_once() { COMMAND_ATTEMPTS=1; }

# command_build FUNCTION ARGUMENT...: runs the build by FUNCTION ATTEMPTS ARGUMENT.... Ends the command, if the build
# fails, with the class of the failure and the next step. The output of buildx is all that is known about a call that it
# refused.
command_build() {
	local function status
	function=$1 status=0
	shift
	"$function" "$COMMAND_ATTEMPTS" "$@" || status=$?
	[ "$status" -ne 0 ] || return 0
	[ "$FINDING_CLASS:$LADDER_ATTEMPT" != other:1 ] || exit "$status"
	die "$status" "$FINDING_CLASS $(ladder_count): $(advice_for "$status" "$FINDING_CLASS" "$LADDER_TEXT")"
}

# command_leave COMMAND WORD...: docker buildx COMMAND runs the call as it is; ends this command. What was kept of its
# input is read from there.
command_leave() {
	local status
	status=0
	if [ -z "${SCRATCH:-}" ]; then
		eval "set -- docker $COMMAND_DOCKER_FLAGS buildx \"\$@\""
		exec "$@"
	elif read_once_is_used; then
		attempt_run --stdin "$STDIN_INPUT" "$(clock_left "$LADDER_DEADLINE")" docker buildx "$@" || status=$?
		exit "$status"
	fi
	[ -z "$STDIN_INPUT" ] || exec <"$STDIN_INPUT"
	eval "set -- docker $COMMAND_DOCKER_FLAGS buildx \"\$@\""
	# The folder has the script that adds the flags of docker.
	PATH=${PATH#"$SCRATCH/bin:"}
	read_once_end
	scratch_remove
	exec "$@"
}

# command_finish STATUS: an interrupted build, and a call that builds nothing, leave no report.
command_finish() {
	[ "$1" -gt 128 ] || [ -n "$ARGUMENTS_CALL" ] || { build_report_write "$1" && build_report_show "$1"; }
	memory_forget
	events_bound 20000
}
