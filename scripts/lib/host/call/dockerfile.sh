# Dockerfile: which images, URLs and secrets a Dockerfile needs. Parses like BuildKit (dockerfile.awk and the files
# that it calls). Lines that it cannot parse are left to the builder. Reads SEAWALL_LIB, where these files are.
# shellcheck shell=sh

# Half of BuildKit's message limit (gRPC, 16 MiB). Dockerfiles of the largest projects have 100 KiB.
DOCKERFILE_BYTES=8388608
# A Dockerfile that is larger than this, with its arguments, gets a time limit of so many seconds: a slow awk may need
# more than a second.
DOCKERFILE_SMALL=16384
DOCKERFILE_SECONDS=5
# Each costs a request to a registry. The largest Dockerfiles name 30.
DOCKERFILE_IMAGES=100
# Unread lines that are reported.
DOCKERFILE_UNREAD=100

# dockerfile_sources FILE TARGET ARGUMENTS PLATFORM...: prints a line KIND<tab>NAME for each need of TARGET (empty: the
# last stage) and of the stages that it uses. KIND: from, copy, mount (an image, always a valid reference), add (a URL),
# syntax (the frontend's image), secret (the id of a secret that a RUN step mounts), policy (an image of these that
# only a source policy can replace: it has the name of a stage, or is a frontend with options), unread (`line N` and
# the reason).
# ARGUMENTS: a file with the build arguments (build-arguments.sh).
dockerfile_sources() {
	local file target arguments platform
	file=$1 target=$2 arguments=$3
	shift 3
	dockerfile__is_text "$file" || {
		printf 'unread\tfile: it has NUL bytes or more than %s bytes\n' "$DOCKERFILE_BYTES"
		return 0
	}
	dockerfile__find_own "$file"
	[ $# -gt 0 ] || set -- "$DOCKERFILE_OWN"
	if [ $# -eq 1 ]; then
		dockerfile__read "$file" "$target" "$arguments" "$1"
	else
		for platform in "$@"; do
			dockerfile__read "$file" "$target" "$arguments" "$platform"
		done | LC_ALL=C awk '!seen[$0]++'
	fi | dockerfile__sift
}

# dockerfile__find_own FILE: sets DOCKERFILE_OWN to the platform of the builder. One that may be on another machine is
# asked if the Dockerfile has a variable for platforms.
dockerfile__find_own() {
	local own
	DOCKERFILE_OWN=$(platform_own)
	case ${BUILDX_BUILDER:-default}:${DOCKER_CONTEXT:-default}:${DOCKER_HOST:-} in
		default:default: | default:*:unix://*) return 0 ;;
	esac
	grep -q -E 'BUILD(PLATFORM|OS|ARCH|VARIANT)|TARGET(PLATFORM|OS|ARCH|VARIANT)' "$1" && builder_inspect || return 0
	own=$(builder_platforms | head -n 1)
	! platform_read "$own" "$DOCKERFILE_OWN" || DOCKERFILE_OWN=$own
}

# dockerfile__is_text FILE: sets DOCKERFILE_SIZE. The implementations of awk differ in how they read NUL.
dockerfile__is_text() {
	local text
	DOCKERFILE_SIZE=$(wc -c <"$1") && [ "$DOCKERFILE_SIZE" -le "$DOCKERFILE_BYTES" ] || return 1
	text=$(LC_ALL=C tr -d '\000' <"$1" | wc -c) && [ "$text" -eq "$DOCKERFILE_SIZE" ]
}

# dockerfile__read FILE TARGET ARGUMENTS PLATFORM: the environment has the variables that BuildKit sets for the
# platform. Paths begin with a slash or a dot, because awk reads a=b as an assignment.
dockerfile__read() {
	local file arguments target own part seconds
	own=$(platform_variables BUILD "$DOCKERFILE_OWN" "$DOCKERFILE_OWN") || return
	target=$(platform_variables TARGET "$4" "$DOCKERFILE_OWN") || {
		printf 'unread\tfile: wanted a platform such as linux/arm64, saw another word for --platform\n'
		return 0
	}
	file=$1 arguments=$3
	case $file in /*) ;; *) file=./$file ;; esac
	case $arguments in /*) ;; *) arguments=./$arguments ;; esac
	# shellcheck disable=SC2086 # words NAME=VALUE without blanks
	set -- env $own $target DOCKERFILE_TARGET="$2" LC_ALL=C awk
	for part in shell-words shell-patterns dockerfile-words dockerfile-variables dockerfile dockerfile-lines; do
		set -- "$@" -f "$SEAWALL_LIB/host/call/$part.awk"
	done
	set -- "$@" "$arguments" PHASE=2 "$file"
	if [ $((DOCKERFILE_SIZE + $(wc -c <"$arguments"))) -le "$DOCKERFILE_SMALL" ] && "$@" 2>/dev/null; then return 0; fi
	seconds=$DOCKERFILE_SECONDS
	[ -z "${LADDER_DEADLINE:-}" ] || [ "$(clock_left "$LADDER_DEADLINE")" -gt "$seconds" ] || seconds=1
	attempt_run "$seconds" "$@" 2>/dev/null || printf 'unread\tfile: could not be parsed within %s s\n' "$seconds"
}

# dockerfile_list FILE TARGET PROGRAM NAME=VALUE: prints what PROGRAM, an awk file in the place of dockerfile.awk, says
# about FILE; NAME is a variable of PROGRAM. False for a file that cannot be parsed in time.
dockerfile_list() {
	local file target program variable part
	dockerfile__is_text "$1" || return
	file=$1 target=$2 program=$3 variable=$4
	case $file in /*) ;; *) file=./$file ;; esac
	set -- env DOCKERFILE_TARGET="$target" LC_ALL=C awk
	for part in shell-words shell-patterns dockerfile-words dockerfile-variables; do
		set -- "$@" -f "$SEAWALL_LIB/host/call/$part.awk"
	done
	set -- "$@" -f "$program" -f "$SEAWALL_LIB/host/call/dockerfile-lines.awk"
	attempt_run "$DOCKERFILE_SECONDS" "$@" /dev/null "$variable" PHASE=2 "$file" 2>/dev/null
}

# dockerfile__sift: invalid references, and images beyond DOCKERFILE_IMAGES, are left to the builder.
dockerfile__sift() {
	local how what line images unread
	images=0 unread=0
	while IFS='	' read -r how what line; do
		case $how in
			from | copy | mount | syntax)
				if reference_read "$what"; then images=$((images + 1)); else how=none; fi
				[ "$images" -le "$DOCKERFILE_IMAGES" ] || how=many
				;;
		esac
		case $how in
			unread | none | many)
				unread=$((unread + 1))
				[ "$unread" -le "$DOCKERFILE_UNREAD" ] || continue
				;;
		esac
		case $how in
			none)
				printf 'unread\tline %s: wanted the name of an image, saw %s\n' "$line" "$(dockerfile__shown "$what")"
				;;
			many)
				[ "$images" -gt $((DOCKERFILE_IMAGES + 1)) ] ||
					printf 'unread\tline %s: more than %s images\n' "$line" "$DOCKERFILE_IMAGES"
				;;
			*) printf '%s\t%s\n' "$how" "$what" ;;
		esac
	done
}

# dockerfile__shown NAME: prints NAME for a message. The part before an @ may be a login.
dockerfile__shown() {
	case $1 in
		*@*) printf 'a word with @\n' ;;
		*) if [ "${#1}" -le 80 ]; then printf "'%s'\n" "$1"; else printf '%s characters\n' "${#1}"; fi ;;
	esac
}
