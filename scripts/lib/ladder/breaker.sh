# Breaker: which sources are left alone for a while, in the words of Envoy's outlier detection. What was seen of a source
# are the lines of one file: EPOCH ok|fail CLASS NOT_BEFORE; each is one write, so parallel writers and a killed one leave
# a file that can be read. Any other line is skipped.
# BREAKER_FOLDER: where the files are.
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

# breaker_begin [FOLDER]: sets BREAKER_FOLDER, that of the state folder by default.
breaker_begin() {
	BREAKER_FOLDER=${1:-}
	[ -n "$BREAKER_FOLDER" ] || BREAKER_FOLDER=$(state_folder breaker)
}

# breaker_note UPSTREAM SOURCE ok|fail [CLASS [NOT_BEFORE]]
breaker_note() {
	breaker__file "$1" "$2"
	state_add "$BREAKER_FILE" "$(clock_now) $3 ${4:--} ${5:-0}"
	state_bound "$BREAKER_FILE" 16
}

# breaker_ask UPSTREAM SOURCE: sets BREAKER to fresh (served lately), closed (nothing known against it), half-open (its
# ejection is over, one probe may show) or open, BREAKER_UNTIL to the moment before which it must not be asked, and
# BREAKER_OPENS to the end of its ejection. A clock that was set back makes nothing last longer.
breaker_ask() {
	local now until
	breaker__file "$1" "$2"
	BREAKER=closed BREAKER_UNTIL=0 BREAKER_OPENS=0
	# Nothing is known of most sources, and each question costs a process.
	breaker__has_memory || return 0
	now=$(clock_now)
	breaker__read "$now" <<-LINES
		$(state_read "$BREAKER_FILE")
	LINES
	[ "$BREAKER_UNTIL" -le $((now + RETRY_AFTER_MOST + 1)) ] || BREAKER_UNTIL=0
	until=0
	[ "$BREAKER_FAILED" -lt "$BREAKER_FAILURES" ] || until=$((BREAKER_LAST + $(breaker__ejection "$BREAKER_FAILED")))
	BREAKER_OPENS=$until
	if [ "$until" -gt "$now" ]; then
		BREAKER=open
	elif [ "$until" -gt 0 ]; then
		BREAKER=half-open
	elif [ "$BREAKER_FAILED" -eq 0 ] && [ $((now - BREAKER_LAST)) -lt "$BREAKER_INTERVAL" ]; then
		BREAKER=fresh
	fi
}

breaker__has_memory() {
	[ ! -f "$BREAKER_FILE" ] || return 0
	[ -n "${STATE_USER:-}" ] || return 1
	(set +f && for file in "$BREAKER_FILE"+[0-9]*; do [ ! -f "$file" ] || exit 0; done && exit 1)
}

# breaker__read NOW: sets BREAKER_FAILED, the failures in a row, BREAKER_LAST, the moment of the last line, and BREAKER_UNTIL.
breaker__read() {
	local time what class before rest
	BREAKER_FAILED=0 BREAKER_LAST=0
	while read -r time what class before rest; do
		breaker__is_line "$time" "$what" "$class" "$before" "$rest" || { [ -z "$time" ] || state_complain "$BREAKER_FILE" && continue; }
		[ "$time" -le $(($1 + 5)) ] || continue
		case $what:$class in
			ok:*) BREAKER_FAILED=0 before=0 ;;
			fail:timeout | fail:integrity) BREAKER_FAILED=$((BREAKER_FAILED + 2)) ;;
			*) BREAKER_FAILED=$((BREAKER_FAILED + 1)) ;;
		esac
		BREAKER_LAST=$time BREAKER_UNTIL=$before
	done
}

breaker__is_line() {
	case $2:$3:$5 in ok:-: | ok:[a-z]*: | fail:-: | fail:[a-z]*:) ;; *) return 1 ;; esac
	case $3 in -) ;; *[!a-z0-9-]*) return 1 ;; esac
	state_is_number "$1" && state_is_number "$4"
}

# breaker__ejection FAILURES: seconds.
breaker__ejection() {
	local seconds
	seconds=$((($1 - BREAKER_FAILURES + 1) * BREAKER_EJECTION))
	[ "$seconds" -le "$BREAKER_EJECTION_MOST" ] || seconds=$BREAKER_EJECTION_MOST
	printf '%s\n' "$seconds"
}

# breaker_claim UPSTREAM SOURCE: whether this process is the one that probes a half-open source. Who holds it is known by
# its process and that one's start; the holder may sit in another namespace, so its time runs out too. The claim is a link
# that is never followed; its text names the holder from the first moment.
breaker_claim() {
	local note
	breaker__file "$1" "$2"
	process_note "$$"
	note="$PROCESS_NOTE $(($(clock_now) + BREAKER_PROBE_MOST))"
	[ -d "$BREAKER_FILE.probe" ] || ! ln -s "$note" "$BREAKER_FILE.probe" 2>/dev/null || return 0
	breaker__is_stale || return 1
	rm -f "$BREAKER_FILE.probe" 2>/dev/null || :
	# That of another user may stay; it counts for nothing.
	[ -d "$BREAKER_FILE.probe" ] || ln -s "$note" "$BREAKER_FILE.probe" 2>/dev/null || breaker__is_stale
}

breaker_release() {
	breaker__file "$1" "$2"
	rm -f "$BREAKER_FILE.probe" 2>/dev/null || :
}

breaker__is_stale() {
	local space pid start expires now
	# shellcheck disable=SC2034 # the words of the note
	read -r space pid start expires <<-NOTE
		$(readlink "$BREAKER_FILE.probe" 2>/dev/null)
	NOTE
	now=$(clock_now)
	state_is_number "${expires:-}" && [ "$expires" -gt "$now" ] && [ "$expires" -le $((now + BREAKER_PROBE_MOST)) ] || return 0
	process_is_gone "$space" "$pid" "$start"
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
