# History: what a builder itself remembers of a build whose output is not to be had: that of a terminal, a quiet one, raw JSON.
# Right also among builds side by side: each has a folder of buildx's own in which only its record is written down.
# Works in SCRATCH. BUILD_PROGRESS: the file that gets the plain progress.
# shellcheck shell=sh

# history_begin: sets BUILD_REFS, and BUILDX_CONFIG to a folder that is buildx's own but for the records; nothing where the
# output itself tells.
history_begin() {
	local file
	BUILD_REFS=''
	[ "$BUILD_PROGRESS" != "$SCRATCH/output" ] || return 0
	HISTORY_HOME=${HISTORY_HOME:-${BUILDX_CONFIG:-${DOCKER_CONFIG:-${HOME:-/root}/.docker}/buildx}}
	rm -rf "$SCRATCH/buildx" && mkdir -p "$SCRATCH/buildx/refs" && mkdir -p "$HISTORY_HOME" 2>/dev/null || return 0
	set +f
	set -- "$HISTORY_HOME"/* "$HISTORY_HOME"/.[!.]*
	set -f
	for file in "$@"; do
		[ "${file##*/}" = refs ] || [ ! -e "$file" ] || ln -s "$file" "$SCRATCH/buildx/${file##*/}"
	done
	: >"$BUILD_PROGRESS"
	BUILD_REFS=$SCRATCH/buildx/refs
	export BUILDX_CONFIG="$SCRATCH/buildx"
}

# history_end STATUS [EVENTS]: the records go where buildx has them. Of a failure the builder's word is kept in BUILD_PROGRESS, and
# where steps have something to tell.
history_end() {
	local status events record folder
	[ -n "$BUILD_REFS" ] || return 0
	status=$1 events=${2:-}
	set +f
	set -- "$BUILD_REFS"/*/*/*
	set -f
	for record in "$@"; do
		[ -f "$record" ] || continue
		! history__is_wanted "$status" "$events" || docker buildx history logs "${record##*/}" >"$BUILD_PROGRESS" 2>&1 || :
		folder=$HISTORY_HOME/refs/${record#"$BUILD_REFS"/}
		mkdir -p "${folder%/*}" && cp "$record" "$folder" || :
	done 2>/dev/null
	# What buildx makes on its first use.
	[ -e "$HISTORY_HOME/.buildNodeID" ] || cp "$SCRATCH/buildx/.buildNodeID" "$HISTORY_HOME/" 2>/dev/null || :
	export BUILDX_CONFIG="$HISTORY_HOME"
}

# A build that stood still has told why already (stall.sh).
history__is_wanted() { [ -n "$2" ] || { [ "$1" -ne 0 ] && [ ! -f "$SCRATCH/stalled" ]; }; }

# history_failing_step: the step that has an error, and what it said.
history_failing_step() {
	LC_ALL=C awk '
		{ number = $1; said[number] = said[number] $0 "\n" }
		/^#[0-9]+ ERROR: / { failed[number] = 1 }
		END { for (number in failed) printf "%s", said[number] }
	' "$BUILD_PROGRESS"
}
