# Process: who a process is. The kernel gives the id of a process that has ended to another one, so whoever remembers an id
# remembers its start beside it, and where both count: the machine, its boot and the pid namespace.
# shellcheck shell=sh

# None of it comes from the environment.
PROCESS_MAIN='' PROCESS_SPACE=''

# process_start PID: prints when it began, in clock ticks since boot; - where that cannot be told.
process_start() {
	process__read "$1"
	printf '%s\n' "$PROCESS_START"
}

# process_lives PID START: whether that very process is there. Another user's counts, although it may not be sent a signal;
# one that has ended and was not waited for does not. Where there is no /proc the id alone counts.
process_lives() {
	case $1 in '' | 0* | *[!0-9]* | ???????????*) return 1 ;; esac
	process__read "$1"
	case $PROCESS_START:$PROCESS_STATE in
		*:[ZXx]) return 1 ;;
		-:*) ;;
		*) [ "$2" = - ] || [ "$2" = "$PROCESS_START" ] && return || return ;;
	esac
	# It is hidden (hidepid), or there is no /proc: what kill says is the only word.
	case $(LC_ALL=C kill -s 0 "$1" 2>&1) in *[Nn]o\ such\ process*) return 1 ;; esac
}

# process_note PID: sets PROCESS_NOTE, three words for a file that others read: SPACE PID START.
process_note() {
	process_space
	process__read "$1"
	PROCESS_NOTE="$PROCESS_SPACE $1 $PROCESS_START"
}

# process_is_gone SPACE PID START: whether the process of that note has ended for sure. One of another pid namespace or
# machine cannot be seen from here; one of an earlier boot of this machine is gone.
process_is_gone() {
	process_space
	case $1 in
		"$PROCESS_SPACE") ! process_lives "$2" "$3" ;;
		"${PROCESS_SPACE%%:*}:"*) case $1 in *":${PROCESS_BOOT}:"*) return 1 ;; esac ;;
		*) return 1 ;;
	esac
}

# process_owns FILE: whether it is this user's; of a link its target counts.
# shellcheck disable=SC3067 # not in POSIX, but in all five shells
process_owns() { [ -O "$1" ]; }

# process_main_lives: whether the command itself, whose child this is, is still there. For children that outlive it.
process_main_lives() { process_lives "$$" "${PROCESS_MAIN:--}"; }

# process_note_main: to be called by the command before it has such children.
process_note_main() { process__read "$$" && PROCESS_MAIN=$PROCESS_START; }

# Sets PROCESS_SPACE, MACHINE:BOOT:NAMESPACE, and PROCESS_BOOT; the start of process 1 stands for the namespace.
process_space() {
	local machine
	[ -z "${PROCESS_SPACE:-}" ] || return 0
	{ IFS= read -r machine </proc/sys/kernel/hostname; } 2>/dev/null || machine=-
	{ IFS= read -r PROCESS_BOOT </proc/sys/kernel/random/boot_id; } 2>/dev/null || PROCESS_BOOT=-
	process__read 1
	case $machine in '' | *[!A-Za-z0-9.-]*) machine=- ;; esac
	PROCESS_BOOT=${PROCESS_BOOT%%-*}-
	PROCESS_SPACE=$machine:$PROCESS_BOOT:$PROCESS_START
}

# Sets PROCESS_START and PROCESS_STATE, both - where they cannot be told. The name may hold blanks and brackets.
process__read() {
	local line
	{ IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || line='0 (none)'
	case $line in *') '*) ;; *) PROCESS_START=- PROCESS_STATE=- && return ;; esac
	# shellcheck disable=SC2086 # letters and numbers
	set -- ${line##*) }
	PROCESS_STATE=$1 PROCESS_START=${20:--}
}
