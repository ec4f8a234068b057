#!/bin/sh
# build-kit.sh FILE
#
# Writes the kit for woven RUN steps to FILE: one shell file of the rooms base to shims of scripts/lib, which runs as
# `sh FILE TOOL ARGUMENT...` and needs no other file of this repository. Builds hand it to a step as a secret.
# The same sources give the same bytes. FILE appears only when it is complete.
#
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 64 wrong arguments, 70 the kit is larger than a secret may be, 73 cannot write FILE.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=build-kit
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch shims

ROOMS='base attempt verdict ladder fetch shims'
# The limit of BuildKit for a secret.
MAX_BYTES=512000

# print_kit: the fast path first; a shell that becomes the real tool there reads nothing of the rest. Then the rooms.
# Behind `exit`, which a shell never passes, the files that the rooms read, each line with a mark before it, so that no
# line can be taken for the end of a file or for shell code (shims_unpack).
print_kit() {
	local room file files
	printf '# The kit of Seawall %s for woven RUN steps, made by build-kit.sh.\nset -f\n' "$OPTIONS_VERSION"
	strip "$SEAWALL_LIB/shims/fast.sh"
	printf 'fast_start "$@"\nset -eu\n'
	files=''
	for room in $ROOMS; do
		set +f
		for file in "$SEAWALL_LIB/$room"/*; do
			set -f
			case $file in
				*/shims/fast.sh) ;;
				*.sh) strip "$file" ;;
				*) files="$files $room/${file##*/}" ;;
			esac
		done
	done
	printf 'shims_main "$@"\nexit 70\n'
	for file in $files $WATCH_FILES; do
		printf '#:%s\n' "$file"
		sed 's/^/#|/' "$SEAWALL_LIB/$file"
	done
}

# strip FILE: prints a module without lines that are comments or empty. No module has such lines in its strings
# (tests/kit/shims).
strip() { sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' "$1"; }

# The watch of an attempt is a shell of its own, which reads these modules (attempt.sh).
WATCH_FILES='attempt/connections.sh attempt/late.sh attempt/watch.sh base/clock.sh base/process.sh base/values.sh'

remove_part() { [ -z "$PART" ] || rm -f "$PART"; }

PART=''
options_take '' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 1 ] && [ -n "$1" ] || die 64 "wanted the file to write, saw $# words: see --help"
case $1 in -*) die 64 "wanted a file, saw '$1': write ./$1" ;; esac
exit_at_end remove_part
{ PART=$(mktemp "$1.XXXXXX") && print_kit >"$PART"; } 2>/dev/null ||
	die 73 "wanted to write $1, could not: make the folder, or room"
SIZE=$(wc -c <"$PART")
[ "$SIZE" -le "$MAX_BYTES" ] || die 70 "wanted a kit of at most $MAX_BYTES bytes, saw $SIZE: report this as a bug"
chmod 644 "$PART" && mv -f "$PART" "$1"
PART=''
