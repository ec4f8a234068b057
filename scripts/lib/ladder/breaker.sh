# Circuit breaker: which sources are not asked for a while, in the terms of Envoy's outlier detection. The history of a
# source is one file with lines EPOCH ok|fail CLASS NOT_BEFORE. Each line is one write, so parallel and killed writers
# leave a readable file; other lines are skipped. BREAKER_FOLDER: the folder of these files.
# shellcheck shell=sh

# Consecutive failures that eject a source. A timeout costs most, so it counts as two, and so do wrong bytes.
BREAKER_FAILURES=2
# The n-th ejection lasts n times as long as the first, up to the maximum.
BREAKER_EJECTION_SECONDS=30
BREAKER_EJECTION_MAX_SECONDS=300
# A source that succeeded, or answered a probe, is not probed again for this long.
BREAKER_INTERVAL_SECONDS=60
# A half-open probe that takes longer counts as lost, whatever process holds it.
BREAKER_PROBE_MAX_SECONDS=10

# breaker_begin [FOLDER]: without FOLDER the histories are in the state folder.
breaker_begin() { BREAKER_FOLDER=${1:-$(state_folder breaker)}; }

# breaker_in FOLDER ask|note ARGUMENT...: the same with the histories in another folder.
breaker_in() {
	local BREAKER_FOLDER what
	BREAKER_FOLDER=$1 what=$2
	shift 2
	"breaker_$what" "$@"
}

# breaker_note UPSTREAM SOURCE ok|fail [CLASS [NOT_BEFORE [TIME]]]: what happened at TIME is noted once.
breaker_note() {
	breaker__file "$1" "$2"
	! { [ -n "${6:-}" ] && state_read "$BREAKER_FILE" | grep -q -x -F -e "$6 $3 $4 $5"; } || return 0
	state_add "$BREAKER_FILE" "${6:-$(clock_now)} $3 ${4:--} ${5:-0}"
	state_bound "$BREAKER_FILE" 16
}

# breaker_ask UPSTREAM SOURCE: sets BREAKER to fresh (succeeded lately), closed (no evidence against it), late (another
# source answered first lately: asked after those), half-open (its ejection is over, one probe may test it) or open;
# BREAKER_UNTIL to the time before which it must not be asked; and BREAKER_OPENS to the end of its ejection. A clock
# that was set back extends nothing.
breaker_ask() {
	local now until
	breaker__file "$1" "$2"
	BREAKER=closed BREAKER_UNTIL=0 BREAKER_OPENS=0
	# Most sources have no history, and reading one costs a process.
	breaker__has_memory || return 0
	now=$(clock_now)
	breaker__read "$now" <<-LINES
		$(state_read "$BREAKER_FILE")
	LINES
	[ "$BREAKER_UNTIL" -le $((now + RETRY_AFTER_MAX_SECONDS + 1)) ] || BREAKER_UNTIL=0
	until=0
	[ "$BREAKER_FAILED" -lt "$BREAKER_FAILURES" ] || until=$((BREAKER_LAST + $(breaker__ejection "$BREAKER_FAILED")))
	BREAKER_OPENS=$until
	if [ "$until" -gt "$now" ]; then
		BREAKER=open
	elif [ "$until" -gt 0 ]; then
		BREAKER=half-open
	elif [ "$BREAKER_LATE" -gt 0 ] && [ $((now - BREAKER_LATE)) -lt "$BREAKER_EJECTION_SECONDS" ]; then
		BREAKER=late
	elif [ "$BREAKER_FAILED" -eq 0 ] && [ $((now - BREAKER_LAST)) -lt "$BREAKER_INTERVAL_SECONDS" ]; then
		BREAKER=fresh
	fi
}

breaker__has_memory() {
	[ ! -f "$BREAKER_FILE" ] || return 0
	state_is_shared || return 1
	(set +f && for file in "$BREAKER_FILE"+[0-9]*; do [ ! -f "$file" ] || exit 0; done && exit 1)
}

# breaker__read NOW: sets BREAKER_FAILED (consecutive failures), BREAKER_LAST (time of the last line), BREAKER_UNTIL and
# BREAKER_LATE (time of the last late answer since the last success, 0 for none).
breaker__read() {
	local time what class before rest
	BREAKER_FAILED=0 BREAKER_LAST=0 BREAKER_LATE=0
	while read -r time what class before rest; do
		breaker__is_line "$time" "$what" "$class" "$before" "$rest" || {
			[ -z "$time" ] || state_warn_bad_line "$BREAKER_FILE"
			continue
		}
		[ "$time" -le $(($1 + 5)) ] || continue
		case $what:$class in
			ok:*) BREAKER_FAILED=0 BREAKER_LATE=0 before=0 ;;
			fail:late) BREAKER_LATE=$time ;;
			fail:timeout | fail:integrity) BREAKER_FAILED=$((BREAKER_FAILED + 2)) ;;
			*) BREAKER_FAILED=$((BREAKER_FAILED + 1)) ;;
		esac
		BREAKER_LAST=$time BREAKER_UNTIL=$before
	done
}

breaker__is_line() {
	case $2:$3:$5 in ok:-: | ok:[a-z]*: | fail:-: | fail:[a-z]*:) ;; *) return 1 ;; esac
	case $3 in -) ;; *[!a-z0-9-]*) return 1 ;; esac
	clock_is_epoch "$1" && clock_is_epoch "$4"
}

# breaker__ejection FAILURES: prints seconds.
breaker__ejection() {
	local seconds
	seconds=$((($1 - BREAKER_FAILURES + 1) * BREAKER_EJECTION_SECONDS))
	[ "$seconds" -le "$BREAKER_EJECTION_MAX_SECONDS" ] || seconds=$BREAKER_EJECTION_MAX_SECONDS
	printf '%s\n' "$seconds"
}

# breaker_claim UPSTREAM SOURCE: whether this process may probe a half-open source. A claim names its holder by process
# id and start time; the holder may run in another namespace, so a claim expires, too. It is a symbolic link that is
# never followed: its text is complete from the first moment.
breaker_claim() {
	local note
	breaker__file "$1" "$2"
	process_note "$$"
	note="$PROCESS_NOTE $(($(clock_now) + BREAKER_PROBE_MAX_SECONDS))"
	[ -d "$BREAKER_FILE.probe" ] || ! ln -s "$note" "$BREAKER_FILE.probe" 2>/dev/null || return 0
	breaker__is_stale || return 1
	rm -f "$BREAKER_FILE.probe" 2>/dev/null || :
	# A stale claim of another user cannot be removed; it does not count.
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
	clock_is_epoch "${expires:-}" && [ "$expires" -gt "$now" ] &&
		[ "$expires" -le $((now + BREAKER_PROBE_MAX_SECONDS)) ] || return 0
	process_is_gone "$space" "$pid" "$start"
}

# Sets BREAKER_FILE; its name holds no credentials. All files of one host share their history.
breaker__file() {
	local source
	[ "$1 $2 $BREAKER_FOLDER" != "${BREAKER_NAMED:-}" ] || return 0
	BREAKER_NAMED="$1 $2 $BREAKER_FOLDER" source=$2
	case $1:$2 in url:*://*/*) source=${2#*://} && source=${2%%://*}://${source%%/*} ;; esac
	case $source in
		# The checksum of the most frequent source.
		default) BREAKER_FILE=4075000644 ;;
		*) BREAKER_FILE=$(printf '%s' "$source" | cksum) ;;
	esac
	BREAKER_FILE=$BREAKER_FOLDER/$1-${BREAKER_FILE%% *}
}
