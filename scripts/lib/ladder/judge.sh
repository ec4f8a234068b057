# Judge: what a failure means for the climb that met it: class and verdict, whether its source may be asked again, what is
# written down and remembered, and how a climb without success ends.
# works on the LADDER_ variables of ladder.sh.
# shellcheck shell=sh

# judge_tell probe|attempt STATUS SECONDS: event, log line, and what is remembered of a failure.
judge_tell() {
	local level number
	level=info number=''
	[ "$2" -eq 0 ] || level=warn
	[ "$1" = probe ] || number=$LADDER_ATTEMPT
	events_emit "$1" "$level" upstream "$LADDER_UPSTREAM" source "$LADDER_SOURCE" ${number:+attempt: "$number"} \
		class "$LADDER_CLASS" verdict "$LADDER_VERDICT" elapsed_s: "$3" exit: "$2" detail "${ATTEMPT_ENDED:-${LADDER_SUBJECT:-}}"
	[ "$2" -ne 0 ] || return 0
	log_warn "$LADDER_UPSTREAM $LADDER_SOURCE: $LADDER_CLASS${ATTEMPT_ENDED:+, $ATTEMPT_ENDED} [$LADDER_VERDICT]"
	judge__remember
}

# A source is spent by the same failure twice, or by one that only another source can mend. The same failure: of the same
# class, and about the same things, for a tool that got further has not failed the same way.
judge__remember() {
	local failure
	failure=$LADDER_SOURCE:$LADDER_CLASS:$(tail -c 200000 "$LADDER_TEXT" 2>/dev/null | LC_ALL=C sed -n 's/.*\(https\{0,1\}:\/\/[^ "]*\).*/\1/p' | sort -u | cksum | cut -d ' ' -f 1)
	[ -n "${LADDER_INSISTS:-}" ] || ! values_has "$failure" "$LADDER_SEEN" || LADDER_SPENT="$LADDER_SPENT $LADDER_SOURCE"
	LADDER_SEEN="$LADDER_SEEN $failure"
	case $LADDER_VERDICT:$LADDER_CODE in elsewhere:75 | again:*) ;; *) LADDER_SPENT="$LADDER_SPENT $LADDER_SOURCE" ;; esac
	[ "$LADDER_CLASS" != integrity ] || LADDER_LIAR=yes
	# A missing thing or a refused login says nothing against its source.
	case $LADDER_CODE in 75) LADDER_OUTAGE=$LADDER_CLASS ;; 65 | 71) ;; *) return 0 ;; esac
	retry_after_end "$LADDER_TEXT"
	breaker_note "$LADDER_UPSTREAM" "$LADDER_SOURCE" fail "$LADDER_CLASS" "$RETRY_AFTER_END"
}

# judge_classify STATUS: sets LADDER_CLASS, LADDER_VERDICT and LADDER_CODE.
# What a command of ours in a RUN step has already found out is not guessed at again.
judge_classify() {
	local line lasting
	lasting='' LADDER_VERDICT=''
	LADDER_CLASS=$(sed -n 's/.*: error: [a-z-]*: \([a-z0-9-]*\), tried [0-9]* times: .*/\1/p' "$LADDER_TEXT" | tail -n 1)
	if [ "$1" -eq 124 ]; then
		LADDER_CLASS=timeout
	elif [ -z "$LADDER_CLASS" ]; then
		tail -c 200000 "$LADDER_TEXT" >"$LADDER_TEXT.tail"
		line=$(classify_file "$LADDER_TEXT.tail" "${LADDER_TOOL:--}" "$1")
		lasting=${line##*	} LADDER_CLASS=${line%%	*} line=${line#*	}
		# A rule may know better than its class: an unknown signing key is wrong bytes, and the same everywhere.
		LADDER_VERDICT=${line%%	*}
	fi
	classify_look_up "$LADDER_CLASS" || classify_look_up other
	: "${LADDER_VERDICT:=$CLASS_VERDICT}"
	LADDER_CODE=$CLASS_CODE
	case $LADDER_CLASS:$lasting in
		integrity:*) ;;
		# A proxy that is ill is an outage, one that is wrong is a setting.
		*:transient) [ "$LADDER_CODE" -eq 71 ] || LADDER_CODE=75 ;;
	esac
	judge__choose_class
	judge__doubt
}

# LADDER_RETRY_ON: the classes that the caller wants to have retried, and no others; empty leaves it to the table.
judge__choose_class() {
	[ -n "${LADDER_RETRY_ON:-}" ] || return 0
	if values_has "$LADDER_CLASS" "$LADDER_RETRY_ON" || values_has any "$LADDER_RETRY_ON"; then
		LADDER_VERDICT=again LADDER_CODE=75
	else
		LADDER_VERDICT=stop
	fi
}

# The words of a tool for "is not there" may mean "could not be asked" (pip): one small request to the source tells.
# How long one that is over its limit wants to be left alone no tool says; a probe may, where LADDER_PROBE_TELLS is yes.
judge_settle() {
	local class verdict code status
	if [ "$LADDER_CLASS:$LADDER_LAST:${LADDER_PROBE_TELLS:-no}" = rate-limited:yes:yes ]; then
		"$LADDER_PROBE" "$LADDER_SOURCE" || :
		return 0
	fi
	case $LADDER_CLASS:${LADDER_PROBE:-} in not-found:?* | dependency-resolution:?*) ;; *) return 0 ;; esac
	[ "${LADDER_PROBED:-}" != "$LADDER_SOURCE" ] || return 0
	class=$LADDER_CLASS verdict=$LADDER_VERDICT code=$LADDER_CODE status=0
	"$LADDER_PROBE" "$LADDER_SOURCE" || status=$?
	[ "$status" -eq 0 ] || judge_classify "$status"
	[ "$status" -ne 0 ] && [ "$LADDER_CODE" -eq 75 ] || LADDER_CLASS=$class LADDER_VERDICT=$verdict LADDER_CODE=$code
}

# What a source says it does not have, or does not give, is its own word: no answer while another one was not there to be
# asked (an outage), or may serve it to anybody. Who wants a login (401) is another matter than who refuses (403).
judge__doubt() {
	case $LADDER_VERDICT:$LADDER_CLASS in
		stop:auth) [ "$LADDER_LAST" = yes ] || ! grep -q -i -E '(^|[^0-9])403([^0-9]|$)' "$LADDER_TEXT" || LADDER_VERDICT=elsewhere ;;
		stop:not-found | stop:dependency-resolution | stop:other) [ -z "$LADDER_OUTAGE" ] || LADDER_VERDICT=elsewhere ;;
	esac
}

# Wrong bytes are the news, whatever came after them; then an outage that left a question open.
judge_conclude() {
	if [ "$LADDER_LIAR" = yes ]; then
		LADDER_CODE=65 LADDER_CLASS=integrity
	elif [ -n "$LADDER_OUTAGE" ]; then
		case $LADDER_CLASS in auth | not-found | dependency-resolution | other | tls | http-4xx-other) LADDER_CODE=75 LADDER_CLASS=$LADDER_OUTAGE ;; esac
	fi
}
