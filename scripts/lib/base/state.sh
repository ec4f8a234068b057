# State: the folder that attempts, steps and builds share, for the breaker's memory and the budget that is spent. On a host it
# is its owner's alone; in a RUN step it is a cache mount that steps of several users share, and holds hints only. Without
# one each command remembers for itself, in SCRATCH.
# Sets STATE and STATE_USER: empty on a host, where the folder is shared the user's id.
# shellcheck shell=sh

# None of it comes from the environment.
STATE_USER='' STATE_CLOSED=''

# The cache mount of a RUN step (design section 3).
STATE_MOUNT=/var/lib/seawall
# What shows that a folder of a host is ours, so that old things in it may be deleted.
STATE_MARK=.seawall-state
# The bytes of a file that are read, the newest ones, and the most files of other users.
STATE_MOST=4096
STATE_MOST_FILES=8

# state_use GIVEN NAMED: GIVEN, from the environment, is made; NAMED, from a file, may be a folder of the host, and is used
# only where it is there, as the mount is.
state_use() {
	STATE='' STATE_USER=''
	if [ -n "$1" ]; then
		STATE=$1
	elif [ -n "$2" ] && [ -d "$2" ]; then
		STATE=$2
	elif [ -d "$STATE_MOUNT" ]; then
		STATE=$STATE_MOUNT
	fi
	[ -n "$STATE" ] || return 0
	if [ "$STATE" = "$STATE_MOUNT" ]; then STATE_USER=$(id -u) && state__open "$STATE"; else state__close "$STATE"; fi
	if [ ! -d "$STATE" ] || [ ! -w "$STATE" ]; then
		log_warn "wanted to write to the state folder $STATE, could not: nothing is remembered beyond this step"
		STATE=''
	elif [ -z "$STATE_USER" ] && ! process_owns "$STATE"; then
		log_warn "wanted a state folder of our own, saw $STATE, which is another user's: nothing is remembered beyond this step"
		STATE=''
	fi
}

# state_folder NAME: prints the folder of that name, which is there.
state_folder() {
	if [ -n "${STATE:-}" ] && state__folder "$STATE/$1"; then
		printf '%s\n' "$STATE/$1"
	else
		(umask 077 && mkdir -p "$SCRATCH/state/$1")
		printf '%s\n' "$SCRATCH/state/$1"
	fi
}

# A link is not followed; on a host what others may write to is not used.
state__folder() {
	[ ! -L "$1" ] || return 1
	[ -d "$1" ] || (umask 077 && mkdir -p "$1") 2>/dev/null
	if [ -n "${STATE_USER:-}" ]; then
		state__open "$1"
		[ -w "$1" ]
	else
		[ -w "$1" ] && process_owns "$1" && { [ "${STATE_CLOSED:-}" = "$STATE" ] || state__is_closed "$1"; }
	fi
}

# For steps of all users; the mount comes as root's, and only the owner of a folder can change its mode.
# shellcheck disable=SC3065 # not in POSIX, but in all five shells
state__open() { [ -k "$1" ] && [ -w "$1" ] || chmod 1777 "$1" 2>/dev/null || :; }

state__is_closed() {
	case $(LC_ALL=C ls -ld "$1" 2>/dev/null) in drwx------*) ;; *) return 1 ;; esac
}

# state__close FOLDER: makes it; one of ours that others may enter, which older kits made, is closed.
state__close() {
	state_make "$1" && state_may_delete "$1" && [ -w "$1" ] || return 0
	state__is_closed "$1" || state__tighten "$1"
	STATE_CLOSED=$1
}

# What others have put into the folders of our memory meanwhile, links among it, is removed.
state__tighten() {
	local user
	user=$(id -u)
	chmod go-rwx "$1" || return 0
	set -- "$1/breaker" "$1/budget" "$1/registry" "$1/stalled" "$1/builders" "$1/client"
	for STATE_OLD in "$@"; do
		[ ! -L "$STATE_OLD" ] && [ -d "$STATE_OLD" ] && process_owns "$STATE_OLD" || continue
		chmod go-rwx "$STATE_OLD"
		find "$STATE_OLD" -maxdepth 1 \( -type l -o ! -user "$user" \) -exec rm -f {} + 2>/dev/null || :
		# A second name may be that of a file elsewhere.
		find "$STATE_OLD" -maxdepth 1 -type f -links 1 -exec chmod go-rwx {} + 2>/dev/null || :
	done
}

# state_make FOLDER: a folder of this user alone; a new or empty one gets the mark. False where it cannot be made.
state_make() {
	(umask 077 && mkdir -p "$1") 2>/dev/null || return
	state_may_delete "$1" || :
}

# state_may_delete FOLDER: whether it is a state folder of ours: it carries the mark. One that is empty gets it, and one at the
# default place, which older kits made without; any other may hold files of somebody else.
state_may_delete() {
	process_owns "$1" || return 1
	if [ -e "$1/$STATE_MARK" ] || [ -L "$1/$STATE_MARK" ]; then
		[ -f "$1/$STATE_MARK" ] && [ ! -L "$1/$STATE_MARK" ] && process_owns "$1/$STATE_MARK"
	else
		[ -w "$1" ] && state__is_known "$1" || return 1
		(umask 077 && printf 'Old files in this folder may be deleted: it is the state folder of seawall.\n' >"$1/$STATE_MARK") 2>/dev/null
	fi
}

state__is_known() {
	[ "$1" = "${XDG_STATE_HOME:-${HOME:-/root}/.local/state}/seawall" ] || [ -z "$(ls -A "$1" 2>/dev/null)" ]
}

# state_forget NAME SECONDS: removes the files of ours in that folder that nobody has written for so long.
state_forget() {
	[ -n "${STATE:-}" ] && state_may_delete "$STATE" && [ ! -L "$STATE/$1" ] || return 0
	find "$STATE/$1" -maxdepth 1 -type f ! -name '.*' -mmin "+$(($2 / 60))" -exec rm -f {} + 2>/dev/null || :
}
