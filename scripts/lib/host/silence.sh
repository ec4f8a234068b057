# Silence: for how long a build has said nothing while its engine moved no bytes and neither it nor a step computed. A quiet
# compiler is no silent build.
# Needs clock.sh, watch.sh and engine-reads.sh. Settings: SEAWALL_MIN_SPEED.
# shellcheck shell=sh

silence_begin() { SILENCE_SINCE='' SILENCE_SECONDS=0 SILENCE_SIZE='' SILENCE_WORK=0 SILENCE_MOVES=0; }

# silence_look FILE: about once a second, FILE has what the build says. Sets SILENCE_SECONDS.
silence_look() {
	local size now
	size=$(wc -c 2>/dev/null <"$1") now=$(clock_uptime)
	if [ "$size" != "$SILENCE_SIZE" ] || silence__is_work || [ -z "$SILENCE_SINCE" ]; then SILENCE_SINCE=$now; fi
	SILENCE_SIZE=$size SILENCE_SECONDS=$((now - SILENCE_SINCE))
}

# What one look sees is compared with the one before; the first sees no work.
silence__is_work() {
	local work moves
	work=$SILENCE_WORK moves=$SILENCE_MOVES
	silence__sample
	[ "$SILENCE_WORK" -lt "$work" ] || [ $((SILENCE_WORK - work)) -ge "$WATCH_BUSY" ] || [ "$SILENCE_MOVES" -lt "$moves" ] ||
		[ $((SILENCE_MOVES - moves)) -gt $((2 * (SEAWALL_MIN_SPEED + ENGINE_TALK))) ]
}

silence__sample() {
	engine_reads_sample
	engine_work_sample
	SILENCE_WORK=$ENGINE_WORK SILENCE_MOVES=$((ENGINE_READS + ENGINE_WRITES))
}
