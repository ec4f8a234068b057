# Pip-retry: ends the first attempt of a build while pip in one of its RUN steps repeats requests to an index that
# fails, or waits for it, and another index is left. pip takes 8 s to give up where connections are refused, 98 s where
# nothing answers, and five times what Retry-After says; the step is woven then, and asks each index once.
# Settings: SEAWALL_PYPI_INDEXES, SEAWALL_WEAVE.
# shellcheck shell=sh

# Seconds after which a quiet pip waits for its index, which takes less than one to answer.
PIP_RETRY_SECONDS=8

# pip_retry_begin: a later attempt is left alone: it runs without the kit if the step cannot be woven.
pip_retry_begin() {
	PIP_RETRY_WATCHED=no
	case ${SEAWALL_PYPI_INDEXES:-} in *?' '?*) ;; *) return 0 ;; esac
	[ "${SEAWALL_WEAVE:-off}:${LADDER_ATTEMPT:-0}" = auto:1 ] && ! weave_is_on || return 0
	PIP_RETRY_WATCHED=yes
}

# pip_retry_look FILE POSITION: to be called after silence_look; FILE has the plain progress, POSITION is the line of
# stall.awk. Writes the reason to SCRATCH/ended.ask, and makes SCRATCH/pip-retry. A wait is known of the processes of
# this build's steps alone.
pip_retry_look() {
	local doing
	case $PIP_RETRY_WATCHED:$2 in yes:run*) ;; *) return 0 ;; esac
	doing=$(tail -c 200000 "$1" 2>/dev/null | LC_ALL=C awk -f "$SEAWALL_LIB/host/progress/pip-retry.awk") || :
	case $doing in
		repeats*) doing="repeats its requests, another index is left: ${doing#repeats }" ;;
		waits)
			[ "$SILENCE_SECONDS" -ge "$PIP_RETRY_SECONDS" ] && [ "$SILENCE_OF" != all ] || return 0
			engine_steps_await_network || return 0
			doing="waits for its index for $SILENCE_SECONDS s, another one is left"
			;;
		*) return 0 ;;
	esac
	: >"$SCRATCH/pip-retry"
	printf 'pip %s\n' "$doing" >"$SCRATCH/ended.ask"
}
