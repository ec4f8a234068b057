# Stand in: decides whether one builder can replace another, and which arguments it needs or does not support.
# shellcheck shell=sh

# stand_in_remember NAME FILE: records the default platform of builder NAME, whose `buildx inspect` answer is in FILE.
stand_in_remember() {
	local platform
	platform=$(builder_platforms "$2" | head -n 1)
	[ -z "$platform" ] || { printf '%s\n' "$platform" >"$(stand_in__memory "$1")"; } 2>/dev/null || :
}

stand_in__memory() { reference_key "$1" && printf '%s/%s.platform\n' "$(state_folder builders)" "$REFERENCE_KEY"; }

# stand_in_has_platform FILE PLATFORM: whether a builder builds for PLATFORM; true for one that has not been started
# yet.
stand_in_has_platform() { [ -z "$(builder_platforms "$1")" ] || builder_platforms "$1" | grep -q -x -F "$2"; }

# stand_in_find NAME FILE FIRST: sets STAND_IN_PLATFORM (an argument for buildx, or empty) and STAND_IN_UNSUPPORTED
# (flags that NAME does not support) for a build by NAME instead of FIRST. Returns 1 and logs why if the result would
# differ.
stand_in_find() {
	local wanted
	STAND_IN_UNSUPPORTED='' STAND_IN_PLATFORM=''
	wanted=$(cat "$(stand_in__memory "$3")" 2>/dev/null) || wanted=$(platform_own)
	if [ -z "$ARGUMENTS_PLATFORMS" ] && [ "$(builder_platforms "$2" | head -n 1)" != "$wanted" ]; then
		stand_in_has_platform "$2" "$wanted" || {
			log_warn "builder $1 does not build for $wanted, the platform of $3: not used"
			return 1
		}
		STAND_IN_PLATFORM=--platform=$wanted
	fi
	builder_is_limited "$2" "$1" || return 0
	# shellcheck disable=SC2086 # a list of platforms
	[ "$(printf '%s\n' $ARGUMENTS_PLATFORMS | wc -l)" -le 1 ] || {
		log_warn "builder $1 does not build for several platforms: not used"
		return 1
	}
	STAND_IN_UNSUPPORTED=' --attest --provenance --sbom --cache-to '
}
