# Build-arguments: the file with the build arguments of a call for dockerfile.awk, one NAME=VALUE a line. A newline is
# written as \n and a backslash as \\, so that no value looks like another line.
# shellcheck shell=sh

BUILD_ARGUMENTS_NEWLINE='
'

# build_arguments_note NAME[=VALUE]: prints its line. Without a value, the value is that of the environment, as for
# buildx; nothing is printed if it is not set there. The dot protects trailing newlines.
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
