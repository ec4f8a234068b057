# State: finds the folder that attempts, RUN steps and builds share: the records of the breaker, and the retries already
# spent. On a host only its owner can enter it. In a RUN step it is a cache mount shared by steps of several users, so
# its contents are hints. Without a state folder each command keeps its own, in SCRATCH.
# Sets STATE, empty without a state folder, and STATE_USER, the user id in a shared folder, empty on a host.
# shellcheck shell=sh

# Never taken from the environment.
STATE_USER='' STATE_CLOSED=''

# The cache mount of a RUN step.
STATE_MOUNT=/var/lib/seawall
# The file that identifies a state folder on a host; old files are deleted only beside it.
STATE_MARK=.seawall-state

# state_is_shared: whether the state folder is a cache mount that RUN steps of several users share.
state_is_shared() { [ -n "$STATE_USER" ]; }

# state_use GIVEN NAMED: chooses the state folder. GIVEN comes from the environment and is created. NAMED comes from a
# file and may not exist in this container, so it is used only if it exists; the mount is next.
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
	if [ "$STATE" = "$STATE_MOUNT" ]; then
		STATE_USER=$(id -u)
		state__open "$STATE"
	else
		state__close "$STATE"
	fi
	if [ "$STATE" = "$STATE_MOUNT" ] && [ ! -w "$STATE" ]; then
		# Until a step of root has opened the mount, steps of other users work without it.
		STATE=''
	elif [ ! -d "$STATE" ] || [ ! -w "$STATE" ]; then
		log_warn "wanted to write to the state folder $STATE, could not: this command shares no state with others"
		STATE=''
	elif [ -z "$STATE_USER" ] && ! process_owns "$STATE"; then
		log_warn "wanted a state folder of this user, saw $STATE of another user:" \
			"this command shares no state with others"
		STATE=''
	fi
}

# state_folder NAME: creates the folder of that name and prints its path: in the state folder, else in SCRATCH.
state_folder() {
	if [ -n "${STATE:-}" ] && state__folder "$STATE/$1"; then
		printf '%s\n' "$STATE/$1"
	else
		(umask 077 && mkdir -p "$SCRATCH/state/$1")
		printf '%s\n' "$SCRATCH/state/$1"
	fi
}

# state__folder PATH: creates a folder of the state folder. False for a link and, on a host, for a folder that others
# may write to.
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

# state__open PATH: lets steps of all users write (mode 1777). A fresh mount belongs to root, and only the owner of a
# folder can change its mode, so a failure is ignored.
# shellcheck disable=SC3065 # not in POSIX, but in all five shells
state__open() { [ -k "$1" ] && [ -w "$1" ] || chmod 1777 "$1" 2>/dev/null || :; }

# state__is_closed PATH: true if only its owner can enter it.
state__is_closed() {
	case $(LC_ALL=C ls -ld "$1" 2>/dev/null) in drwx------*) ;; *) return 1 ;; esac
}

# state__close FOLDER: creates it for this user alone; older kits created it open, and it is then closed.
state__close() {
	state_make "$1" && state_may_delete "$1" && [ -w "$1" ] || return 0
	state__is_closed "$1" || state__tighten "$1"
	STATE_CLOSED=$1
}

# state__tighten FOLDER: closes it, and deletes files of other users and links in it.
state__tighten() {
	local user
	user=$(id -u)
	chmod go-rwx "$1" || return 0
	set -- "$1/breaker" "$1/budget" "$1/registry" "$1/stalled" "$1/builders" "$1/client"
	for STATE_OLD in "$@"; do
		[ ! -L "$STATE_OLD" ] && [ -d "$STATE_OLD" ] && process_owns "$STATE_OLD" || continue
		chmod go-rwx "$STATE_OLD"
		find "$STATE_OLD" -maxdepth 1 \( -type l -o ! -user "$user" \) -exec rm -f {} + 2>/dev/null || :
		# -links 1: a hard link may be a file elsewhere.
		find "$STATE_OLD" -maxdepth 1 -type f -links 1 -exec chmod go-rwx {} + 2>/dev/null || :
	done
}

# state_make FOLDER: creates a folder for this user alone, and the mark in a new or empty one. False if that fails.
state_make() {
	(umask 077 && mkdir -p "$1") 2>/dev/null || return
	state_may_delete "$1" || :
}

# state_may_delete FOLDER: true if FOLDER is a state folder of this user: it holds the mark. An empty folder gets the
# mark, and so does the folder at the default place, which older kits created without it. Any other may hold other
# files.
state_may_delete() {
	process_owns "$1" || return 1
	if [ -e "$1/$STATE_MARK" ] || [ -L "$1/$STATE_MARK" ]; then
		[ -f "$1/$STATE_MARK" ] && [ ! -L "$1/$STATE_MARK" ] && process_owns "$1/$STATE_MARK"
	else
		[ -w "$1" ] && state__is_known "$1" || return 1
		(
			umask 077
			printf 'Old files in this folder may be deleted: it is the state folder of seawall.\n' >"$1/$STATE_MARK"
		) 2>/dev/null
	fi
}

# state__is_known FOLDER: true for the default place, and for an empty folder.
state__is_known() {
	[ "$1" = "${XDG_STATE_HOME:-${HOME:-/root}/.local/state}/seawall" ] || [ -z "$(ls -A "$1" 2>/dev/null)" ]
}

# state_forget NAME SECONDS: deletes files of that folder that were last written SECONDS ago or earlier. Errors are
# ignored.
state_forget() {
	[ -n "${STATE:-}" ] && [ ! -L "$STATE/$1" ] || return 0
	# In a cache mount the sticky bit protects the files of other users.
	[ -n "${STATE_USER:-}" ] || state_may_delete "$STATE" || return 0
	find "$STATE/$1" -maxdepth 1 -type f ! -name '.*' -mmin "+$(($2 / 60))" -exec rm -f {} + 2>/dev/null || :
}
