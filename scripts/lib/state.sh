# State: the folder that attempts, steps and builds share, for the breaker's memory and the budget that is spent.
# Without one each command remembers for itself, in SCRATCH.
# Needs log.sh. Sets STATE.
# shellcheck shell=sh

# The cache mount of a RUN step (design section 3).
STATE_MOUNT=/var/lib/seawall

# state_use GIVEN NAMED: GIVEN, from the environment, is made; NAMED, from a file, may be a folder of the host, and is used
# only where it is there, as the mount is.
state_use() {
	STATE=''
	if [ -n "$1" ]; then
		STATE=$1
		mkdir -p "$STATE" 2>/dev/null || :
	elif [ -n "$2" ] && [ -d "$2" ]; then
		STATE=$2
	elif [ -d "$STATE_MOUNT" ]; then
		STATE=$STATE_MOUNT
		# Other users' steps share it; the mount comes as root's (umask), and only root can mend that.
		chmod 1777 "$STATE" 2>/dev/null || :
	fi
	[ -z "$STATE" ] || state__folder "$STATE" || {
		log_warn "wanted to write to the state folder $STATE, could not: nothing is remembered beyond this step"
		STATE=''
	}
}

# state_folder NAME: prints the folder of that name, which is there.
state_folder() {
	state__folder "${STATE:-$SCRATCH}/$1" || state__folder "$SCRATCH/$1"
	if [ -w "${STATE:-$SCRATCH}/$1" ]; then printf '%s\n' "${STATE:-$SCRATCH}/$1"; else printf '%s\n' "$SCRATCH/$1"; fi
}

state__folder() {
	[ -d "$1" ] || (umask 0 && mkdir -p "$1") 2>/dev/null
	[ -d "$1" ] && [ -w "$1" ]
}

# state_add FILE LINE: one write, which the kernel keeps whole among parallel writers; evidence that cannot be written
# must not end a build.
state_add() { (umask 0 && printf '%s\n' "$2" >>"$1") 2>/dev/null || :; }

# state_bound FILE LINES: keeps the newest of a file that has grown to four times as many. A line that another writer
# adds meanwhile may be lost, the file is whole at any moment.
state_bound() {
	[ "$({ wc -l <"$1"; } 2>/dev/null || printf 0)" -ge $(($2 * 4)) ] || return 0
	{ tail -n "$2" "$1" >"$1.$$" && mv "$1.$$" "$1"; } 2>/dev/null || rm -f "$1.$$"
}

# state_forget NAME SECONDS: removes the files of that folder that nobody has written for so long.
state_forget() {
	[ -z "${STATE:-}" ] || find "$STATE/$1" -type f -mmin "+$(($2 / 60))" -exec rm -f {} + 2>/dev/null || :
}

# state_may_delete FOLDER: whether things in it may be removed: it has the mark of ours, or it is the default place and ours.
state_may_delete() {
	[ -d "$1" ] && [ ! -L "$1" ] && [ -n "$(find "$1" -prune -user "$(id -u)")" ] || return
	[ ! -f "$1/.seawall-state" ] || [ -L "$1/.seawall-state" ] || return 0
	[ "$1" = "${XDG_STATE_HOME:-${HOME:-/root}/.local/state}/seawall" ]
}
