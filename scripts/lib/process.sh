# Process: whether a process is still the one that was noted; its id alone may belong to another by now.
# Needs nothing.
# shellcheck shell=sh

# process_start PID: when it began, in clock ticks since boot; false where no such process runs.
process_start() {
	local stat
	case $1 in '' | *[!0-9]*) return 1 ;; esac
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return
	# The name in front may hold blanks and brackets. A zombie has ended.
	stat=${stat##*) }
	case $stat in [ZX]*) return 1 ;; esac
	# shellcheck disable=SC2086 # numbers
	set -- $stat
	printf '%s\n' "${20}"
}

# process_lives PID START: whether the process that began at START still runs.
process_lives() {
	local start
	start=$(process_start "$1") || return
	[ "$start" = "$2" ]
}
