# Room progress: Is a running build making progress, and what did it print?
# Face: stall_* history_*
# Stall: ends a build that waits for a layer or a registry without receiving bytes, and a build that is silent while it
# waits for the network or for its builder. A builder itself waits without limit, and so does each build that needs the
# same layer. A builder reports a layer's bytes in steps of 4 MiB (BuildKit 0.25), so the engine's own counters are
# read, too.
# Works in SCRATCH: watching exists while a build is watched, `stalled` lists the stalled layers, stalled.why has the
# message, stalled.cache exists if they come from a cache. Settings: SEAWALL_STALL, SEAWALL_SILENCE.
# shellcheck shell=sh

# Seconds for one step of 4 MiB in a layer's progress: 14 kB/s.
STALL_SLOW_SECONDS=300

# stall_begin FILE SECONDS: watches the plain progress in FILE in the background, and ends the running attempt after
# SECONDS without a byte. If HISTORY_REFS is set, FILE is filled from `docker buildx history` meanwhile.
stall_begin() {
	stall_layers_begin
	rm -f "$SCRATCH/stalled" "$SCRATCH/stalled.cache"
	exit_at_end stall_end
	: >"$SCRATCH/watching"
	stall__watch "$1" "$2" &
	STALL_WATCH=$!
}

# stall_end: ends the watch. Both by signal and by file: a signal can be lost on a process that has just started (mksh).
stall_end() {
	[ -n "${STALL_WATCH:-}" ] || return 0
	rm -f "$SCRATCH/watching"
	{ kill "$STALL_WATCH" || :; } 2>/dev/null
	wait "$STALL_WATCH" 2>/dev/null || :
	STALL_WATCH=''
	stall_layers_drop
}

# stall__watch FILE SECONDS: without the engine's counters a slow layer looks like a stalled one, so the limit is
# SEAWALL_SILENCE then.
stall__watch() {
	local position begun limit
	begun=$(clock_uptime) limit=$2 STALL_BEGUN=$(clock_now) STALL_SEEN='' STALL_FOLLOWERS=''
	trap 'stall__end_followers; exit 0' TERM
	engine_io_find
	[ -n "$ENGINE_IO_PROCESSES" ] || limit=$SEAWALL_SILENCE
	silence_begin
	pip_retry_begin
	while clock_sleep 1 && [ -f "$SCRATCH/watching" ] && process_main_lives; do
		[ -z "${HISTORY_REFS:-}" ] || stall__follow $(($(clock_uptime) - begun))
		position=$(tail -c 200000 "$1" 2>/dev/null | LC_ALL=C awk -f "$SEAWALL_LIB/host/progress/stall.awk") || :
		case $position in
			pull*) stall__look "$position" "$limit" ;;
			cache*) stall__look "$position" "$(stall__cache_limit "$limit")" ;;
			*)
				STALL_SEEN=''
				silence_look "$1" "$position" "$begun"
				pip_retry_look "$1" "$position"
				stall__end_silent "$position" "$begun"
				;;
		esac
	done
}

# stall__cache_limit SECONDS: prints the limit for a cached layer; SEAWALL_STALL if shorter, because a build can always
# do without a cache.
stall__cache_limit() {
	if [ -n "$ENGINE_IO_PROCESSES" ]; then values_min "$1" "$SEAWALL_STALL"; else printf '%s\n' "$1"; fi
}

# stall__look POSITION SECONDS: POSITION is the line of stall.awk. Ends the attempt if another build gave up the same
# layer, or after SECONDS without a change of the line and without traffic of the engine. Other builds of the engine may
# hide a stall; if another place is left, a line that stays the same for STALL_SLOW_SECONDS ends the attempt, too.
stall__look() {
	local now seconds
	now=$(clock_uptime)
	seconds=$((now - ${STALL_SINCE:-$now}))
	silence_begin
	stall_layers_hold "$1"
	engine_io_sample
	if stall_layers_are_given_up "$1" "$STALL_BEGUN" || stall__is_slow "$1" "$now" "$2"; then
		stall__give_up "$1" "$2"
	elif [ "$1" != "$STALL_SEEN" ] || engine_io_has_moved \
		"$STALL_READ" "$STALL_RECEIVED" $((seconds + 1)) "$(stall_layers_builds "$1")"; then
		[ "$1" = "$STALL_SEEN" ] || STALL_CHANGED=$now
		STALL_SEEN=$1 STALL_SINCE=$now STALL_READ=$ENGINE_IO_READ STALL_RECEIVED=$ENGINE_IO_RECEIVED
	elif [ "$seconds" -ge "$2" ]; then
		stall__give_up "$1" "$2"
	fi
}

# stall__is_slow POSITION NOW SECONDS: whether the line is the same for STALL_SLOW_SECONDS and another place is left.
stall__is_slow() {
	[ "$1" = "$STALL_SEEN" ] && [ "$3" -lt "$SEAWALL_SILENCE" ] && [ $(($2 - STALL_CHANGED)) -ge "$STALL_SLOW_SECONDS" ]
}

# stall__end_silent KIND BEGUN: ends an attempt that was silent for SEAWALL_SILENCE if it waits for an answer over the
# network, or if the builder does not answer (an empty build fails). A step that waits for a timer or a lock is healthy.
stall__end_silent() {
	[ "$SILENCE_SECONDS" -ge "$SEAWALL_SILENCE" ] || return 0
	if silence_awaits_network "$1" "$2" || ! recovery_builds; then
		printf 'silent for %s s\n' "$SILENCE_SECONDS" >"$SCRATCH/ended.ask"
	else
		silence_begin
	fi
}

# stall__follow SECONDS: follows the log in buildx's history. Starts after a second: many builds are over by then.
stall__follow() {
	[ "$1" -ge 1 ] || return 0
	[ -n "$STALL_FOLLOWERS" ] || { history_follow && STALL_FOLLOWERS=$HISTORY_FOLLOWERS; }
	[ -z "$STALL_FOLLOWERS" ] || history_join
}

# stall__end_followers: ends them within two seconds. One that lives on would write its files again, in a scratch folder
# that is gone.
stall__end_followers() {
	local follower tenths
	# shellcheck disable=SC2086 # process ids
	[ -z "$STALL_FOLLOWERS" ] || { kill $STALL_FOLLOWERS || :; } 2>/dev/null
	clock_end_sleep
	tenths=0
	for follower in $STALL_FOLLOWERS; do
		while [ "$tenths" -lt 20 ] && process_lives "$follower" -; do
			clock_sleep 0.1 || :
			tenths=$((tenths + 1))
		done
	done
}

# stall__give_up POSITION SECONDS: records the stalled layers, for the cause of the failure and for other builds, and
# ends the attempt.
stall__give_up() {
	local source
	stall_layers_give_up "$1"
	stall_layers_of "$1" >"$SCRATCH/stalled"
	source='an image'
	case $1 in
		cache*)
			source='a cache'
			: >"$SCRATCH/stalled.cache"
			;;
	esac
	printf '%s\n' "$1" | tr '|' '\n' |
		sed -e '1d' -e '$d' -e "s/^/$source: i\/o timeout: no byte came: /" >"$SCRATCH/stalled.why"
	printf 'no byte of %s for %s s\n' "$source" "$2" >"$SCRATCH/ended.ask"
}
