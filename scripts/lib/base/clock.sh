# Clock: tells the time, computes deadlines and sleeps; the only module that sleeps.
# Timestamps and records that outlive a command are seconds since the epoch. Limits and durations are seconds since
# boot, so that setting the clock neither ends nor extends an attempt.
# shellcheck shell=sh

# Never taken from the environment.
CLOCK_SLEEPER='' CLOCK_SOURCE='' CLOCK_STAMP='' CLOCK_READ=''
# The latest valid moment, in seconds since the epoch (2036). Some shells compute with 32 bits, and limits are added to
# it.
CLOCK_EPOCH_MAX=2099999999
# The longest time until a deadline, in seconds.
CLOCK_WAIT_MAX=99999999

# clock_now: prints seconds since the epoch.
clock_now() { date +%s; }

# clock_read_stamp: sets CLOCK_STAMP as clock_stamp prints it, at most one second old: events that follow each other
# share one process.
clock_read_stamp() {
    clock_read_uptime
    [ "$CLOCK_UPTIME" != "$CLOCK_READ" ] || return 0
    CLOCK_STAMP=$(clock_stamp) CLOCK_READ=$CLOCK_UPTIME
}

# clock_read_uptime: sets CLOCK_UPTIME to the seconds since boot, without a process; to the seconds since the epoch if
# /proc/uptime cannot be read.
clock_read_uptime() {
    local rest
    CLOCK_UPTIME=''
    [ "${CLOCK_SOURCE:-uptime}" = date ] || { IFS=. read -r CLOCK_UPTIME rest </proc/uptime; } 2>/dev/null || :
    case $CLOCK_UPTIME in '' | *[!0-9]*) CLOCK_SOURCE='date' && CLOCK_UPTIME=$(date +%s) ;; esac
}

# clock_uptime: prints the same.
clock_uptime() { clock_read_uptime && printf '%s\n' "$CLOCK_UPTIME"; }

# clock_epoch UPTIME: prints the same moment in seconds since the epoch, for other processes.
clock_epoch() { printf '%s\n' "$(($(clock_now) - $(clock_uptime) + $1))"; }

# clock_is_epoch WORD: true if WORD is a moment in seconds since the epoch that every shell can count with.
clock_is_epoch() { values_is_number "$1" "$CLOCK_EPOCH_MAX"; }

# clock_is_past WORD NOW: true if WORD is a moment in seconds since the epoch, at most five seconds after NOW: the
# clocks of two machines may differ.
clock_is_past() { clock_is_epoch "$1" && [ "$1" -le $(($2 + 5)) ]; }

# clock_stamp: prints the current time as in 2026-01-31T12:00:00Z.
clock_stamp() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# clock_sleep SECONDS: sleeps in a child process, so that a signal takes effect at once. False if a signal ended it.
# CLOCK_SLEEPER holds the process id meanwhile, for clock_end_sleep.
clock_sleep() {
    local status
    # A signal between the next two lines: clock_end_sleep takes the id from $!. It sends KILL, because dash loses a
    # TERM that arrives before the child has become `sleep`.
    CLOCK_SLEEPER=next
    sleep "$1" &
    CLOCK_SLEEPER=$!
    status=0
    wait "$CLOCK_SLEEPER" || status=$?
    # The child may have ended already.
    [ "$status" -eq 0 ] || kill -s KILL "$CLOCK_SLEEPER" 2>/dev/null || :
    CLOCK_SLEEPER=''
    [ "$status" -eq 0 ]
}

# clock_end_sleep: ends the sleep of this process, if one runs.
clock_end_sleep() {
    [ "${CLOCK_SLEEPER:-}" != next ] || CLOCK_SLEEPER=${!:-}
    # It may have ended already.
    [ -z "${CLOCK_SLEEPER:-}" ] || kill -s KILL "$CLOCK_SLEEPER" 2>/dev/null || :
}

# clock_deadline SECONDS|@EPOCH: prints that moment in seconds since boot. Larger numbers than a shell can add are
# reduced to CLOCK_WAIT_MAX or CLOCK_EPOCH_MAX.
clock_deadline() {
    local moment max
    moment=${1#@} max=$CLOCK_WAIT_MAX
    case $1 in @*) max=$CLOCK_EPOCH_MAX ;; esac
    while [ "${#moment}" -gt 1 ] && [ "${moment#0}" != "$moment" ]; do moment=${moment#0}; done
    values_is_number "$moment" "$max" || moment=$max
    case $1 in @*) moment=$((moment - $(clock_now))) ;; esac
    clock_read_uptime
    printf '%s\n' "$((CLOCK_UPTIME + moment))"
}

# clock_left DEADLINE: prints the seconds until DEADLINE, 0 if it has passed.
clock_left() {
    local left
    clock_read_uptime
    left=$(($1 - CLOCK_UPTIME))
    [ "$left" -gt 0 ] || left=0
    printf '%s\n' "$left"
}
