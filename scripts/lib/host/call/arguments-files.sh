# Arguments-files: which files of this machine a call names: those that the build writes, and its Dockerfile.
# shellcheck shell=sh

# arguments_check_files: 73 for a file that the build could not write, before the build begins.
arguments_check_files() {
	local file folder
	eval "set -- $ARGUMENTS_WRITES"
	for file in "$@"; do
		case $file in */*) folder=${file%/*}/ ;; *) folder=. ;; esac
		# A device or an open descriptor (/dev/stdout, /dev/fd/N) is there already.
		[ -z "$file" ] || [ -d "$folder" ] && [ -w "$folder" ] || { [ -e "$file" ] && [ -w "$file" ]; } ||
			die 73 "wanted to write $file, cannot write to the folder ${folder%/}: make it, or give another path"
	done
}

# arguments_find_dockerfile: prints the path of the Dockerfile if it is a file of this machine. STDIN_FILE has what came
# on stdin (stdin.sh).
arguments_find_dockerfile() {
	local name
	case $ARGUMENTS_FILE:$ARGUMENTS_CONTEXT in
		-:* | :- | /dev/stdin:* | /dev/fd/0:* | /proc/self/fd/0:*)
			[ -z "$STDIN_FILE" ] || arguments__is_archive "$STDIN_FILE" || printf '%s\n' "$STDIN_FILE"
			;;
		*:*://* | *:git@* | *:github.com/* | *:-) ;;
		:*)
			for name in Dockerfile dockerfile; do
				[ ! -f "$ARGUMENTS_CONTEXT/$name" ] || { printf '%s\n' "$ARGUMENTS_CONTEXT/$name" && return 0; }
			done
			;;
		*)
			for name in "$ARGUMENTS_FILE" "$ARGUMENTS_CONTEXT/$ARGUMENTS_FILE"; do
				[ ! -f "$name" ] || { printf '%s\n' "$name" && return 0; }
			done
			;;
	esac
}

# A context as a tar file, packed or not, is no Dockerfile: by its first bytes (gzip, bzip2, xz, zstd) or the mark of
# tar.
arguments__is_archive() {
	case $(od -A n -t x1 -N 4 "$1" | tr -d ' \n') in 1f8b* | 425a68* | fd377a58 | 28b52ffd) return 0 ;; esac
	[ "$(tail -c +258 "$1" | head -c 5 | tr -d '\0')" = ustar ]
}
