# Askers: background processes that each ask one question, side by side, and are ended if their answers are not needed.
# shellcheck shell=sh

# askers_enter: called first in such a process, so that askers_stop ends its client and drops its lock.
askers_enter() {
	lock_forget
	trap 'attempt_end; lock_drop; exit 0' TERM
}

# askers_stop PID...: ends those that still run. A signal between two commands may leave the lock of a registry behind,
# the only kind of lock that a question takes.
askers_stop() {
	[ $# -gt 0 ] || return 0
	{ kill "$@" || :; } 2>/dev/null
	wait "$@" || :
	lock_drop_ours "$(state_folder registry)"
}
