# Watch: the second process of an attempt. It ends the process group when the time is up, or when the group waits for an
# answer over the network and is silent for too long or moves too few bytes. Reads /proc with the shell (connections.sh
# may need ls); without /proc only the time limit holds. Runs in a shell of its own (attempt.sh).
# shellcheck shell=sh

# Jiffies of CPU a second. A hung client uses 0 to 1, a compiler 100 or more (measured).
WATCH_BUSY=10

# watch_group GROUP SECONDS STALL SILENCE MIN_SPEED NOTE READERS COMMAND START [LATE]
# Returns when GROUP has ended. STALL, SILENCE: seconds, empty for no limit. READERS: the processes that read the
# group's output; they are ended if a process that left the group keeps the output open. NOTE: the file that gets the
# reason of an end; another module asks for an end by writing its reason to NOTE.ask. COMMAND: the process that runs the
# attempt, and START its start time; if COMMAND is killed, the attempt ends too. LATE: `N FIFO`, FIFO gets the line
# `late N` after 0.25 s and then each second; empty for none.
watch_group() {
	local end readers
	WATCH_GROUP=$1 WATCH_NOTE=$6 WATCH_LATE=${10:-} WATCH_IDLE=0 WATCH_RECENT='' readers=$7
	end=$(($(clock_uptime) + $2))
	late_tell "$WATCH_LATE" "$1"
	[ -z "$3$4" ] || watch__sample
	while clock_sleep 1; do
		late_ring "$WATCH_LATE"
		[ -d "/proc/$WATCH_GROUP" ] || [ ! -d /proc/self ] || break
		[ "$(clock_uptime)" -lt "$end" ] || watch__end "the time of $2 s was up"
		[ -z "$WATCH_NOTE" ] || [ ! -s "$WATCH_NOTE.ask" ] || watch__end "$(cat "$WATCH_NOTE.ask")"
		process_lives "$8" "$9" || watch__end 'the command was killed'
		[ -n "$3$4" ] && [ -d /proc/self ] || continue
		watch__sample
		watch__check_speed "$3" "$5"
		watch__check_silence "$4"
	done
	# shellcheck disable=SC2086 # a list of process ids
	[ -z "$readers" ] || { clock_sleep 1 && kill $readers; }
}

# watch__end REASON: TERM, and KILL one second later, so that a deadline is kept to two seconds.
watch__end() {
	[ -z "$WATCH_NOTE" ] || printf '%s\n' "$1" >"$WATCH_NOTE"
	kill -s TERM -- "-$WATCH_GROUP" || kill -s TERM "$WATCH_GROUP"
	clock_sleep 1
	kill -s KILL -- "-$WATCH_GROUP" || kill -s KILL "$WATCH_GROUP"
	late_ring "$WATCH_LATE"
	exit 0
}

# watch__check_speed STALL MIN_SPEED: WATCH_RECENT has the bytes of the last seconds, newest first.
watch__check_speed() {
	WATCH_RECENT="$WATCH_MOVED $WATCH_RECENT"
	[ -n "$1" ] && watch__is_slow "$1" "$2" "$WATCH_RECENT" || return 0
	watch__end_if_waiting "less than $2 bytes/s for $1 s"
	WATCH_RECENT=''
}

# watch__check_silence SILENCE: WATCH_IDLE is the number of seconds without bytes and CPU.
watch__check_silence() {
	if [ "$WATCH_QUIET" = yes ]; then WATCH_IDLE=$((WATCH_IDLE + 1)); else WATCH_IDLE=0; fi
	[ -n "$1" ] && [ "$WATCH_IDLE" -ge "$1" ] || return 0
	watch__end_if_waiting "silent for $1 s"
	WATCH_IDLE=0
}

# watch__end_if_waiting REASON: a group that waits for nothing over the network is healthy, and its time starts again.
watch__end_if_waiting() {
	# shellcheck disable=SC2086 # a list of process ids
	! connections_are_open "$WATCH_NETWORK" $WATCH_MEMBERS || watch__end "$1"
}

