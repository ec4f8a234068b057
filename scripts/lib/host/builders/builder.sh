# Builder: the platforms and limits of one builder, from the output of `docker buildx inspect`.
# shellcheck shell=sh

# builder_platforms FILE: prints the platforms, one a line, its native one first. FILE: output of `docker buildx
# inspect`.
builder_platforms() { sed -n 's/^Platforms: *//p' "$1" | head -n 1 | tr -d ' *' | tr ',' '\n'; }

# builder_has_platform FILE PLATFORM: true, too, for a builder that was never started: it lists none.
builder_has_platform() { [ -z "$(builder_platforms "$1")" ] || builder_platforms "$1" | grep -q -x -F "$2"; }

# builder_remember_platform NAME FILE: notes the platform that the builder uses without --platform.
builder_remember_platform() {
	local platform
	platform=$(builder_platforms "$2" | head -n 1)
	[ -z "$platform" ] || { printf '%s\n' "$platform" >"$(builder__memory "$1")"; } 2>/dev/null || :
}

builder__memory() { reference_key "$1" && printf '%s/%s.platform\n' "$(state_folder builders)" "$REFERENCE_KEY"; }

# builder_stand_in NAME FILE FIRST: prepares NAME to replace FIRST: sets BUILDER_WITHOUT, the flags that NAME does not
# support,
# and BUILDER_MORE, a word to add for buildx. False if its result would be for another platform.
builder_stand_in() {
	local wanted
	BUILDER_WITHOUT='' BUILDER_MORE=''
	wanted=$(cat "$(builder__memory "$3")" 2>/dev/null) || wanted=$(builder__machine)
	if [ -z "$ARGUMENTS_PLATFORMS" ] && [ "$(builder_platforms "$2" | head -n 1)" != "$wanted" ]; then
		builder_has_platform "$2" "$wanted" || {
			log_warn "builder $1 does not build for $wanted, the platform of $3"
			return 1
		}
		BUILDER_MORE=--platform=$wanted
	fi
	builder_is_limited "$1" "$2" || return 0
	# shellcheck disable=SC2086 # a list of platforms
	[ "$(printf '%s\n' $ARGUMENTS_PLATFORMS | wc -l)" -le 1 ] || {
		log_warn "builder $1 does not build for several platforms"
		return 1
	}
	BUILDER_WITHOUT=' --attest --provenance --sbom --cache-to '
}

# builder_is_limited CONTEXT FILE: Docker's own builder supports attestations, cache exports and several platforms only
# with the containerd image store. CONTEXT is empty for the current one.
builder_is_limited() {
	grep -q '^Driver: *docker *$' "$2" || return 1
	! attempt_run 5 docker ${1:+--context "$1"} info --format '{{.DriverStatus}}' 2>/dev/null |
		grep -q 'io.containerd.snapshotter'
}

builder__machine() {
	case $(uname -m) in
		x86_64) printf 'linux/amd64\n' ;;
		aarch64) printf 'linux/arm64\n' ;;
		*) printf 'linux/%s\n' "$(uname -m)" ;;
	esac
}
