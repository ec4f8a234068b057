# Scratch: one folder for what a command writes on its way; gone with the command. One of a command that was killed is gone
# with the next.
# Needs exit.sh and process.sh.
# shellcheck shell=sh

# In a RUN step /dev/shm is no part of the layer, so nothing of the folder can stay in an image.
scratch_make() {
	local parent
	parent=${TMPDIR:-/tmp}
	if [ -w /dev/shm ]; then parent=/dev/shm; fi
	process_note_main
	scratch_remove_dead
	SCRATCH=$(scratch_make_folder "$parent") ||
		die 73 "wanted a scratch folder in $parent, could not write there: make room or set TMPDIR"
}

scratch_remove() {
	[ -z "${SCRATCH:-}" ] || rm -rf "$SCRATCH"
}

# scratch_make_folder PARENT: prints a folder of this user alone; it says whose it is.
scratch_make_folder() {
	local folder
	folder=$(mktemp -d "$1/seawall.XXXXXX") || return
	process_note "$$"
	printf '%s\n' "$PROCESS_NOTE" >"$folder/owner" 2>/dev/null || { rm -rf "$folder" && return 1; }
	printf '%s\n' "$folder"
}

# scratch_list_dead: prints the folders of commands of this user that were killed, each a line.
scratch_list_dead() {
	local folder parent
	for parent in /dev/shm "${TMPDIR:-/tmp}" /var/tmp; do
		[ "$parent" != /var/tmp ] || [ "${TMPDIR:-/tmp}" != /var/tmp ] || continue
		set +f
		set -- "$parent"/seawall.*
		set -f
		for folder in "$@"; do
			! scratch__is_dead "$folder" || printf '%s\n' "$folder"
		done
	done
}

scratch_remove_dead() {
	scratch_list_dead | while IFS= read -r folder; do rm -rf "$folder"; done
}

# Only with the note of its owner, who is gone for sure; what is another user's, or a link, is not looked into.
scratch__is_dead() {
	local space pid start
	[ -d "$1" ] && [ ! -L "$1" ] && process_owns "$1" && [ -f "$1/owner" ] && [ ! -L "$1/owner" ] && process_owns "$1/owner" || return 1
	{ read -r space pid start <"$1/owner"; } 2>/dev/null && process_is_gone "$space" "$pid" "$start"
}
