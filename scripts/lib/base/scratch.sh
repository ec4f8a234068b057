# Scratch: one folder for what a command writes on its way; gone with the command. One of a command that was killed is gone
# with the next.
# shellcheck shell=sh

# The folder that is removed at the end; never one that the environment names.
SCRATCH_OWN=''

# In a RUN step /dev/shm is no part of the layer, so nothing of the folder can stay in an image.
scratch_make() {
	local parent
	parent=${TMPDIR:-/tmp}
	if [ -w /dev/shm ]; then parent=/dev/shm; fi
	process_note_main
	scratch_remove_dead
	scratch_name_folder "$parent"
	# Named first: a signal may come at any moment.
	SCRATCH=$SCRATCH_NAME SCRATCH_OWN=$SCRATCH_NAME
	scratch_make_folder "$SCRATCH" ||
		die 73 "wanted a scratch folder in $parent, could not write there: make room or set TMPDIR"
}

scratch_remove() {
	[ -z "$SCRATCH_OWN" ] || rm -rf "$SCRATCH_OWN"
}

# scratch_name_folder PARENT: sets SCRATCH_NAME to a name there that no other process takes.
scratch_name_folder() {
	process_note "$$"
	SCRATCH_NAME=$1/seawall.$$.$PROCESS_START
	while [ -e "$SCRATCH_NAME" ] || [ -L "$SCRATCH_NAME" ]; do SCRATCH_NAME=$SCRATCH_NAME.1; done
}

# scratch_make_folder NAME: a folder of this user alone; it says whose it is.
scratch_make_folder() {
	mkdir -m 700 "$1" 2>/dev/null && process_note "$$" && { printf '%s\n' "$PROCESS_NOTE" >"$1/owner"; } 2>/dev/null
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
