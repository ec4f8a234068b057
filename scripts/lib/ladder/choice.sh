# Choice: which source the circuit breaker lets a climb ask next, and how long until it lets one.
# shellcheck shell=sh

# Waits are drawn from 0 to 2, 4, 8, ... seconds, at most this.
CHOICE_WAIT_MAX_SECONDS=30

# choice_find UPSTREAM "SOURCE..." "ASKED...": sets CHOICE_SOURCE to the first source that is neither ejected nor spent
# (failures.sh) nor one of ASKED; if all of these were late, or are ejected, to the first: a single source is never
# ejected.
# CHOICE_STATE is its breaker state; CHOICE_IS_LAST is `no` if another source is left. False if no source may be asked
# now.
choice_find() {
	local source available
	CHOICE_SOURCE='' CHOICE_STATE='' available=0
	for source in $2; do
		! values_has "$source" "$FAILURES_SPENT $3" || continue
		breaker_ask "$1" "$source"
		# A source that named a time (Retry-After) is not asked before it.
		[ "$BREAKER_UNTIL" -eq 0 ] || [ "$BREAKER_UNTIL" -le "$(clock_now)" ] || continue
		[ "$BREAKER" = open ] || available=$((available + 1))
		case $BREAKER:$CHOICE_STATE in
			*: | [!o]*:open | [!ol]*:late) CHOICE_SOURCE=$source CHOICE_STATE=$BREAKER ;;
		esac
	done
	CHOICE_IS_LAST=yes
	[ "$available" -le 1 ] || CHOICE_IS_LAST=no
	[ -n "$CHOICE_SOURCE" ]
}

# choice_take_failed "UPSTREAM SOURCE EPOCH": SOURCE failed at EPOCH, so it is asked after the others.
choice_take_failed() {
	local upstream source time
	read -r upstream source time <<-WORDS
		$1
	WORDS
	case $upstream in '' | *[!a-z-]*) return 0 ;; esac
	! clock_is_epoch "$time" || breaker_note "$upstream" "$source" fail late 0 "$time"
}

# choice_is_early SOURCE "SOURCE..." "ASKED...": whether a source of the list was passed over for SOURCE, which is
# behind it, and is not one of ASKED.
choice_is_early() {
	local source
	for source in $2; do
		[ "$source" != "$1" ] || return 1
		values_has "$source" "$3" || return 0
	done
	return 1
}

# choice_find_wait UPSTREAM "SOURCE...": sets CHOICE_WAIT to the seconds until a source that is not spent may be asked.
choice_find_wait() {
	local source seconds now
	CHOICE_WAIT='' now=$(clock_now)
	for source in $2; do
		! values_has "$source" "$FAILURES_SPENT" || continue
		breaker_ask "$1" "$source"
		seconds=$((BREAKER_UNTIL > now ? BREAKER_UNTIL - now : 0))
		[ -n "$CHOICE_WAIT" ] && [ "$CHOICE_WAIT" -le "$seconds" ] || CHOICE_WAIT=$seconds
	done
	: "${CHOICE_WAIT:=0}"
}

# choice_wait UPSTREAM "SOURCE..." ROUND DEADLINE: waits before the next round, with full jitter, but not less than the
# time that the sources have named. False if the wait would reach DEADLINE.
choice_wait() {
	local pause
	backoff_draw 1 "$CHOICE_WAIT_MAX_SECONDS" "$3"
	choice_find_wait "$1" "$2"
	pause=$BACKOFF
	[ "$pause" -ge "$CHOICE_WAIT" ] || pause=$CHOICE_WAIT
	[ $((pause + 1)) -lt "$(clock_left "$4")" ] || return 1
	log_info "no source left, waiting $pause s"
	events_emit wait info wait_s: "$pause"
	[ "$pause" -eq 0 ] || clock_sleep "$pause"
}
