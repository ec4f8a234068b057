# Room machine: Which platform, builder, disk and state folder does this machine have, and how do builds share them?
# Face: lock_* askers_* disk_* memory_* platform_* docker_config_folder builder_*
# Lock: mutual exclusion between processes of this machine. Locks of dead processes are broken; a lock whose holder
# cannot be seen (another user's, or in another container) counts as held.
# A lock is a symbolic link that is never followed: creating one is exclusive, and its target names the holder at once.
# shellcheck shell=sh

# Not taken from the environment.
LOCK_HELD=''

# A lock this old is broken if its holder cannot be seen from here, because it runs on another machine or in
# another container, or was not recorded.
LOCK_MAX_MINUTES=15

# lock_take NAME SECONDS: takes the lock NAME.lock and sets LOCK_HELD. Returns 1 if another living process held it all
# the time, or the folder cannot be written.
lock_take() {
	local end
	end=$(($(clock_uptime) + $2))
	mkdir -p "${1%/*}" || return
	process_note "$$"
	exit_at_end lock_drop
	# If a folder has that name, ln would create the link inside it.
	until [ ! -d "$1.lock" ] && ln -s "$PROCESS_NOTE" "$1.lock" 2>/dev/null; do
		[ -w "${1%/*}" ] || return 1
		lock__break_dead "$1"
		[ "$(clock_uptime)" -lt "$end" ] || return 1
		clock_sleep 0.1
	done
	LOCK_HELD=$1
}

# lock_drop: releases the lock that this process holds, if any.
lock_drop() {
	[ -n "${LOCK_HELD:-}" ] || return 0
	rm -f "$LOCK_HELD.lock"
	LOCK_HELD=''
}

# lock_forget: for a child process: the lock of its parent is not its own.
lock_forget() { LOCK_HELD=''; }

# lock_holder NAME: prints the process id of the holder, or `unknown`.
lock_holder() {
	local note
	note=$(readlink "$1.lock" 2>/dev/null) && note=${note#* } && printf '%s\n' "${note%% *}" || printf 'unknown\n'
}

# lock__break_dead NAME: removes the lock of a dead process. Several processes may notice; only the one that creates the
# second link removes it, after another look.
lock__break_dead() {
	local note
	note=$(readlink "$1.lock" 2>/dev/null) || note=''
	lock__is_dead "$1.lock" "$note" || return 0
	if ! ln -s "$PROCESS_NOTE" "$1.broken" 2>/dev/null; then
		# A second link older than a minute: its process died here.
		[ -z "$(find "$1.broken" -prune -mmin +1 2>/dev/null)" ] || rm -f "$1.broken"
		return 0
	fi
	if [ "$(readlink "$1.lock" 2>/dev/null)" = "$note" ]; then
		if [ -L "$1.lock" ]; then rm -f "$1.lock"; else lock__remove_folder "$1.lock"; fi
	fi
	rm -f "$1.broken"
}

# lock__is_dead PATH NOTE: whether the holder in NOTE has ended, or cannot be seen and the lock is too old.
lock__is_dead() {
	local space pid start
	if [ -d "$1" ] && [ ! -L "$1" ]; then
		# A lock of Seawall before 0.1: a folder with a process id.
		{ read -r pid <"$1/pid"; } 2>/dev/null || pid=''
		case $pid in '' | *[!0-9]*) ;; *) if process_lives "$pid" -; then return 1; else return 0; fi ;; esac
	elif [ -L "$1" ]; then
		read -r space pid start <<-NOTE
			$2
		NOTE
		! process_is_gone "$space" "$pid" "$start" || return 0
		[ "$space" != "$PROCESS_SPACE" ] || return 1
	fi
	[ -n "$(find "$1" -prune -mmin "+$LOCK_MAX_MINUTES" 2>/dev/null)" ]
}

lock__remove_folder() { rm -f "$1/pid" 2>/dev/null && rmdir "$1" 2>/dev/null || :; }

# lock_drop_ours FOLDER: removes the locks in FOLDER that child processes of this command held when a signal ended them.
lock_drop_ours() {
	local lock
	process_note "$$"
	set +f
	set -- "$1"/*.lock
	set -f
	for lock in "$@"; do
		[ ! -L "$lock" ] || [ "$(readlink "$lock")" != "$PROCESS_NOTE" ] || rm -f "$lock"
	done
}
