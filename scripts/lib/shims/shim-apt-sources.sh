# Shim apt sources: the archive that an attempt of apt reads, a probe of it, and what a failure means.
# shellcheck shell=sh

# Not taken from the environment. Whether the sources of the image have been read.
SHIM_APT_READY=no

# shim_apt_point SOURCE LINE...: makes apt use the archive at SOURCE, with these lines of configuration. False, with a
# finding, if the sources of the image cannot be pointed at it.
shim_apt_point() {
	local source
	source=$1
	shift
	if [ "$source" = default ]; then
		[ "$SHIM_APT_READY" = no ] || apt_point_back
		return 0
	fi
	shim_apt_prepare
	if [ "$(apt_sources_usable "$source default")" != default ] && apt_plan_mirror "$source" &&
		apt_sources_write all; then
		apt_point "$STEP_FOLDER" "$@"
	else
		finding_set not-found && finding_decide elsewhere
		return 1
	fi
}

# shim_apt_prepare: reads the sources of the image, once, when the first attempt has failed: a healthy step leaves no
# trace in /tmp.
shim_apt_prepare() {
	[ "$SHIM_APT_READY" = no ] || return 0
	SHIM_APT_READY=yes
	step_make_folder
	apt_begin mirrors
}

# shim_apt_judge STATUS: sets the finding.
shim_apt_judge() {
	shim_apt_prepare
	if shim_apt__is_own; then
		finding_set build-command-failed && finding_decide stop "$1"
	elif [ "$1" -ne 124 ]; then
		apt_judge
	fi
}

# shim_apt__is_own: the user's own failures: a package that cannot be configured must not be installed again, and one
# that is in no list is in none of a mirror either. A message may follow a line of stdout that has not ended yet.
shim_apt__is_own() {
	grep -q -E -e 'E: (Sub-process .*dpkg.* returned an error code|Unable to (locate|correct))' \
		-e "E: (Version .* was not found|Couldn't find any|Package .* has no installation candidate)" "$LADDER_TEXT"
}

# shim_apt_probe SOURCE: before the sources have been read, nothing is asked.
shim_apt_probe() { [ "$SHIM_APT_READY" = no ] || apt_probe "$1"; }
