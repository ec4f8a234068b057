# Time: whole seconds since the epoch. The only module that sleeps.
# shellcheck shell=sh

clock_now() { date +%s; }

clock_stamp() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# Sleeps as a child that is waited for, so that a signal is acted on at once.
clock_sleep() {
	sleep "$1" &
	CLOCK_SLEEPER=$!
	wait "$CLOCK_SLEEPER" || {
		kill "$CLOCK_SLEEPER" 2>/dev/null || :
		return 1
	}
}

# clock_deadline SECONDS|@EPOCH: the absolute moment.
clock_deadline() {
	case $1 in
		@*) printf '%s\n' "${1#@}" ;;
		*) printf '%s\n' "$(($(clock_now) + $1))" ;;
	esac
}

# clock_left DEADLINE: seconds until then, 0 when it has passed.
clock_left() {
	local left
	left=$(($1 - $(clock_now)))
	[ "$left" -gt 0 ] || left=0
	printf '%s\n' "$left"
}

# clock_least A B: the smaller one.
clock_least() {
	if [ "$1" -le "$2" ]; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi
}
