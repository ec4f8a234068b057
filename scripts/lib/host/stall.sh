# Stall: notices a build that waits for a layer, or for a registry's answer, and gets nothing. A builder would wait for ever,
# and so would every build that needs the layer and joins in; the builds of the kit let go of it together.
# A builder tells of a layer in steps of 4 MiB (BuildKit 0.25), so what its engine reads counts too.
# Needs log.sh, clock.sh, state.sh, attempt.sh and engine-reads.sh; SEAWALL_LIB names the folder of stall.awk. Works in SCRATCH.
# shellcheck shell=sh

# stall_begin FILE SECONDS: watches the progress in FILE, and ends the attempt that runs when it stands still so long. Where
# BUILD_REFS is set, FILE is written here, with what `docker buildx history` says.
stall_begin() {
	STALL_FOLDER=$(state_folder stalled)
	rm -f "$SCRATCH/stalled"
	: >"$SCRATCH/watching"
	stall__watch "$1" "$2" &
	STALL_WATCH=$!
}

# A signal can be lost on a process that has just begun (mksh); then the file ends it.
stall_end() {
	[ -n "${STALL_WATCH:-}" ] || return 0
	rm -f "$SCRATCH/watching"
	{ kill "$STALL_WATCH" || :; } 2>/dev/null
	wait "$STALL_WATCH" 2>/dev/null || :
	STALL_WATCH=''
	rm -f "${STALL_FOLDER:-$SCRATCH}"/*."$$"
}

stall__watch() {
	local stands seen since begun bytes received limit
	seen='' since=0 bytes=0 received=0 begun=$(clock_now) limit=$2 STALL_FOLLOWER=''
	trap 'stall__end_follower; exit 0' TERM
	engine_reads_find
	# Without what the engine reads, a slow layer looks like one that stands still.
	[ -n "$ENGINE_READS_FROM" ] || limit=$SEAWALL_SILENCE
	while clock_sleep 1 && [ -f "$SCRATCH/watching" ]; do
		[ -z "${BUILD_REFS:-}" ] || stall__follow "$1" $(($(clock_now) - begun))
		stands=$(tail -c 200000 "$1" 2>/dev/null | LC_ALL=C awk -f "$SEAWALL_LIB/host/stall.awk") || :
		case $stands in pull*) ;; *) seen='' && continue ;; esac
		stall__hold "$stands"
		engine_reads_sample
		if stall__is_given_up "$stands" "$begun"; then
			stall__tell "$stands" "$limit"
		elif [ "$stands" != "$seen" ] || engine_reads_more "$bytes" "$received" $(($(clock_now) - since + 1)); then
			seen=$stands since=$(clock_now) bytes=$ENGINE_READS received=$ENGINE_RECEIVES
		elif [ $(($(clock_now) - since)) -ge "$limit" ]; then
			stall__tell "$stands" "$limit"
		fi
	done
}

# After a second: many builds are over by then, and cost nothing.
stall__follow() {
	local record
	[ "$2" -ge 1 ] && [ -z "$STALL_FOLLOWER" ] || return 0
	for record in "$BUILD_REFS"/*/*/*; do
		[ -f "$record" ] || return 0
		docker buildx history logs "${record##*/}" >"$1" 2>&1 &
		STALL_FOLLOWER=$!
	done
}

stall__end_follower() {
	[ -z "$STALL_FOLLOWER" ] || { kill "$STALL_FOLLOWER" || :; } 2>/dev/null
	[ -z "${CLOCK_SLEEPER:-}" ] || { kill "$CLOCK_SLEEPER" || :; } 2>/dev/null
}

# Which layers this build waits for, for the others to see.
stall__hold() {
	local layer
	for layer in $(stall__layers "$1"); do : >"$STALL_FOLDER/$layer.$$"; done 2>/dev/null
}

stall__layers() { printf '%s\n' "${1##*|}" | tr ' ' '\n' | sed -n 's/^sha256:\([0-9a-f]*\)=.*/\1/p'; }

# Whether another build has given up a layer of this one since it began.
stall__is_given_up() {
	local layer
	for layer in $(stall__layers "$1"); do
		[ -f "$STALL_FOLDER/$layer" ] && [ "$(cat "$STALL_FOLDER/$layer")" -ge "$2" ] && return 0
	done 2>/dev/null
	return 1
}

# stall__tell STANDS SECONDS
stall__tell() {
	local layer
	for layer in $(stall__layers "$1"); do clock_now >"$STALL_FOLDER/$layer"; done 2>/dev/null
	stall__layers "$1" >"$SCRATCH/stalled"
	printf '%s\n' "$1" | tr '|' '\n' | sed -n 's/^\(\[.*\)/i\/o timeout: no byte came: \1/p' >"$SCRATCH/stalled.why"
	printf 'no byte of an image for %s s\n' "$2" >"$SCRATCH/ended.ask"
}

# stall_await_others: other builds of the kit let go of the same layers within a second or two; until then a new fetch would
# join theirs. Who still holds a layer afterwards is not ours.
stall_await_others() {
	local layer tenths
	tenths=0
	while [ "$tenths" -lt 40 ] && stall__others; do clock_sleep 0.1 && tenths=$((tenths + 1)); done
	while read -r layer; do
		case " ${STALL_BEFORE:-} " in
			*" $layer "*) log_warn "layer sha256:$layer stands still again: another client of this builder may hold its fetch, end that build or pull" ;;
		esac
		STALL_BEFORE="${STALL_BEFORE:-} $layer"
	done <"$SCRATCH/stalled"
}

stall__others() {
	local layer file
	while read -r layer; do
		for file in "$STALL_FOLDER/$layer".*; do
			[ "$file" = "$STALL_FOLDER/$layer.$$" ] || ! kill -s 0 "${file##*.}" 2>/dev/null || return 0
		done
	done <"$SCRATCH/stalled"
	return 1
}
