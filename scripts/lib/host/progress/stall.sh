# Room progress: Is a running build making progress, and what did it print?
# Face: stall_* history_*
# Stall: notices a build that waits for a layer, or for a registry's answer, and gets nothing. A builder would wait for ever,
# and so would every build that needs the layer and joins in; the builds of the kit let go of it together.
# A builder tells of a layer in steps of 4 MiB (BuildKit 0.25), so what its engine reads counts too.
# A build that is silent in any other way is ended too.
# SEAWALL_LIB names the folder of stall.awk. Works in SCRATCH. Settings: SEAWALL_STALL, SEAWALL_SILENCE.
# shellcheck shell=sh

# stall_begin FILE SECONDS: watches the progress in FILE, and ends the attempt that runs when it stands still so long. Where
# BUILD_REFS is set, FILE is written here, with what `docker buildx history` says.
stall_begin() {
	STALL_FOLDER=$(state_folder stalled)
	rm -f "$SCRATCH/stalled" "$SCRATCH/stalled.cache"
	exit_at_end stall_end
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
	(set +f && rm -f "${STALL_FOLDER:-$SCRATCH}"/*."$$")
}

stall__watch() {
	local stands begun limit
	begun=$(clock_uptime) limit=$2 STALL_BEGUN=$(clock_now) STALL_SEEN='' STALL_FOLLOWER=''
	trap 'stall__end_follower; exit 0' TERM
	engine_io_find
	# Without what the engine reads, a slow layer looks like one that stands still.
	[ -n "$ENGINE_READS_FROM" ] || limit=$SEAWALL_SILENCE
	engine_io_silence_begin
	while clock_sleep 1 && [ -f "$SCRATCH/watching" ] && process_main_lives; do
		[ -z "${BUILD_REFS:-}" ] || stall__follow "$1" $(($(clock_uptime) - begun))
		stands=$(tail -c 200000 "$1" 2>/dev/null | LC_ALL=C awk -f "$SEAWALL_LIB/host/progress/stall.awk") || :
		case $stands in
			pull*) stall__look "$stands" "$limit" ;;
			cache*) stall__look "$stands" "$(stall__cache_limit "$limit")" ;;
			*) STALL_SEEN='' && engine_io_silence_look "$1" && stall__end_silent ;;
		esac
	done
}

# A build can always do without a cache.
stall__cache_limit() { if [ -n "$ENGINE_READS_FROM" ] && [ "$SEAWALL_STALL" -lt "$1" ]; then printf '%s\n' "$SEAWALL_STALL"; else printf '%s\n' "$1"; fi; }

# stall__look STANDS SECONDS
stall__look() {
	engine_io_silence_begin
	stall__hold "$1"
	engine_io_sample
	if stall__is_given_up "$1"; then
		stall__tell "$1" "$2"
	elif [ "$1" != "$STALL_SEEN" ] || engine_io_more "$STALL_BYTES" "$STALL_RECEIVED" $(($(clock_uptime) - STALL_SINCE + 1)); then
		STALL_SEEN=$1 STALL_SINCE=$(clock_uptime) STALL_BYTES=$ENGINE_READS STALL_RECEIVED=$ENGINE_RECEIVES
	elif [ $(($(clock_uptime) - STALL_SINCE)) -ge "$2" ]; then
		stall__tell "$1" "$2"
	fi
}

# Where nothing can be seen of the engine, it shows by another build whether it works.
stall__end_silent() {
	[ "$SILENCE_SECONDS" -ge "$SEAWALL_SILENCE" ] || return 0
	if [ -z "$ENGINE_READS_FROM" ] && recovery_builds; then engine_io_silence_begin && return; fi
	printf 'silent for %s s\n' "$SILENCE_SECONDS" >"$SCRATCH/ended.ask"
}

# After a second: many builds are over by then, and cost nothing.
stall__follow() {
	local file record
	[ "$2" -ge 1 ] && [ -z "$STALL_FOLLOWER" ] || return 0
	file=$1
	set +f
	set -- "$BUILD_REFS"/*/*/*
	set -f
	for record in "$@"; do
		[ -f "$record" ] || return 0
		docker buildx history logs "${record##*/}" >"$file" 2>&1 &
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
	process_note "$$"
	for layer in $(stall__layers "$1"); do printf '%s\n' "$PROCESS_NOTE" >"$STALL_FOLDER/$layer.$$"; done 2>/dev/null
}

# mksh takes a bare | in a pattern for an alternative.
stall__layers() { printf '%s\n' "${1##*'|'}" | tr ' ' '\n' | sed -n 's/^sha256:\([0-9a-f]*\)=.*/\1/p'; }

# Whether another build has given up a layer of this one since it began.
stall__is_given_up() {
	local layer moment
	for layer in $(stall__layers "$1"); do
		{ read -r moment <"$STALL_FOLDER/$layer"; } 2>/dev/null || continue
		state_is_moment "$moment" "$(clock_now)" && [ "$moment" -ge "$STALL_BEGUN" ] && return 0
	done
	return 1
}

# stall__tell STANDS SECONDS
stall__tell() {
	local layer whose
	for layer in $(stall__layers "$1"); do clock_now >"$STALL_FOLDER/$layer"; done 2>/dev/null
	stall__layers "$1" >"$SCRATCH/stalled"
	case $1 in cache*) whose='a cache' && : >"$SCRATCH/stalled.cache" ;; *) whose='an image' ;; esac
	printf '%s\n' "$1" | tr '|' '\n' | sed -n "s/^\(\[\|importing\)/$whose: i\/o timeout: no byte came: &/p" >"$SCRATCH/stalled.why"
	printf 'no byte of %s for %s s\n' "$whose" "$2" >"$SCRATCH/ended.ask"
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
	local layer file space pid start
	while read -r layer; do
		set +f
		set -- "$STALL_FOLDER/$layer".*
		set -f
		for file in "$@"; do
			[ "$file" != "$STALL_FOLDER/$layer.$$" ] && { read -r space pid start <"$file"; } 2>/dev/null || continue
			process_is_gone "$space" "$pid" "$start" || return 0
		done
	done <"$SCRATCH/stalled"
	return 1
}
