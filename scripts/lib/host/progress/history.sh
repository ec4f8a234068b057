# History: fetches the plain log of a build from `docker buildx history` if the kit cannot capture it (terminal,
# --quiet, rawjson). Safe with concurrent builds: each has its own folder for buildx's records. Works in SCRATCH.
# shellcheck shell=sh

# Not taken from the environment.
HISTORY_FILE=/dev/null

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
	local record
	[ -n "$HISTORY_REFS" ] || return 0
	if history__is_needed "$1" "${2:-}"; then
		history_follow
		# shellcheck disable=SC2086 # process ids
		wait $HISTORY_FOLLOWERS 2>/dev/null || :
		history_join whole
	fi
	set +f
	set -- "$HISTORY_REFS"/*/*/* "$HISTORY_REFS"/__group__/*
	set -f
	for record in "$@"; do
		[ -f "$record" ] || continue
		set -- "$HISTORY_HOME/refs/${record#"$HISTORY_REFS"/}"
		mkdir -p "${1%/*}" && cp "$record" "$1" || :
	done 2>/dev/null
	# buildx creates this file on its first use.
	[ -e "$HISTORY_HOME/.buildNodeID" ] || cp "$SCRATCH/buildx/.buildNodeID" "$HISTORY_HOME/" 2>/dev/null || :
	export BUILDX_CONFIG="$HISTORY_HOME"
}

# history_follow: begins to write the log of each record to SCRATCH/history.N; a bake has a record for each target. Sets
# HISTORY_FOLLOWERS to the processes, which end with the build; empty if there is no record yet.
history_follow() {
	local record number
	HISTORY_FOLLOWERS='' number=0
	set +f
	rm -f "$SCRATCH"/history.*
	set -- "$HISTORY_REFS"/*/*/*
	set -f
	for record in "$@"; do
		[ -f "$record" ] || return 0
		docker buildx history logs "${record##*/}" >"$SCRATCH/history.$number" 2>&1 &
		HISTORY_FOLLOWERS="$HISTORY_FOLLOWERS $!"
		number=$((number + 1))
	done
}

# history_join [whole]: writes the logs to the file, their last 200000 bytes or all. Each has its own numbers of steps,
# so those of the second and later ones get others.
history_join() {
	local file number
	number=0
	while [ -f "$SCRATCH/history.$number" ]; do
		file=$SCRATCH/history.$number
		{ if [ "${1:-}" = whole ]; then cat "$file"; else tail -c 200000 "$file"; fi; } |
			if [ "$number" -eq 0 ]; then cat; else LC_ALL=C sed "s/^#\([0-9]\)/#${number}000\1/"; fi
		number=$((number + 1))
	done >"$SCRATCH/history"
	mv "$SCRATCH/history" "$HISTORY_FILE"
}

# history_print_log TARGET FOLDER: prints the log of this target of a bake, as history_follow has written it to FOLDER.
history_print_log() {
	local target folder record number
	target=$1 folder=$2 number=0
	set +f
	set -- "$HISTORY_REFS"/*/*/*
	set -f
	for record in "$@"; do
		! grep -q -F "\"Target\":\"$target\"" "$record" 2>/dev/null || cat "$folder/history.$number" 2>/dev/null || :
		number=$((number + 1))
	done
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
