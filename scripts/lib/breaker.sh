# Breaker: which sources are left alone for a while, in the words of Envoy's outlier detection. What was seen of a source
# are the lines of one file: EPOCH ok|fail CLASS NOT_BEFORE; each is one write, so parallel writers and a killed one leave
# a file that can be read.
# Needs clock.sh and state.sh. BREAKER_FOLDER: where the files are.
# shellcheck shell=sh

# Consecutive failures that eject a source. A time-out costs most, so it counts as two; so do wrong bytes.
BREAKER_FAILURES=2
# Seconds of the first ejection; the n-th takes n times as long, up to the most.
BREAKER_EJECTION=30
BREAKER_EJECTION_MOST=300
# Seconds for which a source that served, or answered a probe, is not probed again.
BREAKER_INTERVAL=60
# Seconds after which a half-open probe counts as lost, whoever holds it.
BREAKER_PROBE_MOST=10

breaker_begin() { BREAKER_FOLDER=$(state_folder breaker); }

# breaker_note UPSTREAM SOURCE ok|fail [CLASS [NOT_BEFORE]]
breaker_note() {
	breaker__file "$1" "$2"
	state_add "$BREAKER_FILE" "$(clock_now) $3 ${4:--} ${5:-0}"
	state_bound "$BREAKER_FILE" 16
}

# breaker_ask UPSTREAM SOURCE: sets BREAKER to fresh (served lately), closed (nothing known against it), half-open (its
# ejection is over, one probe may show) or open, BREAKER_UNTIL to the moment before which it must not be asked, and
# BREAKER_OPENS to the end of its ejection.
breaker_ask() {
	local time what class before failures last until now
	breaker__file "$1" "$2"
	BREAKER=closed BREAKER_UNTIL=0 BREAKER_OPENS=0
	# Nothing is known of most sources, and a clock that is asked costs a process.
	[ -f "$BREAKER_FILE" ] || return 0
	failures=0 last=0 until=0 now=$(clock_now)
	# The last line may be half of one, after a kill: without a newline it is not read.
	while read -r time what class before; do
		case $what:$class in
			ok:*) failures=0 before=0 ;;
			fail:timeout | fail:integrity) failures=$((failures + 2)) ;;
			fail:*) failures=$((failures + 1)) ;;
			*) continue ;;
		esac
		last=$time BREAKER_UNTIL=${before:-0} until=$((time + $(breaker__ejection "$failures")))
	done 2>/dev/null <"$BREAKER_FILE" || :
	[ "$failures" -ge "$BREAKER_FAILURES" ] || until=0
	BREAKER_OPENS=$until
	if [ "$until" -gt "$now" ]; then
		BREAKER=open
	elif [ "$until" -gt 0 ]; then
		BREAKER=half-open
	elif [ "$failures" -eq 0 ] && [ $((now - last)) -lt "$BREAKER_INTERVAL" ]; then
		BREAKER=fresh
	else
		BREAKER=closed
	fi
}

# breaker__ejection FAILURES: seconds.
breaker__ejection() {
	local seconds
	seconds=$((($1 - BREAKER_FAILURES + 1) * BREAKER_EJECTION))
	[ "$seconds" -le "$BREAKER_EJECTION_MOST" ] || seconds=$BREAKER_EJECTION_MOST
	printf '%s\n' "$seconds"
}

# breaker_claim UPSTREAM SOURCE: whether this process is the one that probes a half-open source. Who holds it is known by
# its process and that one's start; the holder may sit in another namespace, so its time runs out too.
breaker_claim() {
	breaker__file "$1" "$2"
	if ! mkdir "$BREAKER_FILE.probe" 2>/dev/null; then
		breaker__is_stale || return 1
		# A rename has one winner.
		mv "$BREAKER_FILE.probe" "$BREAKER_FILE.$$" 2>/dev/null && rm -rf "$BREAKER_FILE.$$" && mkdir "$BREAKER_FILE.probe" 2>/dev/null || return 1
	fi
	state_add "$BREAKER_FILE.probe/owner" "$(breaker__start 1) $$ $(breaker__start "$$") $(($(clock_now) + BREAKER_PROBE_MOST))"
}

breaker_release() {
	breaker__file "$1" "$2"
	rm -rf "$BREAKER_FILE.probe" 2>/dev/null || :
}

breaker__is_stale() {
	local space pid start expires
	# Without a whole line its owner is about to write it, or died before: the next one to come will see its time run out.
	{ read -r space pid start expires <"$BREAKER_FILE.probe/owner"; } 2>/dev/null || {
		state_add "$BREAKER_FILE.probe/owner" "- - - $(($(clock_now) + BREAKER_PROBE_MOST))" && return 1
	}
	[ "$(clock_now)" -lt "$expires" ] || return 0
	[ "$space" = "$(breaker__start 1)" ] && [ "$start" != "$(breaker__start "$pid")" ]
}

# breaker__start PID: when the process began, in clock ticks since boot; - where that cannot be told. That of process 1
# stands for the namespace.
breaker__start() {
	local line
	{ IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || line='0 (none) 0'
	# shellcheck disable=SC2086 # numbers
	set -- ${line##*) }
	printf '%s\n' "${20:--}"
}

# Sets BREAKER_FILE; the name holds no credentials. Of a URL the host is the source: all its files share what is known.
breaker__file() {
	local source
	[ "$1 $2 $BREAKER_FOLDER" != "${BREAKER_NAMED:-}" ] || return 0
	BREAKER_NAMED="$1 $2 $BREAKER_FOLDER" source=$2
	case $1:$2 in url:*://*/*) source=${2#*://} && source=${2%%://*}://${source%%/*} ;; esac
	BREAKER_FILE=$(printf '%s' "$source" | cksum)
	BREAKER_FILE=$BREAKER_FOLDER/$1-${BREAKER_FILE%% *}
}
