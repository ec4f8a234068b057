# Ladder: which attempt comes next. The only module that loops over attempts: another source first,
# waiting only when none is left, never a source again that failed twice the same way, or in a way that lasts.
# Needs log.sh, clock.sh, events.sh and classify.sh. Settings: SEAWALL_BUDGET; LADDER_DEADLINE in epoch seconds.
# shellcheck shell=sh

# ladder_climb ROUNDS UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: calls FUNCTION SOURCE ARGUMENT... until it succeeds.
# FUNCTION leaves the text of a failure in LADDER_TEXT (a file) and returns the command's status.
# Gives 0, or the exit code of the last class (classes.tsv).
ladder_climb() {
	local rounds round
	rounds=$1
	shift
	LADDER_ATTEMPT=0 LADDER_SEEN='' LADDER_SPENT='' LADDER_LIAR=no round=1
	while :; do
		ladder__round "$@" && return 0
		[ "$LADDER_VERDICT" != stop ] && [ "$round" -lt "$rounds" ] && ladder__is_any_left "$2" || break
		# Nobody waits for an attempt that may not be made.
		ladder__may_begin && ladder__wait "$round" || break
		round=$((round + 1))
	done
	# Wrong bytes are the news, whatever came after them.
	[ "$LADDER_LIAR" = no ] || LADDER_CODE=65 LADDER_CLASS=integrity
	return "$LADDER_CODE"
}

ladder__round() {
	local upstream sources function source status begun
	upstream=$1 sources=$2 function=$3
	shift 3
	for source in $sources; do
		ladder__is_any_left "$source" || continue
		ladder__may_begin || return 1
		LADDER_ATTEMPT=$((LADDER_ATTEMPT + 1))
		status=0 begun=$(clock_now)
		"$function" "$source" "$@" || status=$?
		ladder__judge "$upstream" "$source" "$status" "$(($(clock_now) - begun))" && return 0
		[ "$LADDER_VERDICT" != stop ] || return 1
	done
	return 1
}

ladder__is_any_left() {
	local source
	for source in $1; do
		case "$LADDER_SPENT " in *" $source "*) ;; *) return 0 ;; esac
	done
	return 1
}

# No attempt beyond the budget or the deadline; the code of what was seen before stays.
ladder__may_begin() {
	if [ "$LADDER_ATTEMPT" -gt "$SEAWALL_BUDGET" ]; then
		log_warn "the budget of $SEAWALL_BUDGET retries is spent"
	elif [ "$(clock_left "$LADDER_DEADLINE")" -eq 0 ]; then
		log_warn "the deadline has passed"
		[ "$LADDER_ATTEMPT" -gt 0 ] || LADDER_CODE=124 LADDER_CLASS=timeout
	else
		return 0
	fi
	LADDER_VERDICT=stop
	return 1
}

# ladder__judge UPSTREAM SOURCE STATUS SECONDS: sets LADDER_CLASS, LADDER_VERDICT and LADDER_CODE; true for success.
ladder__judge() {
	local level
	level=info LADDER_CLASS='' LADDER_VERDICT='done'
	if [ "$3" -ne 0 ]; then level=warn && ladder__classify "$3"; fi
	event_emit attempt "$level" upstream "$1" source "$2" attempt: "$LADDER_ATTEMPT" class "$LADDER_CLASS" \
		verdict "$LADDER_VERDICT" elapsed_s: "$4" exit: "$3" detail "${LADDER_SUBJECT:-}"
	[ "$3" -ne 0 ] || return 0
	log_warn "$1 $2: $LADDER_CLASS [$LADDER_VERDICT]"
	ladder__remember "$2"
	return 1
}

# A source is spent by the same failure twice, or by one that only another source can mend.
ladder__remember() {
	case "$LADDER_SEEN " in *" $1:$LADDER_CLASS "*) LADDER_SPENT="$LADDER_SPENT $1" ;; esac
	LADDER_SEEN="$LADDER_SEEN $1:$LADDER_CLASS"
	case $LADDER_VERDICT:$LADDER_CODE in elsewhere:75) ;; elsewhere:*) LADDER_SPENT="$LADDER_SPENT $1" ;; esac
	[ "$LADDER_CLASS" != integrity ] || LADDER_LIAR=yes
}

# What a command of ours in a RUN step has already found out is not guessed at again.
ladder__classify() {
	local line
	line=''
	LADDER_CLASS=$(sed -n 's/.*: error: [a-z-]*: \([a-z0-9-]*\), tried [0-9]* times: .*/\1/p' "$LADDER_TEXT" | tail -n 1)
	if [ "$1" -eq 124 ]; then
		LADDER_CLASS=timeout
	elif [ -z "$LADDER_CLASS" ]; then
		line=$(classify_file "$LADDER_TEXT" "${LADDER_TOOL:--}" "$1")
		LADDER_CLASS=${line%%	*}
	fi
	LADDER_VERDICT=$(classify_verdict "$LADDER_CLASS")
	# A rule may know better than its class: an unknown signing key is wrong bytes, and the same everywhere.
	if [ -n "$line" ]; then line=${line#*	} && LADDER_VERDICT=${line%%	*}; fi
	LADDER_CODE=$(classify_exit_code "$LADDER_CLASS")
}

# Full jitter, capped: rand(0, min(30, 2^round)) seconds, from the kernel's generator, since $RANDOM is not everywhere.
ladder__wait() {
	local most pause
	most=$((1 << $1))
	[ "$most" -le 30 ] || most=30
	pause=$(($(od -An -N2 -tu2 /dev/urandom) % (most + 1)))
	[ "$pause" -lt "$(clock_left "$LADDER_DEADLINE")" ] || return 1
	log_info "no source left, waiting $pause s"
	event_emit wait info wait_s: "$pause"
	[ "$pause" -eq 0 ] || clock_sleep "$pause"
}
