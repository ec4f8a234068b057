# Exit: ends a command with a reason and a code, and releases what it has taken, however it ends.
# shellcheck shell=sh

# Not taken from the environment. Names between blanks, the next one to call first.
EXIT_RELEASES=' '

# die CODE TEXT...: logs one line, then ends the command with CODE (scripts/README.md, "Exit codes").
die() {
	local code
	code=$1
	shift
	log_error "$*"
	exit "$code"
}

# exit_advice CODE: prints what the caller can do about it.
exit_advice() {
	case $1 in
		65) printf 'the bytes are wrong, look for an attack or a stale sum\n' ;;
		69) printf 'it is not there, correct the name or version\n' ;;
		73) printf 'make room on the disk\n' ;;
		75 | 124) printf 'an outage, run again later or name another source\n' ;;
		77) printf 'not allowed, correct the credentials\n' ;;
		*) printf 'see the output above\n' ;;
	esac
}

# exit_at_end FUNCTION: calls FUNCTION STATUS when the command ends: normally, by `die` or `set -e`, or by a signal.
# Functions run in reverse order of registration, each once; a second registration moves FUNCTION to the front.
# A function that fails does not stop the others, and the exit code stays STATUS.
# Whoever takes a resource calls this before it takes it. In a subshell it has no effect once the command has registered
# something: a subshell inherits the list, but not the traps.
exit_at_end() {
	case $EXIT_RELEASES in
		' ') exit__set_traps ;;
		*" $1 "*) EXIT_RELEASES="${EXIT_RELEASES%%" $1 "*} ${EXIT_RELEASES#*" $1 "}" ;;
	esac
	EXIT_RELEASES=" $1$EXIT_RELEASES"
}

# Commands write `function || exit`: yash 2.52 runs no EXIT trap where `set -e` ends the shell by a function's `return`.
# dash, ash and yash skip the EXIT trap on a signal without a trap; mksh loses the status. So each signal has its own.
# A second signal must not cut the cleaning short.
exit__set_traps() {
	trap 'exit__release $?' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 141' PIPE
}

exit__release() {
	local function
	trap '' HUP INT TERM PIPE
	trap - EXIT
	clock_end_sleep
	while [ "$EXIT_RELEASES" != ' ' ]; do
		EXIT_RELEASES=${EXIT_RELEASES# }
		function=${EXIT_RELEASES%% *} EXIT_RELEASES=" ${EXIT_RELEASES#* }"
		# The exit code is that of the command, whatever happens here.
		"$function" "$1" || :
	done
	exit "$1"
}
