# Leases: records the users of a shared resource. A lease is a file. Its name is a process id, then the lease ends with
# the process; or a word, then it lasts until it is dropped.
# shellcheck shell=sh

# leases_take FOLDER NAME: records lease NAME. The file holds the start time of the process, because ids are reused.
leases_take() {
	mkdir -p "$1" || return
	process_start "$2" >"$1/$2" || :
}

# leases_drop FOLDER NAME: removes lease NAME, if it exists.
leases_drop() { rm -f "$1/$2"; }

# leases_are_held FOLDER: whether any lease is valid. Removes leases of dead processes.
leases_are_held() {
	local folder lease
	folder=$1
	set +f
	set -- "$folder"/*
	set -f
	for lease in "$@"; do
		[ -f "$lease" ] || continue
		! leases__is_held "$lease" || return 0
		rm -f "$lease"
	done
	return 1
}

# leases__is_held FILE: a lease without a start time is of an earlier version, or its process ended before it was
# recorded.
leases__is_held() {
	local name start
	name=${1##*/}
	case $name in *[!0-9]*) return 0 ;; esac
	start=
	read -r start <"$1" || [ -n "$start" ] || start=$(process_start "$name") || return
	process_lives "$name" "$start"
}
