# Read-once: inputs of a build that can be read only once (stdin, a FIFO, process substitution) are kept, so that each
# attempt reads the same bytes. An input that is too large to keep is passed on to one attempt.
# shellcheck shell=sh

# Not taken from the environment. READ_ONCE_WHOLE: no if one of the inputs can be read by one attempt only.
READ_ONCE_FOLDER='' READ_ONCE_WRITERS='' READ_ONCE_WHOLE=yes READ_ONCE_COUNT=0

# Bytes of a file that a flag names. BuildKit takes 500 KiB for a secret and 16 MiB for a Dockerfile.
READ_ONCE_MOST=16777216

# read_once_is_kept: whether every attempt can read all inputs.
read_once_is_kept() { [ "$READ_ONCE_WHOLE" = yes ]; }

# read_once_is_used: whether the call reads a copy of a file, or stdin from a FIFO.
read_once_is_used() { [ "$READ_ONCE_COUNT" -gt 0 ] || ! read_once_is_kept; }

# read_once_keep FILE BYTES NAME: reads descriptor 3. Sets READ_ONCE_FILE to FILE, which gets the bytes, at most BYTES,
# and READ_ONCE_INPUT to what an attempt reads: FILE, or a FIFO with all bytes if there are more.
# Descriptor 3 is open here only: the caller of the kit may have one of its own.
read_once_keep() {
	READ_ONCE_FILE=$1 READ_ONCE_INPUT=$1
	(umask 077 && : >"$1") || read_once_refuse
	if read_once__head_is_exact; then
		head -c "$2" <&3 >"$1" || read_once_refuse
		[ "$(wc -c <"$1")" -lt "$2" ] || read_once__pass_on "$2" "$3"
	else
		cat <&3 >"$1" || read_once_refuse
	fi
}

# A head that reads more than it prints would lose bytes (busybox).
read_once__head_is_exact() { [ "$(printf 'ab' | { head -c 1 >/dev/null && cat; })" = b ]; }

# read_once__pass_on BYTES NAME
read_once__pass_on() {
	log_warn "$2 is larger than $1 bytes: it can be read once, so that the build runs once"
	READ_ONCE_INPUT=$READ_ONCE_FILE.all READ_ONCE_WHOLE=no
	mkfifo "$READ_ONCE_INPUT"
	cat "$READ_ONCE_FILE" - <&3 >"$READ_ONCE_INPUT" &
	READ_ONCE_WRITERS="$READ_ONCE_WRITERS $!"
}

# read_once_make_folder PARENT: sets READ_ONCE_FOLDER, for an input that may be too large for SCRATCH.
read_once_make_folder() {
	scratch_name_folder "$1"
	READ_ONCE_FOLDER=$SCRATCH_NAME
	exit_at_end read_once_end
	scratch_make_folder "$READ_ONCE_FOLDER"
}

read_once_refuse() {
	die 73 "wanted to keep the input of the build in ${TMPDIR:-/var/tmp or /tmp}, could not: make room or set TMPDIR"
}

read_once_end() {
	local writer
	for writer in $READ_ONCE_WRITERS; do kill "$writer" 2>/dev/null || :; done
	[ -z "$READ_ONCE_FOLDER" ] || rm -rf "$READ_ONCE_FOLDER"
}
