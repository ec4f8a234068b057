# Build-arguments: the file with the build arguments of a call, one a line, NAME=VALUE; a newline is written as \n and a
# backslash as \\, so that no value is read as another line.
# shellcheck shell=sh

BUILD_ARGUMENTS_NEWLINE='
'

# build_arguments_note NAME[=VALUE]: prints its line. Without a value it has that of the environment, as buildx sees it, and
# none where it is not set. The dot keeps newlines at its end.
build_arguments_note() {
	local value
	case $1 in *=*) build_arguments__print "$1" && return ;; esac
	value=$(LC_ALL=C awk 'BEGIN { if (ARGV[1] in ENVIRON) printf "%s.", ENVIRON[ARGV[1]] }' "$1") || return
	[ -z "$value" ] || build_arguments__print "$1=${value%.}"
}

build_arguments__print() {
	case $1 in
		*[\\"$BUILD_ARGUMENTS_NEWLINE"]*)
			printf '%s\n' "$1" | LC_ALL=C sed -e 's/\\/\\\\/g' -e '$!s/$/\\n/' | tr -d '\n'
			printf '\n'
			;;
		*) printf '%s\n' "$1" ;;
	esac
}
