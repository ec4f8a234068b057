# Time: stamps, and what is remembered between commands, count from the epoch; limits and durations count from the start of
# the machine, so that a clock that is set meanwhile ends nothing and lengthens nothing. The only module that sleeps.
# shellcheck shell=sh

# None of it comes from the environment.
CLOCK_SLEEPER='' CLOCK_SOURCE=''

# clock_now: seconds since the epoch.
clock_now() { date +%s; }

# clock_uptime: seconds since the machine started, without a process; where it does not tell, those since the epoch. What was
# chosen is kept.
clock_uptime() {
	local seconds rest
	[ "${CLOCK_SOURCE:-uptime}" = date ] || { IFS=. read -r seconds rest </proc/uptime; } 2>/dev/null || seconds=''
	case ${seconds:-} in '' | *[!0-9]*) CLOCK_SOURCE='date' && seconds=$(date +%s) ;; esac
	printf '%s\n' "$seconds"
}

# clock_epoch UPTIME: the same moment as seconds since the epoch, for other processes.
clock_epoch() { printf '%s\n' "$(($(clock_now) - $(clock_uptime) + $1))"; }

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

# clock_deadline SECONDS|@EPOCH: the moment, as clock_uptime tells it.
clock_deadline() {
	local moment
	moment=${1#@}
	while [ "${#moment}" -gt 1 ] && [ "${moment#0}" != "$moment" ]; do moment=${moment#0}; done
	# Far away is far enough: a shell may count with 32 bits.
	case $1 in
		@*) case $moment in 2[1-9]???????? | [3-9]????????? | ???????????*) moment=2099999999 ;; esac ;;
		*) case $moment in ?????????*) moment=99999999 ;; esac ;;
	esac
	case $1 in @*) moment=$((moment - $(clock_now))) ;; esac
	printf '%s\n' "$(($(clock_uptime) + moment))"
}

# clock_left DEADLINE: seconds until then, 0 when it has passed.
clock_left() {
	local left
	left=$(($1 - $(clock_uptime)))
	[ "$left" -gt 0 ] || left=0
	printf '%s\n' "$left"
}
