# Leases: who holds something. A lease is a file: named by a process id, which holds it for as long as that process runs, or
# by a word, which holds it until it is dropped.
# shellcheck shell=sh

# leases_take FOLDER NAME: notes when the process began, because ids are used again.
leases_take() {
	mkdir -p "$1" || return
	process_start "$2" >"$1/$2" || :
}

# leases_drop FOLDER NAME
leases_drop() {
	rm -f "$1/$2"
}

# leases_are_held FOLDER: whether a word or a process that runs holds a lease; those of dead processes are removed.
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

# A lease without a start is from an earlier version, or its process had ended before it was taken.
leases__is_held() {
	local name start
	name=${1##*/}
	case $name in *[!0-9]*) return 0 ;; esac
	start=
	read -r start <"$1" || [ -n "$start" ] || start=$(process_start "$name") || return
	process_lives "$name" "$start"
}
