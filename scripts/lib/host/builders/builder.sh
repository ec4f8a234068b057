# Builder: one builder, by what buildx says of it: for which platforms it builds, and what it cannot do that another one can.
# shellcheck shell=sh

# builder_platforms FILE: of what `docker buildx inspect` says in FILE, its platforms, its own first.
builder_platforms() { sed -n 's/^Platforms: *//p' "$1" | head -n 1 | tr -d ' *' | tr ',' '\n'; }

# builder_has_platform FILE PLATFORM: a builder that has not been started yet tells of none.
builder_has_platform() { [ -z "$(builder_platforms "$1")" ] || builder_platforms "$1" | grep -q -x -F "$2"; }

# builder_remember_platform NAME FILE: what it builds for when nobody says.
builder_remember_platform() {
	local platform
	platform=$(builder_platforms "$2" | head -n 1)
	[ -z "$platform" ] || { printf '%s\n' "$platform" >"$(builder__memory "$1")"; } 2>/dev/null || :
}

builder__memory() { reference_key "$1" && printf '%s/%s.platform\n' "$(state_folder builders)" "$REFERENCE_KEY"; }

# builder_stand_in NAME FILE FIRST: sets BUILDER_WITHOUT, the flags that NAME cannot do, and BUILDER_MORE, a word for buildx,
# where NAME stands in for FIRST. False where its result would be for another platform.
builder_stand_in() {
	local wanted
	BUILDER_WITHOUT='' BUILDER_MORE=''
	wanted=$(cat "$(builder__memory "$3")" 2>/dev/null) || wanted=$(builder__machine)
	if [ -z "$ARGUMENTS_PLATFORMS" ] && [ "$(builder_platforms "$2" | head -n 1)" != "$wanted" ]; then
		builder_has_platform "$2" "$wanted" || { log_warn "builder $1 does not build for $wanted, as $3 does [elsewhere]" && return 1; }
		BUILDER_MORE=--platform=$wanted
	fi
	builder_is_limited "$1" "$2" || return 0
	# shellcheck disable=SC2086 # a list of platforms
	[ "$(printf '%s\n' $ARGUMENTS_PLATFORMS | wc -l)" -le 1 ] || { log_warn "builder $1 does not build for several platforms [elsewhere]" && return 1; }
	BUILDER_WITHOUT=' --attest --provenance --sbom --cache-to '
}

# builder_is_limited CONTEXT FILE: Docker's own builder has attestations, exports of caches and several platforms with the
# containerd image store alone. CONTEXT is empty for the current one.
builder_is_limited() {
	grep -q '^Driver: *docker *$' "$2" || return 1
	! attempt_run 5 docker ${1:+--context "$1"} info --format '{{.DriverStatus}}' 2>/dev/null | grep -q 'io.containerd.snapshotter'
}

builder__machine() {
	case $(uname -m) in
		x86_64) printf 'linux/amd64\n' ;;
		aarch64) printf 'linux/arm64\n' ;;
		*) printf 'linux/%s\n' "$(uname -m)" ;;
	esac
}
