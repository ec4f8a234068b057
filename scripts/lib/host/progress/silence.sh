# Silence: the seconds since a build last printed anything while it neither moved bytes nor computed. If nothing but RUN
# steps is open and their processes are found, these alone count; otherwise the builder's engine and the RUN steps of
# all builds do, and other builds may hide the silence.
# Settings: SEAWALL_MIN_SPEED.
# shellcheck shell=sh

# silence_begin: starts the measurement of silence; SILENCE_SECONDS is 0.
silence_begin() { SILENCE_SINCE='' SILENCE_SECONDS=0 SILENCE_SIZE='' SILENCE_CPU=0 SILENCE_BYTES=0 SILENCE_OF=''; }

# silence_look FILE KIND BEGUN: to be called about once a second. FILE has the output of the build, KIND is the line of
# stall.awk, BEGUN the time at which the build began (clock_uptime). Sets SILENCE_SECONDS, and SILENCE_OF to the
# processes that count, `all` for those of all builds.
silence_look() {
	local size now
	size=$(wc -c 2>/dev/null <"$1") now=$(clock_uptime)
	if silence__is_active "$2" "$3" || [ "$size" != "$SILENCE_SIZE" ] || [ -z "$SILENCE_SINCE" ]; then
		SILENCE_SINCE=$now
	fi
	SILENCE_SIZE=$size SILENCE_SECONDS=$((now - SILENCE_SINCE))
}

# silence_awaits_network KIND BEGUN: whether one of the processes that count waits for an answer over the network.
silence_awaits_network() {
	if [ "$SILENCE_OF" = all ]; then engine_io_awaits_network "$1" "$2"; else engine_steps_await_network; fi
}

# silence__is_active KIND BEGUN: whether the processes that count computed or moved bytes since the last look. A process
# that has ended makes a counter smaller; the counters of other processes cannot be compared.
silence__is_active() {
	local cpu bytes of
	cpu=$SILENCE_CPU bytes=$SILENCE_BYTES of=$SILENCE_OF SILENCE_OF=all
	case $1 in 'run|'*) ! engine_steps_find "${1#*'|'}" "$2" || SILENCE_OF=$ENGINE_STEPS_FIRST ;; esac
	if [ "$SILENCE_OF" = all ]; then
		silence__measure_all
		set -- no "$ENGINE_IO_BUSY" $((2 * (SEAWALL_MIN_SPEED + ENGINE_IO_IDLE_BYTES)))
	else
		silence__measure_own
		set -- "$ENGINE_STEPS_WAIT" "$ENGINE_STEPS_BUSY" "$SEAWALL_MIN_SPEED"
	fi
	[ "$SILENCE_OF" = "$of" ] || return 1
	[ "$1" = yes ] || [ "$SILENCE_CPU" -lt "$cpu" ] || [ $((SILENCE_CPU - cpu)) -ge "$2" ] ||
		engine_io_exceeds $((SILENCE_BYTES - bytes)) "$3"
}

silence__measure_all() {
	engine_io_sample
	engine_io_sample_cpu
	SILENCE_CPU=$ENGINE_IO_CPU SILENCE_BYTES=$((ENGINE_IO_READ + ENGINE_IO_WRITTEN))
}

silence__measure_own() {
	engine_steps_sample
	SILENCE_CPU=$ENGINE_STEPS_CPU SILENCE_BYTES=$ENGINE_STEPS_BYTES
}
