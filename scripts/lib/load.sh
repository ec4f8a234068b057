# Load: the way a command gets its modules.
# Needs SEAWALL_LIB, the absolute path of this folder.
# shellcheck shell=sh

# load ROOM...: sources every module of each room. A room calls only rooms named before it (tests/source/test_rooms.py).
load() {
	local room module
	for room in "$@"; do
		# Commands run with pathname expansion off (set -f).
		set +f
		for module in "$SEAWALL_LIB/$room"/*.sh; do
			set -f
			# shellcheck source=/dev/null # whatever is in the room
			. "$module"
		done
	done
}
