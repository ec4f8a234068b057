# Scratch: one folder for the temporary files of a command. It is removed when the command ends; the folder of a command
# that was killed is removed by the next command.
# shellcheck shell=sh

# The folder to remove at the end; never taken from the environment.
SCRATCH_OWN=''

# scratch_make: sets SCRATCH to a new folder. In a RUN step /dev/shm is not part of the layer, so that nothing of the
# folder can stay in an image.
scratch_make() {
	local parent
	parent=${TMPDIR:-/tmp}
	if [ -w /dev/shm ]; then parent=/dev/shm; fi
	process_note_main
	scratch_remove_dead
	scratch_name_folder "$parent"
	# Registered before it exists: a signal may arrive at any moment.
	SCRATCH=$SCRATCH_NAME SCRATCH_OWN=$SCRATCH_NAME
	exit_at_end scratch_remove
	scratch_make_folder "$SCRATCH" ||
		die 73 "wanted a scratch folder in $parent, could not write there: make room or set TMPDIR"
}

scratch_remove() {
	[ -z "$SCRATCH_OWN" ] || rm -rf "$SCRATCH_OWN"
}

# scratch_name_folder PARENT: sets SCRATCH_NAME to a path in PARENT that no other process uses.
scratch_name_folder() {
	process_note "$$"
	SCRATCH_NAME=$1/seawall.$$.$PROCESS_START
	while [ -e "$SCRATCH_NAME" ] || [ -L "$SCRATCH_NAME" ]; do SCRATCH_NAME=$SCRATCH_NAME.1; done
}

# scratch_make_folder PATH: makes a folder that only this user can read; its file `owner` names this process.
scratch_make_folder() {
	mkdir -m 700 "$1" 2>/dev/null && process_note "$$" && { printf '%s\n' "$PROCESS_NOTE" >"$1/owner"; } 2>/dev/null
}

# scratch_list_dead: prints the folders that killed commands of this user have left, one a line.
scratch_list_dead() { scratch__each_dead printf '%s\n'; }

scratch_remove_dead() { scratch__each_dead rm -rf; }

# scratch__each_dead COMMAND...: runs COMMAND with each of these folders.
scratch__each_dead() {
	local folder parent
	for parent in /dev/shm "${TMPDIR:-/tmp}" /var/tmp; do
		[ "$parent" != /var/tmp ] || [ "${TMPDIR:-/tmp}" != /var/tmp ] || continue
		set +f
		for folder in "$parent"/seawall.*; do
			set -f
			! scratch__is_dead "$folder" || "$@" "$folder"
		done
	done
}

# scratch__is_dead FOLDER: whether its owner has certainly ended. Folders of other users and links are not looked into.
scratch__is_dead() {
	local space pid start
	[ -d "$1" ] && [ ! -L "$1" ] && process_owns "$1" || return 1
	[ -f "$1/owner" ] && [ ! -L "$1/owner" ] && process_owns "$1/owner" || return 1
	{ read -r space pid start <"$1/owner"; } 2>/dev/null && process_is_gone "$space" "$pid" "$start"
}
