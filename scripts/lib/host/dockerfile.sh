# Dockerfile: what it asks of the world. Reads what BuildKit's own parser reads (dockerfile.awk); what it cannot read is
# left to the builder, which says it better.
# Needs SEAWALL_LIB, where dockerfile.awk is.
# shellcheck shell=sh

# dockerfile_sources FILE TARGET ARGUMENTS PLATFORM...: one line for each thing that the stages up to TARGET (empty: the
# last one) need, how and what, a tab between: from, copy, mount (images), add (a URL), syntax (a frontend's image),
# secret (the id of one that a RUN step mounts), unread (a line). ARGUMENTS: a file with the build arguments, NAME=VALUE a line.
dockerfile_sources() {
	local file target arguments platform
	file=$1 target=$2 arguments=$3
	shift 3
	[ $# -gt 0 ] || set -- "$(dockerfile_own_platform)"
	for platform in "$@"; do
		{ cat "$arguments" && printf '\n' && cat "$file"; } | dockerfile__read "$target" "$platform"
	done | LC_ALL=C awk '!seen[$0]++'
}

# dockerfile__read TARGET PLATFORM: OS/ARCH or OS/ARCH/VARIANT, in the environment as BuildKit names it for FROM.
dockerfile__read() {
	local own rest
	own=$(dockerfile_own_platform) rest=${2#*/}
	BUILDPLATFORM=$own BUILDOS=${own%%/*} BUILDARCH=${own#*/} BUILDVARIANT='' \
		TARGETPLATFORM=$2 TARGETOS=${2%%/*} TARGETARCH=${rest%%/*} TARGETVARIANT=${rest#"${rest%%/*}"} \
		LC_ALL=C awk -v "TARGET=$1" -f "$SEAWALL_LIB/host/dockerfile.awk"
}

# dockerfile_own_platform: OS/ARCH of this machine, as BuildKit names it.
dockerfile_own_platform() {
	case $(uname -m) in
		x86_64) printf 'linux/amd64\n' ;;
		aarch64 | arm64) printf 'linux/arm64\n' ;;
		*) printf 'linux/%s\n' "$(uname -m)" ;;
	esac
}
