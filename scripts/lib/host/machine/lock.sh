# Room machine: What do builds on this machine share: locks, disk, the memory in the state folder?
# Face: lock_* disk_* memory_*
# Lock: one holder at a time among the processes of this machine; a dead holder is noticed, one of another user or container
# is not taken for dead.
# A lock is a link that is never followed: making one is exclusive, and its text names the holder from the first moment.
# shellcheck shell=sh

# None of it comes from the environment.
LOCK_HELD=''

# Minutes after which a lock counts as left behind whose holder cannot be seen from here: another machine, another container,
# or none was written.
LOCK_MOST_MINUTES=15

# lock_take NAME SECONDS: false when another living process kept it that long.
lock_take() {
	local end
	end=$(($(clock_uptime) + $2))
	mkdir -p "${1%/*}" || return
	process_note "$$"
	exit_at_end lock_drop
	# A link to be made in a folder of that name would be made inside.
	until [ ! -d "$1.lock" ] && ln -s "$PROCESS_NOTE" "$1.lock" 2>/dev/null; do
		[ -w "${1%/*}" ] || return 1
		lock__break_dead "$1"
		[ "$(clock_uptime)" -lt "$end" ] || return 1
		clock_sleep 0.1
	done
	LOCK_HELD=$1
}

lock_drop() {
	[ -n "${LOCK_HELD:-}" ] || return 0
	rm -f "$LOCK_HELD.lock"
	LOCK_HELD=''
}

# lock_holder NAME: prints the id of the process that holds it, or a word for none.
lock_holder() {
	local note
	note=$(readlink "$1.lock" 2>/dev/null) && note=${note#* } && printf '%s\n' "${note%% *}" || printf 'unknown\n'
}

# Of those that notice, one breaks it: who has made the second link looks again first.
lock__break_dead() {
	local note
	note=$(readlink "$1.lock" 2>/dev/null) || note=''
	lock__is_dead "$1.lock" "$note" || return 0
	if ! ln -s "$PROCESS_NOTE" "$1.broken" 2>/dev/null; then
		# Who made it has died there.
		[ -z "$(find "$1.broken" -prune -mmin +1 2>/dev/null)" ] || rm -f "$1.broken"
		return 0
	fi
	if [ "$(readlink "$1.lock" 2>/dev/null)" = "$note" ]; then
		if [ -L "$1.lock" ]; then rm -f "$1.lock"; else lock__remove_folder "$1.lock"; fi
	fi
	rm -f "$1.broken"
}

lock__is_dead() {
	local space pid start
	if [ -d "$1" ] && [ ! -L "$1" ]; then
		# The lock of an older kit, a folder with an id in it.
		{ read -r pid <"$1/pid"; } 2>/dev/null && case $pid in '' | *[!0-9]*) ;; *) process_lives "$pid" - && return 1 || return 0 ;; esac
	elif [ -L "$1" ]; then
		read -r space pid start <<-NOTE
			$2
		NOTE
		! process_is_gone "$space" "$pid" "$start" || return 0
		[ "$space" != "$PROCESS_SPACE" ] || return 1
	fi
	[ -n "$(find "$1" -prune -mmin "+$LOCK_MOST_MINUTES" 2>/dev/null)" ]
}

lock__remove_folder() { rm -f "$1/pid" 2>/dev/null && rmdir "$1" 2>/dev/null || :; }

# lock_drop_ours FOLDER: the locks in it that processes of this command have left, which a signal has ended between two lines.
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
