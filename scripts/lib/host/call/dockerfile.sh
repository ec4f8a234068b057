# Dockerfile: what it asks of the world. Reads what BuildKit's own parser reads (dockerfile.awk); what it cannot read is
# left to the builder, which says it better.
# Needs SEAWALL_LIB, where dockerfile.awk is, clock.sh, attempt.sh and references.sh.
# shellcheck shell=sh

# Half of what BuildKit takes in one message (gRPC, 16 MiB); a Dockerfile of the largest projects has 100 KiB.
DOCKERFILE_BYTES=8388608
# What is larger than this, arguments too, could keep a slow awk for more than a second, and gets so many seconds.
DOCKERFILE_SMALL=16384
DOCKERFILE_SECONDS=5
# A registry is asked for each; the largest Dockerfiles name 30.
DOCKERFILE_IMAGES=100
# Unread lines that are handed on.
DOCKERFILE_UNREAD=100

# dockerfile_sources FILE TARGET ARGUMENTS PLATFORM...: one line for each thing that the stages up to TARGET (empty: the
# last one) need, how and what, a tab between: from, copy, mount (images), add (a URL), syntax (a frontend's image),
# secret (the id of one that a RUN step mounts), unread (`line N`, and what is wrong with it). Images are valid references.
# ARGUMENTS: a file with the build arguments, NAME=VALUE a line, as buildx.sh writes it.
dockerfile_sources() {
	local file target arguments platform
	file=$1 target=$2 arguments=$3
	shift 3
	dockerfile__is_text "$file" || { printf 'unread\tfile: it has NUL bytes or more than %s bytes\n' "$DOCKERFILE_BYTES" && return 0; }
	DOCKERFILE_OWN=$(dockerfile_own_platform)
	[ $# -gt 0 ] || set -- "$DOCKERFILE_OWN"
	if [ $# -eq 1 ]; then
		dockerfile__read "$file" "$target" "$arguments" "$1"
	else
		for platform in "$@"; do dockerfile__read "$file" "$target" "$arguments" "$platform"; done | LC_ALL=C awk '!seen[$0]++'
	fi | dockerfile__sift
}

# The implementations of awk do not agree on NUL. Sets DOCKERFILE_SIZE.
dockerfile__is_text() {
	local text
	DOCKERFILE_SIZE=$(wc -c <"$1") && [ "$DOCKERFILE_SIZE" -le "$DOCKERFILE_BYTES" ] || return 1
	text=$(LC_ALL=C tr -d '\000' <"$1" | wc -c) && [ "$text" -eq "$DOCKERFILE_SIZE" ]
}

# dockerfile__read FILE TARGET ARGUMENTS PLATFORM: with the parts of the platform in the environment, as BuildKit names them.
# The paths begin with a slash or a dot, for awk takes a=b for an assignment.
dockerfile__read() {
	local file arguments own rest seconds
	dockerfile__find_platform "$4"
	file=$1 arguments=$3 own=$DOCKERFILE_OWN rest=${DOCKERFILE_PLATFORM#*/}
	case $file in /*) ;; *) file=./$file ;; esac
	case $arguments in /*) ;; *) arguments=./$arguments ;; esac
	set -- env BUILDPLATFORM="$own" BUILDOS="${own%%/*}" BUILDARCH="${own#*/}" BUILDVARIANT= BUILDOSVERSION= TARGETOSVERSION= \
		TARGETPLATFORM="$DOCKERFILE_PLATFORM" TARGETOS="${DOCKERFILE_PLATFORM%%/*}" TARGETARCH="${rest%%/*}" TARGETVARIANT="${rest#"${rest%%/*}"}" \
		DOCKERFILE_TARGET="$2" LC_ALL=C \
		awk -f "$SEAWALL_LIB/host/call/shell-words.awk" -f "$SEAWALL_LIB/host/call/dockerfile.awk" "$arguments" PHASE=2 "$file"
	if [ $((DOCKERFILE_SIZE + $(wc -c <"$arguments"))) -le "$DOCKERFILE_SMALL" ] && "$@" 2>/dev/null; then return 0; fi
	seconds=$DOCKERFILE_SECONDS
	[ -z "${LADDER_DEADLINE:-}" ] || [ "$(clock_left "$LADDER_DEADLINE")" -gt "$seconds" ] || seconds=1
	attempt_run "$seconds" "$@" 2>/dev/null || printf 'unread\tfile: wanted to read it within %s s\n' "$seconds"
}

# Images that are no reference are left to the builder, as are those beyond the most that are asked for.
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
			none) printf 'unread\tline %s: wanted the name of an image, saw %s\n' "$line" "$(dockerfile__shown "$what")" ;;
			many) [ "$images" -gt $((DOCKERFILE_IMAGES + 1)) ] || printf 'unread\tline %s: more than %s images\n' "$line" "$DOCKERFILE_IMAGES" ;;
			*) printf '%s\t%s\n' "$how" "$what" ;;
		esac
	done
}

# dockerfile__shown NAME: what is before an @ may be a login.
dockerfile__shown() {
	case $1 in
		*@*) printf 'a word with @\n' ;;
		*) if [ "${#1}" -le 80 ]; then printf "'%s'\n" "$1"; else printf '%s characters\n' "${#1}"; fi ;;
	esac
}

# dockerfile__find_platform PLATFORM: sets DOCKERFILE_PLATFORM to what BuildKit writes for it (containerd/platforms): arm64 for
# aarch64, no variant that goes without saying, the operating system of this machine where none is given.
dockerfile__find_platform() {
	local system rest
	case $1 in
		*/*) system=${1%%/*} rest=${1#*/} ;;
		linux | local) DOCKERFILE_PLATFORM=$DOCKERFILE_OWN && return ;;
		*) system=linux rest=$1 ;;
	esac
	case $rest in
		x86_64 | x86-64 | amd64/v1) rest=amd64 ;;
		aarch64 | arm64/v8 | arm64/8 | aarch64/v8) rest=arm64 ;;
		i386 | 386/*) rest=386 ;;
		armhf | arm | arm/7) rest=arm/v7 ;;
		armel | arm/6) rest=arm/v6 ;;
		arm/[58]) rest=arm/v${rest#arm/} ;;
	esac
	DOCKERFILE_PLATFORM=$system/$rest
}

# dockerfile_own_platform: OS/ARCH of this machine, as BuildKit names it.
dockerfile_own_platform() {
	case $(uname -m) in
		x86_64) printf 'linux/amd64\n' ;;
		aarch64 | arm64) printf 'linux/arm64\n' ;;
		*) printf 'linux/%s\n' "$(uname -m)" ;;
	esac
}
