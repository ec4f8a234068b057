# Watch: the other process of an attempt, which ends the attempt's group when its time is up, when it has been silent
# too long, or when it moves too few bytes. Reads /proc with nothing but the shell; where there is none, only time counts.
# Runs in a shell of its own (attempt.sh).
# shellcheck shell=sh

# A hung client takes 0 to 1 jiffy of CPU a second, a compiler 100 or more (measured).
WATCH_BUSY=10

# watch_group GROUP SECONDS STALL SILENCE MIN_SPEED NOTE READERS COMMAND START
# Ends when GROUP has ended. STALL, SILENCE: seconds, empty for no such limit. READERS are the processes that take the
# group's output: they are ended where something that left the group keeps it open. NOTE gets the reason of an end; who
# knows of another one writes it to NOTE.ask. COMMAND, which began at START, is who runs the attempt: one that was killed takes
# its attempt along.
watch_group() {
	local end idle slow moved readers
	WATCH_GROUP=$1 WATCH_NOTE=$6 readers=$7
	end=$(($(clock_uptime) + $2)) idle=0 slow=0 moved=''
	watch__sample
	while clock_sleep 1; do
		[ -d "/proc/$WATCH_GROUP" ] || [ ! -d /proc/self ] || break
		[ "$(clock_uptime)" -lt "$end" ] || watch__end "the time of $2 s was up"
		[ -z "$WATCH_NOTE" ] || [ ! -s "$WATCH_NOTE.ask" ] || watch__end "$(cat "$WATCH_NOTE.ask")"
		process_lives "$8" "$9" || watch__end 'the command was killed'
		[ -n "$3$4" ] && [ -d /proc/self ] || continue
		watch__sample
		if [ "$WATCH_QUIET" = yes ]; then idle=$((idle + 1)); else idle=0; fi
		# The last STALL seconds, newest first; a second of work counts as fast.
		moved="$WATCH_MOVED $moved"
		if [ -n "$3" ]; then watch__is_slow "$3" "$5" "$moved" && slow=yes || slow=no; fi
		[ "$slow" != yes ] || watch__end "less than $5 bytes/s for $3 s"
		[ -z "$4" ] || [ "$idle" -lt "$4" ] || watch__end "silent for $4 s"
	done
	# shellcheck disable=SC2086 # a list of process ids
	[ -z "$readers" ] || { clock_sleep 1 && kill $readers; }
}

# TERM, and KILL a second later, so that a deadline is kept to two seconds.
watch__end() {
	[ -z "$WATCH_NOTE" ] || printf '%s\n' "$1" >"$WATCH_NOTE"
	kill -s TERM -- "-$WATCH_GROUP" || kill -s TERM "$WATCH_GROUP"
	clock_sleep 1
	kill -s KILL -- "-$WATCH_GROUP" || kill -s KILL "$WATCH_GROUP"
	exit 0
}

# watch__is_slow SECONDS MIN_SPEED "MOVED...": whether all those seconds are there and moved less.
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

# Sets WATCH_QUIET (yes: neither bytes nor CPU since the last sample) and WATCH_MOVED (bytes, at most a megabyte).
watch__sample() {
	local cpu bytes segments
	cpu=${WATCH_CPU:-0} bytes=${WATCH_BYTES:-0} segments=${WATCH_SEGMENTS:-}
	WATCH_CPU=0 WATCH_BYTES=0 WATCH_WAITS=no
	watch__processes
	watch__network
	cpu=$((WATCH_CPU - cpu)) WATCH_MOVED=$((WATCH_BYTES - bytes)) WATCH_QUIET=no
	# What children that have ended took with them does not count.
	[ "$WATCH_MOVED" -ge 0 ] || WATCH_MOVED=0
	if [ "$cpu" -le 1 ] && [ "$WATCH_MOVED" -eq 0 ] && [ "$segments" = "${WATCH_SEGMENTS:-}" ]; then WATCH_QUIET=yes; fi
	# Who computes, or waits for a disk, need not download.
	if [ "$cpu" -ge "$WATCH_BUSY" ] || [ "$WATCH_WAITS" = yes ]; then WATCH_MOVED=1000000 WATCH_QUIET=no; fi
	[ "$WATCH_MOVED" -le 1000000 ] || WATCH_MOVED=1000000
}

# CPU and bytes of the attempt's processes: those of its session, and their children that have made their own.
watch__processes() {
	local file line members
	members=" $WATCH_GROUP "
	for file in /proc/[0-9]*/stat; do
		{ IFS= read -r line <"$file"; } 2>/dev/null || continue
		file=${file%/stat}
		# The name may hold blanks and brackets; it ends at the last one.
		# shellcheck disable=SC2086 # numbers
		set -- ${line##*) }
		if [ "$4" != "$WATCH_GROUP" ]; then
			case $members in *" $2 "*) ;; *) continue ;; esac
		fi
		members="$members${file#/proc/} "
		WATCH_CPU=$((WATCH_CPU + ${12} + ${13} + ${14} + ${15}))
		[ "$1" != D ] || WATCH_WAITS=yes
		watch__bytes "$file/io"
	done
}

# What was read and written counts also where it came from a socket by read(2); recv(2) does not, the file it goes to does.
watch__bytes() {
	local name value
	while read -r name value; do
		case $name in rchar: | wchar:) watch_low "$value" && WATCH_BYTES=$((WATCH_BYTES + NUMBER)) ;; esac
	done 2>/dev/null <"$1" || :
}

# Where the network is the step's own, what arrived is told exactly: bytes, and segments, which no broadcast adds to.
watch__network() {
	local name received line
	[ "${WATCH_NETWORK:=$(watch__own_network)}" = own ] || return 0
	while read -r name received line; do
		case $name in lo: | face* | Inter*) continue ;; esac
		watch_low "$received" && WATCH_BYTES=$((WATCH_BYTES + NUMBER))
	done 2>/dev/null </proc/net/dev || :
	while read -r name line; do
		# shellcheck disable=SC2086 # numbers
		[ "$name" != Tcp: ] || { set -- $line && WATCH_SEGMENTS=${10}; }
	done 2>/dev/null </proc/net/snmp || :
}

# A RUN step sees its own processes only, so no kernel threads; with the host's network it sees the engine's bridge.
watch__own_network() {
	local name
	{ IFS= read -r name </proc/2/comm; } 2>/dev/null || name=''
	if [ "$name" = kthreadd ] || grep -q -s -E '^ *(docker0|br-|veth)' /proc/net/dev; then
		printf 'shared\n'
	else
		printf 'own\n'
	fi
}

# watch_low NUMBER: sets NUMBER to the last eight digits, for shells with 32 bits; never octal.
watch_low() {
	NUMBER=$1
	case $1 in
		????????*)
			NUMBER=1${1#"${1%????????}"}
			NUMBER=$((NUMBER - 100000000))
			;;
	esac
}
