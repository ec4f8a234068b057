# Step: what every command for RUN steps does around its tool: settings and certificates in by secret, the
# ladder over the sources, the exit code out.
# Needs all of log, exit, settings, clock, json, events, scratch, trust, attempt, classify and ladder.
# shellcheck shell=sh

step_begin() {
	settings_load /run/seawall.conf
	# The folder of the host is not there in a RUN step: events leave with the log.
	[ -d "${SEAWALL_EVENTS%/*}" ] || SEAWALL_EVENTS=''
	exit_trap step__end
	scratch_make
	trust_use_secret
	LADDER_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE")
	LADDER_TEXT=$SCRATCH/output
}

step__end() {
	attempt_end
	scratch_remove
}

# step_need COMMAND: 71 where this image lacks the tool.
step_need() {
	command -v "$1" >/dev/null 2>&1 || die 71 "wanted $1 in this image, found none: install it in an earlier step"
}

# step_run COMMAND...: one attempt, at most SEAWALL_ATTEMPT_TIMEOUT seconds (300) and never beyond the deadline.
step_run() {
	attempt_capture "$LADDER_TEXT" \
		"$(clock_least "${SEAWALL_ATTEMPT_TIMEOUT:-300}" "$(clock_left "$LADDER_DEADLINE")")" "$@"
}

# step_climb TOOL UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: two rounds over the sources; a failure ends the command.
step_climb() {
	local status
	LADDER_TOOL=$1
	shift
	status=0
	ladder_climb 2 "$@" || status=$?
	[ "$status" -eq 0 ] || die "$status" "$1: $LADDER_CLASS, tried $LADDER_ATTEMPT times: $(exit_advice "$status")"
}
