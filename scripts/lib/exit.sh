# How a command ends: one function that says why, traps that clean and keep the status.
# Needs log.sh.
# shellcheck shell=sh

# die CODE TEXT...: one line, then the exit code of design section "Exit codes".
die() {
	local code
	code=$1
	shift
	log_error "$*"
	exit "$code"
}

# exit_trap CLEANUP: runs the function CLEANUP STATUS once, at the end of the command, however it ends.
# An untrapped signal skips the EXIT trap in dash, ash and yash; mksh loses the status: both are set right here.
exit_trap() {
	EXIT_CLEANUP=$1
	trap 'exit__run $?' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

exit__run() {
	trap - EXIT
	# A second signal must not cut the cleaning short.
	trap '' HUP INT TERM
	"$EXIT_CLEANUP" "$1"
	exit "$1"
}
