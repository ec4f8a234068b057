# Shims step: a watched call of a tool, from its beginning to its end. The tool gets the environment of the step, not
# that of the kit. The kit takes settings from the secret of the step only, not from the environment.
# shellcheck shell=sh

# The programs without which the kit cannot work.
SHIMS_PROGRAMS='awk cat chmod cksum cp cut date grep head id mkdir mkfifo od rm sed sleep sort tail tee tr wc'

# shims_exec WORD...: becomes the real tool.
shims_exec() { exec "$SHIMS_REAL" ${SHIMS_APPLET:+"$SHIMS_APPLET"} "$@"; }

shims_begin() {
	shims__can_work || shims_exec "$@"
	shims__leave_second_ways
	SHIMS_ENVIRONMENT=$(export -p) SHIMS_CODE=1 SHIMS_STDIN=open
	SHIMS_NAMES='PATH HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy'
	shims_own "$(trust_names)"
	step_stdin_open
	shims__leave_environment
	step_begin shims__unpack
	step_use enter shims__enter
	step_use eager yes
	step_stdin_begin
	step_signals_begin
	exit_at_end shims__take_in
	events_use_step_log
	# A compiler may need longer than a download: only the deadline limits the time of an attempt.
	SEAWALL_ATTEMPT_TIMEOUT=${SEAWALL_ATTEMPT_TIMEOUT:-$(clock_left "$LADDER_DEADLINE")}
}

# shims__leave_second_ways: a tool of this call does not lead to the kit again (weave-variables.sh).
shims__leave_second_ways() {
	[ "${PIP_PYTHON-}" != "$FAST_FOLDER/pip-python" ] || unset PIP_PYTHON
	[ "${BASH_ENV-}" != "$FAST_FOLDER.bash" ] || unset BASH_ENV
}

# shims_keep_stdin: the shim has kept stdin in a file (step_read_from) for all attempts.
shims_keep_stdin() { SHIMS_STDIN=kept; }

shims_own() { SHIMS_NAMES="$SHIMS_NAMES $*"; }

shims_run() {
	local status
	status=0
	# shellcheck disable=SC2086 # words of step-signals.sh
	if [ "$SHIMS_STDIN" = kept ]; then
		step_run $STEP_SIGNALS "$@" || status=$?
	else
		step_stdin_run "$@" || status=$?
	fi
	shims_note "$status"
	events_end_line "$LADDER_TEXT"
	return "$status"
}

# shims_note STATUS: notes the status of the tool, unless a limit ended it.
shims_note() { [ -n "$ATTEMPT_ENDED" ] || SHIMS_CODE=$1; }

# shims_climb TOOL UPSTREAM "SOURCE..." FUNCTION WORD...: the exit code is that of the tool, for an outage, too: the
# step may expect it. The finding is in the event.
shims_climb() {
	local status
	status=0
	step_try "$@" || status=$?
	shims_end "$status"
}

# shims_end STATUS: ends the step after step_try.
shims_end() {
	[ "$1" -ne 0 ] || exit 0
	[ "$SHIMS_CODE" -ne 0 ] || SHIMS_CODE=1
	step_tell_failure "$SHIMS_CODE"
	! shims__is_own || exit "$SHIMS_CODE"
	step_end "$SHIMS_CODE" "$1" "$SHIMS_TOOL"
}

# shims__is_own: whether the failure is the user's own: the tool has told it.
shims__is_own() {
	case $LADDER_ATTEMPT:$FINDING_CLASS in
		*:build-command-failed | *:other | 1:dependency-resolution | 1:not-found) ;;
		*) return 1 ;;
	esac
}

# shims__can_work: false in an image without the programs of the kit, or without a folder to write to.
shims__can_work() {
	local program
	for program in $SHIMS_PROGRAMS; do command -v "$program" >/dev/null 2>&1 || return; done
	[ -w /dev/shm ] || [ -w "${TMPDIR:-/tmp}" ]
}

# shims__leave_environment: without settings of the image, and without the trampolines: the tools of the kit, and those
# that the tool starts, run as they are, so that one place retries.
shims__leave_environment() {
	# shellcheck disable=SC2046 # names
	unset SEAWALL_CONF $(settings_names)
	PATH=:$PATH:
	while case $PATH in *":$FAST_FOLDER:"*) ;; *) false ;; esac do
		PATH=${PATH%%":$FAST_FOLDER:"*}:${PATH#*":$FAST_FOLDER:"}
	done
	PATH=${PATH#:}
	PATH=${PATH%:}
}

# shims__take_in: tools that this call has installed get a trampoline. All trampolines have the same text.
shims__take_in() {
	local tool
	[ -w "$FAST_FOLDER" ] || return 0
	# shellcheck disable=SC2046 # names
	for tool in $(printf '%s\n' "$SHIMS_TABLE" | cut -d '|' -f 1) $(handed_values tools); do
		[ ! -e "$FAST_FOLDER/$tool" ] && command -v "$tool" >/dev/null 2>&1 || continue
		cp -p "$FAST_FOLDER/$SHIMS_TOOL" "$FAST_FOLDER/$tool" 2>/dev/null || :
	done
}

# shims__unpack: writes the files behind the end of the kit to SCRATCH (build-kit.sh).
shims__unpack() {
	SEAWALL_LIB=$SCRATCH/lib
	(cd "$SCRATCH" && mkdir lib lib/base lib/attempt lib/verdict lib/fetch)
	LC_ALL=C awk -v folder="$SEAWALL_LIB/" '
		/^#:/ { file = folder substr($0, 3); next }
		file != "" && /^#[|]/ { print substr($0, 3) > file }
	' "$SHIMS_FILE"
}

# shims__enter: in the process of the tool: the environment of the step, with the variables of SHIMS_NAMES as the shim
# has set them.
shims__enter() {
	local name value
	SHIMS_KEPT=''
	for name in $SHIMS_NAMES; do
		eval "value=\${$name-} name=\${$name+$name}"
		[ -z "$name" ] || list_add SHIMS_KEPT "$name=$value"
	done
	# bash ends where a variable is read-only.
	case $SHIMS_ENVIRONMENT in *SHELLOPTS=* | *BASHOPTS=*) ;; *) eval "$SHIMS_ENVIRONMENT" ;; esac
	# shellcheck disable=SC2086 # names
	unset $SHIMS_NAMES
	eval "set -- $SHIMS_KEPT"
	for value in "$@"; do export "${value?}"; done
}
