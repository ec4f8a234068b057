# Silence: the seconds since a build last printed anything while its engine neither moved bytes nor computed.
# Settings: SEAWALL_MIN_SPEED.
# shellcheck shell=sh

# silence_begin: starts the measurement of silence; SILENCE_SECONDS is 0.
silence_begin() { SILENCE_SINCE='' SILENCE_SECONDS=0 SILENCE_SIZE='' SILENCE_CPU=0 SILENCE_BYTES=0; }

# silence_look FILE: to be called about once a second; FILE has the output of the build. Sets SILENCE_SECONDS.
silence_look() {
	local size now
	size=$(wc -c 2>/dev/null <"$1") now=$(clock_uptime)
	if [ "$size" != "$SILENCE_SIZE" ] || silence__is_active || [ -z "$SILENCE_SINCE" ]; then SILENCE_SINCE=$now; fi
	SILENCE_SIZE=$size SILENCE_SECONDS=$((now - SILENCE_SINCE))
}

# silence__is_active: whether the engines computed or moved bytes since the last look; false at the first one.
silence__is_active() {
	local cpu bytes
	cpu=$SILENCE_CPU bytes=$SILENCE_BYTES
	engine_io_sample
	engine_io_sample_cpu
	SILENCE_CPU=$ENGINE_IO_CPU SILENCE_BYTES=$((ENGINE_IO_READ + ENGINE_IO_WRITTEN))
	[ "$SILENCE_CPU" -lt "$cpu" ] || [ $((SILENCE_CPU - cpu)) -ge "$ENGINE_IO_BUSY" ] ||
		engine_io_exceeds $((SILENCE_BYTES - bytes)) $((2 * (SEAWALL_MIN_SPEED + ENGINE_IO_IDLE_BYTES)))
}
