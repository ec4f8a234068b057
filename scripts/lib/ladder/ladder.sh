# Room ladder: Which attempt comes next: which source, after which wait, or none?
# Face: ladder_begin ladder_climb
# Ladder: which attempt comes next. The only module that loops over attempts: another source first, waiting only when
# none is left, never a source again that failed twice the same way, or in a way that lasts.
# Settings: SEAWALL_BUDGET, SEAWALL_DEADLINE. LADDER_PROBE: a function that makes one small request to a source, or empty.
# LADDER_INSISTS: not empty where the same failure twice is no reason to end. LADDER_MOST: the most attempts of a climb, over
# all sources, empty for no such bound.
# shellcheck shell=sh

# Seconds: waits are drawn from 0 to 2, 4, 8, ..., this.
LADDER_WAIT_MOST=30

# ladder_begin [FOLDER]: once for all climbs of a command, which share its deadline and budget. FOLDER: where failures are
# recorded, the state folder by default.
ladder_begin() {
	LADDER_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE")
	budget_begin
	breaker_begin "${1:-}"
}

# ladder_climb ROUNDS UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: calls FUNCTION SOURCE ARGUMENT... until it succeeds.
# FUNCTION leaves the text of a failure in LADDER_TEXT (a file) and returns the command's status. LADDER_LAST is `no` while
# another source is left. Gives 0, or the exit code of what was learnt (classes.tsv); LADDER_SOURCE is the last one asked.
ladder_climb() {
	local rounds function
	rounds=$1 LADDER_UPSTREAM=$2 LADDER_SOURCES=$3 function=$4
	shift 4
	LADDER_ATTEMPT=0 LADDER_ROUND=1 LADDER_ASKED='' LADDER_SPENT='' LADDER_SEEN='' LADDER_LIAR=no LADDER_OUTAGE='' LADDER_PROBED=''
	LADDER_CLASS=rate-limited LADDER_CODE=75 LADDER_VERDICT=''
	while ladder__choose "$rounds"; do
		ladder__probe || continue
		ladder__may_begin budget_spend || break
		ladder__attempt "$function" "$@" && return 0
		[ "$LADDER_VERDICT" != stop ] || break
	done
	judge_conclude
	return "$LADDER_CODE"
}

# ladder__choose ROUNDS: sets LADDER_SOURCE and LADDER_LAST; false when nothing is left to ask.
ladder__choose() {
	while :; do
		ladder__find && return 0
		ladder__any_unspent && [ "$LADDER_ROUND" -lt "$1" ] || return 1
		# Nobody waits for an attempt that may not be made.
		ladder__may_begin budget_left && ladder__wait || return 1
		LADDER_ROUND=$((LADDER_ROUND + 1)) LADDER_ASKED=''
	done
}

# The first source of this round that is not ejected; where all are, the first: one source is never ejected.
ladder__find() {
	local source others
	LADDER_FOUND='' others=0
	for source in $LADDER_SOURCES; do
		values_has "$source" "$LADDER_SPENT $LADDER_ASKED" && continue
		breaker_ask "$LADDER_UPSTREAM" "$source"
		# Who asked to be left alone is, and is waited for.
		[ "$BREAKER_UNTIL" -eq 0 ] || [ "$BREAKER_UNTIL" -le "$(clock_now)" ] || continue
		[ "$BREAKER" = open ] || others=$((others + 1))
		case $BREAKER:${LADDER_FOUND%% *} in
			*: | [!o]*:open) LADDER_FOUND="$BREAKER $source" ;;
		esac
	done
	[ -n "$LADDER_FOUND" ] || return 1
	LADDER_SOURCE=${LADDER_FOUND#* } LADDER_LAST=no
	[ "$others" -gt 1 ] || LADDER_LAST=yes
	LADDER_ASKED="$LADDER_ASKED $LADDER_SOURCE"
}

ladder__any_unspent() {
	local source
	for source in $LADDER_SOURCES; do
		values_has "$source" "$LADDER_SPENT" || return 0
	done
	return 1
}