# watch__is_slow SECONDS MIN_SPEED "MOVED...": whether there are that many seconds, and they moved too few bytes.
watch__is_slow() {
	local seconds least sum n
	seconds=$1 least=$(($2 * $1)) sum=0 n=0
	# shellcheck disable=SC2086 # a list of numbers
	set -- $3
	while [ "$n" -lt "$seconds" ]; do
		[ $# -gt 0 ] || return 1
		sum=$((sum + $1)) n=$((n + 1))
		[ "$sum" -lt "$least" ] || return 1
		shift
	done
}

# watch__sample: sets WATCH_QUIET (yes: no bytes and no CPU since the last sample) and WATCH_MOVED (bytes, at most 1
# MB).
watch__sample() {
	local cpu bytes segments
	cpu=${WATCH_CPU:-0} bytes=${WATCH_BYTES:-0} segments=${WATCH_SEGMENTS:-}
	WATCH_CPU=0 WATCH_BYTES=0 WATCH_WAITS=no
	watch__processes
	watch__network
	cpu=$((WATCH_CPU - cpu)) WATCH_MOVED=$((WATCH_BYTES - bytes)) WATCH_QUIET=no
	# The counters of children that have ended are gone.
	[ "$WATCH_MOVED" -ge 0 ] || WATCH_MOVED=0
	if [ "$cpu" -le 1 ] && [ "$WATCH_MOVED" -eq 0 ] && [ "$segments" = "${WATCH_SEGMENTS:-}" ]; then WATCH_QUIET=yes; fi
	# A process that computes, or waits for a disk, is not stalled.
	if [ "$cpu" -ge "$WATCH_BUSY" ] || [ "$WATCH_WAITS" = yes ]; then WATCH_MOVED=1000000 WATCH_QUIET=no; fi
	[ "$WATCH_MOVED" -le 1000000 ] || WATCH_MOVED=1000000
}

# watch__processes: adds up CPU and bytes of the group's session and of children in sessions of their own, and lists
# these processes in WATCH_MEMBERS.
watch__processes() {
	local file line
	WATCH_MEMBERS=" $WATCH_GROUP "
	for file in /proc/[0-9]*/stat; do
		{ IFS= read -r line <"$file"; } 2>/dev/null || continue
		file=${file%/stat}
		# The process name may contain blanks and brackets; it ends at the last bracket.
		# shellcheck disable=SC2086 # numbers
		set -- ${line##*) }
		if [ "$4" != "$WATCH_GROUP" ]; then
			case $WATCH_MEMBERS in *" $2 "*) ;; *) continue ;; esac
		fi
		WATCH_MEMBERS="$WATCH_MEMBERS${file#/proc/} "
		WATCH_CPU=$((WATCH_CPU + ${12} + ${13} + ${14} + ${15}))
		[ "$1" != D ] || WATCH_WAITS=yes
		watch__bytes "$file/io"
	done
}

# watch__bytes FILE: read(2) and write(2) count, from sockets too. recv(2) does not; the write to a file after it does.
watch__bytes() {
	local name value
	while read -r name value; do
		case $name in rchar: | wchar:) values_low "$value" && WATCH_BYTES=$((WATCH_BYTES + VALUES_LOW)) ;; esac
	done 2>/dev/null <"$1" || :
}

# watch__network: adds the bytes received, and sets WATCH_SEGMENTS to the TCP segments received, which broadcasts do not
# change. Only in a network namespace of the step's own.
watch__network() {
	local name received line
	[ "${WATCH_NETWORK:=$(watch__own_network)}" = own ] || return 0
	while read -r name received line; do
		case $name in lo: | face* | Inter*) continue ;; esac
		values_low "$received" && WATCH_BYTES=$((WATCH_BYTES + VALUES_LOW))
	done 2>/dev/null </proc/net/dev || :
	while read -r name line; do
		# shellcheck disable=SC2086 # numbers
		[ "$name" != Tcp: ] || { set -- $line && WATCH_SEGMENTS=${10}; }
	done 2>/dev/null </proc/net/snmp || :
}

# watch__own_network: prints own or shared. A RUN step sees no kernel threads; with the host's network it sees the
# engine's bridge.
watch__own_network() {
	local name
	{ IFS= read -r name </proc/2/comm; } 2>/dev/null || name=''
	[ "$name" != kthreadd ] && ! grep -q -s -E '^ *(docker0|br-|veth)' /proc/net/dev || { printf 'shared\n' && return; }
	printf 'own\n'
}
