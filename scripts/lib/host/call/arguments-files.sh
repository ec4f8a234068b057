# Arguments-files: which files of this machine a call names: those that the build writes, and its Dockerfile.
# Works in SCRATCH.
# shellcheck shell=sh

# Seconds to read an archive.
ARGUMENTS_SECONDS=5

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
			[ -n "$STDIN_FILE" ] || return 0
			if arguments__is_archive "$STDIN_FILE"; then
				arguments__unpack "$STDIN_FILE" "${ARGUMENTS_FILE:-Dockerfile}"
			else
				printf '%s\n' "$STDIN_FILE"
			fi
			;;
		*:-) [ -z "$STDIN_FILE" ] || arguments__unpack "$STDIN_FILE" "$ARGUMENTS_FILE" ;;
		/*:*://* | /*:git@* | /*:github.com/*) [ ! -f "$ARGUMENTS_FILE" ] || printf '%s\n' "$ARGUMENTS_FILE" ;;
		*:*://* | *:git@* | *:github.com/*) ;;
		:*)
			for name in Dockerfile dockerfile; do
				[ ! -f "$ARGUMENTS_CONTEXT/$name" ] || { printf '%s\n' "$ARGUMENTS_CONTEXT/$name" && return 0; }
			done
			;;
		*) [ ! -f "$ARGUMENTS_FILE" ] || printf '%s\n' "$ARGUMENTS_FILE" ;;
	esac
}

# A context as a tar file, packed or not, is no Dockerfile: by its first bytes (gzip, bzip2, xz, zstd) or the mark of
# tar.
arguments__is_archive() {
	case $(od -A n -t x1 -N 4 "$1" | tr -d ' \n') in 1f8b* | 425a68* | fd377a58 | 28b52ffd) return 0 ;; esac
	[ "$(tail -c +258 "$1" | head -c 5 | tr -d '\0')" = ustar ]
}

# arguments__unpack ARCHIVE NAME: prints the path of a copy of the Dockerfile NAME in an archive; nothing if it has
# none, or if this machine cannot read it. BuildKit also takes `dockerfile` for `Dockerfile`.
arguments__unpack() {
	local name
	name=$2
	while case $name in /* | ./*) ;; *) false ;; esac do name=${name#*/}; done
	case $name in '' | */) return 0 ;; esac
	mkdir -p "$SCRATCH/archive"
	arguments__unpack_one "$1" "$name" || case ${name##*/} in
		Dockerfile) arguments__unpack_one "$1" "${name%D*}dockerfile" ;;
		*) return 0 ;;
	esac || return 0
	printf '%s\n' "$ARGUMENTS_COPY"
}

# arguments__unpack_one ARCHIVE NAME: sets ARGUMENTS_COPY; false if the archive has no such file. 256 MiB of gzip take
# two seconds.
arguments__unpack_one() {
	ARGUMENTS_COPY=$SCRATCH/archive/${2##*/}
	{ attempt_run "$ARGUMENTS_SECONDS" tar -xO -f "$1" -- "$2" "./$2" 2>/dev/null || :; } |
		head -c "$((DOCKERFILE_BYTES + 1))" >"$ARGUMENTS_COPY"
	[ -s "$ARGUMENTS_COPY" ]
}

# arguments_is_unpacked FILE: whether FILE is a copy from an archive.
arguments_is_unpacked() { case $1 in "$SCRATCH"/archive/*) ;; *) return 1 ;; esac }