# One small request to a source of which nothing good is known, while another one is left: a dead, silent or lying one is
# left after it. The last one is simply asked for what is wanted.
ladder__probe() {
	local status begun
	[ -n "${LADDER_PROBE:-}" ] && [ "$LADDER_LAST" = no ] || return 0
	case ${LADDER_FOUND%% *} in
		fresh) return 0 ;;
		# Another process finds out; it is as good as ejected meanwhile.
		half-open) breaker_claim "$LADDER_UPSTREAM" "$LADDER_SOURCE" || return 1 ;;
	esac
	status=0 begun=$(clock_uptime)
	"$LADDER_PROBE" "$LADDER_SOURCE" || status=$?
	[ "${LADDER_FOUND%% *}" != half-open ] || breaker_release "$LADDER_UPSTREAM" "$LADDER_SOURCE"
	[ "$status" -eq 0 ] || judge_classify "$status"
	# A thing that is not there, or a login that is wanted, says that somebody answers.
	case $status:$LADDER_CLASS:$LADDER_VERDICT in 0:* | *:not-found:* | *:dependency-resolution:* | *:other:* | *:auth:stop) status=0 LADDER_CLASS='' LADDER_VERDICT='done' ;; esac
	judge_tell probe "$status" "$(($(clock_uptime) - begun))"
	[ "$status" -eq 0 ] || return 1
	LADDER_PROBED=$LADDER_SOURCE
	breaker_note "$LADDER_UPSTREAM" "$LADDER_SOURCE" ok
}

# ladder__attempt FUNCTION ARGUMENT...: true for success.
ladder__attempt() {
	local status begun function
	function=$1
	shift
	LADDER_ATTEMPT=$((LADDER_ATTEMPT + 1)) LADDER_CLASS='' LADDER_VERDICT='done'
	status=0 begun=$LADDER_NOW ATTEMPT_ENDED=''
	"$function" "$LADDER_SOURCE" "$@" || status=$?
	[ "$status" -eq 0 ] || { judge_classify "$status" && judge_settle; }
	judge_tell attempt "$status" "$(($(clock_uptime) - begun))"
	[ "$status" -eq 0 ] || return 1
	breaker_note "$LADDER_UPSTREAM" "$LADDER_SOURCE" ok
}

# ladder__may_begin budget_left|budget_spend: no attempt beyond the budget or the deadline, and none that has no second
# to run; what was learnt before stays.
ladder__may_begin() {
	LADDER_NOW=$(clock_uptime)
	if [ $((LADDER_DEADLINE - LADDER_NOW)) -le 1 ]; then
		log_warn "the deadline has passed"
		[ "$LADDER_ATTEMPT" -gt 0 ] || [ -n "$LADDER_OUTAGE" ] || LADDER_CODE=124 LADDER_CLASS=timeout
	elif [ "$LADDER_ATTEMPT" -ge "${LADDER_MOST:-1000}" ]; then
		log_warn "$LADDER_MOST attempt(s) were allowed"
	elif [ "$LADDER_ATTEMPT" -gt 0 ] && ! "$1"; then
		log_warn "the budget of $SEAWALL_BUDGET retries is spent"
	else
		return 0
	fi
	LADDER_VERDICT=stop
	return 1
}

# Full jitter; a source that named a time is not asked before it.
ladder__wait() {
	local source pause least now
	backoff_draw 1 "$LADDER_WAIT_MOST" "$LADDER_ROUND"
	pause=$BACKOFF least='' now=$(clock_now)
	for source in $LADDER_SOURCES; do
		values_has "$source" "$LADDER_SPENT" && continue
		breaker_ask "$LADDER_UPSTREAM" "$source"
		[ "$BREAKER_UNTIL" -gt "$now" ] || BREAKER_UNTIL=$now
		[ -n "$least" ] && [ "$least" -le $((BREAKER_UNTIL - now)) ] || least=$((BREAKER_UNTIL - now))
	done
	[ "$pause" -ge "$least" ] || pause=$least
	[ $((pause + 1)) -lt "$(clock_left "$LADDER_DEADLINE")" ] || return 1
	log_info "no source left, waiting $pause s"
	events_emit wait info wait_s: "$pause"
	[ "$pause" -eq 0 ] || clock_sleep "$pause"
}
