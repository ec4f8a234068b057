# Process: identifies processes. The kernel reuses process ids, so a record holds the id, the start time, and the space
# in which both are valid: machine, boot and pid namespace.
# shellcheck shell=sh

# Never taken from the environment.
PROCESS_MAIN='' PROCESS_SPACE=''

# process_start PID: prints its start time in clock ticks since boot; - if unknown.
process_start() {
	process__read "$1"
	printf '%s\n' "$PROCESS_START"
}

# process_lives PID START: true if the process with that id and start time is running, whichever user owns it. A zombie
# is not running. Without /proc, or with START -, only the id is compared.
process_lives() {
	# Not values_is_number: the watch of an attempt loads this module without values.sh.
	case $1 in '' | 0* | *[!0-9]* | ???????????*) return 1 ;; esac
	process__read "$1"
	case $PROCESS_START:$PROCESS_STATE in
		*:[ZXx]) return 1 ;;
		-:*) ;;
		*) [ "$2" = - ] || [ "$2" = "$PROCESS_START" ] && return || return ;;
	esac
	# No /proc, or the process is hidden (hidepid): only kill can tell. It fails with another message if we lack
	# permission.
	case $(LC_ALL=C kill -s 0 "$1" 2>&1) in *[Nn]o\ such\ process*) return 1 ;; esac
}

# process_note PID: sets PROCESS_NOTE to a record that other processes can check: SPACE PID START.
process_note() {
	process_space
	process__read "$1"
	PROCESS_NOTE="$PROCESS_SPACE $1 $PROCESS_START"
}

# process_is_gone SPACE PID START: true if the process of that record has certainly ended. A process from an earlier
# boot has; a process in another pid namespace or on another machine cannot be checked.
process_is_gone() {
	process_space
	case $1 in
		"$PROCESS_SPACE") ! process_lives "$2" "$3" ;;
		"${PROCESS_SPACE%%:*}:"*) case $1 in *":${PROCESS_BOOT}:"*) return 1 ;; esac ;;
		*) return 1 ;;
	esac
}

# process_owns FILE: true if this user owns FILE, or the target if FILE is a link.
# shellcheck disable=SC3067 # not in POSIX, but in all five shells
process_owns() { [ -O "$1" ]; }

# process_main_lives: true if the command is still running. For its child processes, which may outlive it.
process_main_lives() { process_lives "$$" "${PROCESS_MAIN:--}"; }

# process_note_main: sets PROCESS_MAIN. The command calls it before it starts such child processes.
process_note_main() { process__read "$$" && PROCESS_MAIN=$PROCESS_START; }

# process_space: sets PROCESS_SPACE (MACHINE:BOOT:NAMESPACE) and PROCESS_BOOT. A pid namespace is identified by its
# number, which the kernel uses again, and the start time of its process 1, which the RUN steps of a build may share.
process_space() {
	local machine number
	[ -z "${PROCESS_SPACE:-}" ] || return 0
	number=$(readlink /proc/self/ns/pid 2>/dev/null) || number=''
	number=${number#'pid:['} number=${number%']'}
	case $number in '' | *[!0-9]*) number=- ;; esac
	{ IFS= read -r machine </proc/sys/kernel/hostname; } 2>/dev/null || machine=-
	{ IFS= read -r PROCESS_BOOT </proc/sys/kernel/random/boot_id; } 2>/dev/null || PROCESS_BOOT=-
	process__read 1
	case $machine in '' | *[!A-Za-z0-9.-]*) machine=- ;; esac
	PROCESS_BOOT=${PROCESS_BOOT%%-*}-
	PROCESS_SPACE=$machine:$PROCESS_BOOT:$PROCESS_START.$number
}

# process__read PID: sets PROCESS_START and PROCESS_STATE, both - if unknown. The name of the process, in brackets, may
# hold blanks and brackets.
process__read() {
	local line
	{ IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || line='0 (none)'
	case $line in *') '*) ;; *) PROCESS_START=- PROCESS_STATE=- && return ;; esac
	# shellcheck disable=SC2086 # letters and numbers
	set -- ${line##*) }
	PROCESS_STATE=$1 PROCESS_START=${20:--}
}
