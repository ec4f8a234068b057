# How a command ends: one function that says why, traps that clean and keep the status.
# shellcheck shell=sh

# die CODE TEXT...: one line, then the exit code of design section "Exit codes".
die() {
	local code
	code=$1
	shift
	log_error "$*"
	exit "$code"
}

# exit_advice CODE: what the caller can do about it.
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

# exit_trap CLEANUP: runs the function CLEANUP STATUS once, at the end of the command, however it ends.
# A command says `function || exit`: yash 2.52 runs no EXIT trap where `set -e` ends it by a function's `return`.
# An untrapped signal skips the EXIT trap in dash, ash and yash; mksh loses the status: both are set right here.
exit_trap() {
	EXIT_CLEANUP=$1
	trap 'exit__run $?' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 141' PIPE
}

exit__run() {
	trap - EXIT
	# A second signal must not cut the cleaning short.
	trap '' HUP INT TERM PIPE
	[ "${CLOCK_SLEEPER:-}" != next ] || CLOCK_SLEEPER=${!:-}
	[ -z "${CLOCK_SLEEPER:-}" ] || kill -s KILL "$CLOCK_SLEEPER" 2>/dev/null || :
	# A cleaning that fails halfway goes on, and the code stays that of what came before.
	"$EXIT_CLEANUP" "$1" || :
	exit "$1"
}
