# Stdin: what a build reads on stdin, kept so that each attempt reads the same bytes.
# shellcheck shell=sh

# Not taken from the environment. STDIN_FILE: what came on stdin, or its beginning. STDIN_INPUT: what the next attempt
# reads. Both are empty if the build reads nothing there.
STDIN_FILE='' STDIN_INPUT=''

# Bytes that are kept on a disk: 256 MiB, or half of the free space.
STDIN_MOST=268435456

# stdin_keep: keeps stdin if a word of the call names it (read_once_replace).
stdin_keep() {
	[ "$STDIN_WANTED" = yes ] || return 0
	stdin__find_place
	read_once_make_folder "$STDIN_PLACE" || read_once_refuse
	read_once_keep "$READ_ONCE_FOLDER/stdin" "$STDIN_MOST" 'what comes on stdin' 3<&0
	STDIN_FILE=$READ_ONCE_FILE STDIN_INPUT=$READ_ONCE_INPUT
}

# stdin_want: the build reads stdin although no word of the call names it.
stdin_want() { STDIN_WANTED=yes; }

# stdin_replace FILE: the build reads FILE instead.
stdin_replace() { STDIN_INPUT=$1; }

# stdin__find_place: sets STDIN_PLACE to the first folder with enough room, else the one with most room, and lowers
# STDIN_MOST if even that is too small. Scratch folders are in memory, of which a container has 64 MB. TMPDIR, if set,
# is the only candidate.
stdin__find_place() {
	local place kib most wanted
	STDIN_PLACE='' most=0 wanted=$((STDIN_MOST / 512))
	for place in "${TMPDIR:-/var/tmp}" "${TMPDIR:-/tmp}"; do
		[ -d "$place" ] && [ -w "$place" ] || continue
		kib=$(df -P -k "$place" 2>/dev/null | sed -n '2s/.* \([0-9]\{1,9\}\)  *[0-9]*% .*/\1/p')
		# A file system that does not tell (or has a terabyte or more) has room.
		kib=${kib:-$wanted}
		[ "$kib" -gt "$most" ] || continue
		STDIN_PLACE=$place most=$kib
		[ "$kib" -lt "$wanted" ] || break
	done
	[ "$most" -ge "$wanted" ] || STDIN_MOST=$((most * 512))
	[ -n "$STDIN_PLACE" ] || read_once_refuse
}
