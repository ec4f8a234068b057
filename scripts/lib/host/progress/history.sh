# History: fetches the plain log of a build from `docker buildx history` if the kit cannot capture it (terminal,
# --quiet, rawjson). Safe with concurrent builds: each has its own folder for buildx's records. Works in SCRATCH.
# shellcheck shell=sh

# history_begin FILE: FILE will get the plain log. Sets HISTORY_REFS to the folder for the build's record, and
# BUILDX_CONFIG to a copy of buildx's folder with links for everything but the records. HISTORY_REFS is empty if FILE is
# our copy of the output.
history_begin() {
	local file
	HISTORY_REFS='' HISTORY_FILE=$1
	[ "$1" != "$SCRATCH/output" ] || return 0
	HISTORY_HOME=${HISTORY_HOME:-${BUILDX_CONFIG:-$(docker_config_folder)/buildx}}
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

# history_end STATUS [EVENTS]: moves the records to buildx's own folder. Writes the log to the file if the build
# failed or its RUN steps may have printed events (EVENTS is not empty).
history_end() {
	local status events record folder
	[ -n "$HISTORY_REFS" ] || return 0
	status=$1 events=${2:-}
	set +f
	set -- "$HISTORY_REFS"/*/*/*
	set -f
	for record in "$@"; do
		[ -f "$record" ] || continue
		! history__is_needed "$status" "$events" ||
			docker buildx history logs "${record##*/}" >"$HISTORY_FILE" 2>&1 || :
		folder=$HISTORY_HOME/refs/${record#"$HISTORY_REFS"/}
		mkdir -p "${folder%/*}" && cp "$record" "$folder" || :
	done 2>/dev/null
	# buildx creates this file on its first use.
	[ -e "$HISTORY_HOME/.buildNodeID" ] || cp "$SCRATCH/buildx/.buildNodeID" "$HISTORY_HOME/" 2>/dev/null || :
	export BUILDX_CONFIG="$HISTORY_HOME"
}

# history__is_needed STATUS EVENTS: not for a stalled build, whose cause is known (stall.sh).
history__is_needed() { [ -n "$2" ] || { [ "$1" -ne 0 ] && [ ! -f "$SCRATCH/stalled" ]; }; }

# history_failing_step: prints the lines of the log that belong to a step with an error.
history_failing_step() {
	LC_ALL=C awk '
		{ number = $1; said[number] = said[number] $0 "\n" }
		/^#[0-9]+ ERROR: / { failed[number] = 1 }
		END { for (number in failed) printf "%s", said[number] }
	' "$HISTORY_FILE"
}
