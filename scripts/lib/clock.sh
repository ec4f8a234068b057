# Time: whole seconds since the epoch. The only module that sleeps.
# shellcheck shell=sh

clock_now() { date +%s; }

clock_stamp() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# Sleeps as a child that is waited for, so that a signal is acted on at once. CLOCK_SLEEPER is there while it sleeps,
# for exit.sh to end.
clock_sleep() {
	local status
	# A signal between the next two lines finds it as $!. KILL, for TERM is lost on a child that is not sleep yet (dash).
	CLOCK_SLEEPER=next
	sleep "$1" &
	CLOCK_SLEEPER=$!
	status=0
	wait "$CLOCK_SLEEPER" || status=$?
	# It may have ended by itself.
	[ "$status" -eq 0 ] || kill -s KILL "$CLOCK_SLEEPER" 2>/dev/null || :
	CLOCK_SLEEPER=''
	[ "$status" -eq 0 ]
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
