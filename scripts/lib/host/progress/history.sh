# History: fetches the plain log of a build from `docker buildx history` if we have no copy of it (terminal, --quiet,
# rawjson). Safe with concurrent builds: each has a configuration folder of its own, with its own records only. Works in
# SCRATCH. HISTORY_REFS: the folder of this build's records, empty if the log is not needed.
# shellcheck shell=sh

# history_begin FILE: FILE will get the plain log. Sets HISTORY_REFS, and BUILDX_CONFIG to a copy of buildx's folder
# without records. Does nothing if FILE is our copy of the output.
history_begin() {
	local file
	HISTORY_REFS='' HISTORY_FILE=$1
	[ "$1" != "$SCRATCH/output" ] || return 0
	HISTORY_HOME=${HISTORY_HOME:-${BUILDX_CONFIG:-${DOCKER_CONFIG:-${HOME:-/root}/.docker}/buildx}}
	rm -rf "$SCRATCH/buildx" && mkdir -p "$SCRATCH/buildx/refs" && mkdir -p "$HISTORY_HOME" 2>/dev/null || return 0
	set +f
	set -- "$HISTORY_HOME"/* "$HISTORY_HOME"/.[!.]*
	set -f
	for file in "$@"; do
		[ "${file##*/}" = refs ] || [ ! -e "$file" ] || ln -s "$file" "$SCRATCH/buildx/${file##*/}"
	done
	: >"$HISTORY_FILE"
	HISTORY_REFS=$SCRATCH/buildx/refs
	export BUILDX_CONFIG="$SCRATCH/buildx"
}

# history_end STATUS: moves the records to buildx's own folder. Fetches the log of a failed build, and of any build
# whose steps may have printed events.
history_end() {
	local status record folder
	[ -n "$HISTORY_REFS" ] || return 0
	status=$1
	set +f
	set -- "$HISTORY_REFS"/*/*/*
	set -f
	for record in "$@"; do
		[ -f "$record" ] || continue
		! history__is_wanted "$status" || docker buildx history logs "${record##*/}" >"$HISTORY_FILE" 2>&1 || :
		folder=$HISTORY_HOME/refs/${record#"$HISTORY_REFS"/}
		mkdir -p "${folder%/*}" && cp "$record" "$folder" || :
	done 2>/dev/null
	# buildx makes this file on its first use.
	[ -e "$HISTORY_HOME/.buildNodeID" ] || cp "$SCRATCH/buildx/.buildNodeID" "$HISTORY_HOME/" 2>/dev/null || :
	export BUILDX_CONFIG="$HISTORY_HOME"
}

# For a stalled build stall.sh has the log already.
history__is_wanted() { [ -s "$SCRATCH/secrets" ] || { [ "$1" -ne 0 ] && [ ! -f "$SCRATCH/stalled" ]; }; }

# history_failing_step: prints the lines of each step with an error.
history_failing_step() {
	LC_ALL=C awk '
		{ number = $1; said[number] = said[number] $0 "\n" }
		/^#[0-9]+ ERROR: / { failed[number] = 1 }
		END { for (number in failed) printf "%s", said[number] }
	' "$HISTORY_FILE"
}
