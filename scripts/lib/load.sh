# Load: sources the modules of the rooms that a command needs.
# SEAWALL_LIB is the absolute path of this folder.
# shellcheck shell=sh

# load ROOM...: sources every module of each room. A room calls only rooms that are named before it
# (tests/source/test_rooms.py).
load() {
	local room module
	for room in "$@"; do
		# Commands run with pathname expansion off (set -f).
		set +f
		for module in "$SEAWALL_LIB/$room"/*.sh; do
			set -f
			# shellcheck source=/dev/null # any module of the room
			. "$module"
		done
	done
}
