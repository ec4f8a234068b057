# Judge: what a failed attempt or probe means: class, verdict and exit code.
# shellcheck shell=sh

JUDGE_TAB='	'

# judge_attempt STATUS FILE TOOL "CLASS...": completes the finding of a failed attempt. A finding that a module has set
# stays; otherwise FILE, the output of TOOL, is classified. CLASS: the only classes to retry, empty to follow the table.
judge_attempt() {
	[ -n "$FINDING_CLASS" ] || {
		judge_output "$1" "$2" "$3"
		judge_accept
	}
	[ -n "$4" ] || return 0
	case " $4 " in
		*" $FINDING_CLASS "* | *' any '*) finding_decide again 75 ;;
		*) finding_decide stop ;;
	esac
}

# judge_output STATUS FILE TOOL: sets JUDGE_CLASS, JUDGE_VERDICT and JUDGE_CODE from the output in FILE. Exit code 124
# says
# enough: one of the kit's time limits ended the command.
judge_output() {
	local file upstream lasting
	file=$2 lasting='' JUDGE_CLASS=timeout JUDGE_VERDICT=''
	[ -r "$file" ] || file=/dev/null
	[ "$1" -eq 124 ] || IFS=$JUDGE_TAB read -r JUDGE_CLASS JUDGE_VERDICT upstream lasting <<-LINE
		$(classify_file "$file" "${3:--}" "$1")
	LINE
	classify_look_up "$JUDGE_CLASS" || { JUDGE_CLASS=other && classify_look_up other; }
	: "${JUDGE_VERDICT:=$CLASS_VERDICT}"
	JUDGE_CODE=$CLASS_CODE
	case $JUDGE_CLASS:$lasting in
		integrity:*) ;;
		# A rule may know that this failure passes: a proxy that answers 503 is an outage, a wrong one is a setting.
		*:transient) [ "$JUDGE_CODE" -eq 71 ] || JUDGE_CODE=75 ;;
	esac
}

# judge_accept: makes the result of judge_output the finding.
judge_accept() { finding_set "$JUDGE_CLASS" && finding_decide "$JUDGE_VERDICT" "$JUDGE_CODE"; }

# judge_allow_others FILE yes|no OUTAGE: turns `stop` into `elsewhere` if another source may answer differently: a bare
# 403 while another source is left (401 is a login that is missing everywhere), or `not found` after OUTAGE, the class
# of an earlier failure, kept another source from answering. The second argument says whether this is the last source.
judge_allow_others() {
	case $FINDING_VERDICT:$FINDING_CLASS in
		stop:auth) [ "$2" = yes ] || ! judge__is_forbidden "$1" || finding_decide elsewhere ;;
		stop:not-found | stop:dependency-resolution | stop:other) [ -z "$3" ] || finding_decide elsewhere ;;
	esac
}

# judge_allow_retry_at_once: something was changed since the attempt, and the failure is not permanent.
judge_allow_retry_at_once() {
	[ "$FINDING_CHANGED" = no ] || [ "$FINDING_VERDICT" = stop ] || finding_decide at-once
}

judge__is_forbidden() { grep -q -i -E '(^|[^0-9])403([^0-9]|$)' "$1"; }

# judge_probe STATUS FILE TOOL: whether the source answered a probe, while another source is left. A missing file and a
# missing login are answers, too.
judge_probe() {
	[ "$1" -ne 0 ] || return 0
	judge_output "$1" "$2" "$3"
	[ "$JUDGE_CLASS" != auth ] || ! judge__is_forbidden "$2" || JUDGE_VERDICT=elsewhere
	case $JUDGE_CLASS:$JUDGE_VERDICT in
		not-found:* | dependency-resolution:* | other:* | auth:stop) return 0 ;;
		*) return 1 ;;
	esac
}

# judge__is_told ATTEMPT:VERDICT:CLASS: a shim adds nothing to what the tool says about the user's own mistake.
judge__is_told() {
	case $LADDER_EAGER:$1 in
		yes:1:stop:build-command-failed | yes:1:stop:dependency-resolution | yes:1:stop:not-found) ;;
		*) return 1 ;;
	esac
}

# judge_tell probe|attempt STATUS SECONDS UPSTREAM SOURCE [ATTEMPT]: the event of a probe or an attempt, and a log line
# if it failed.
judge_tell() {
	local level class verdict detail
	level=info class='' verdict='done' detail=${ATTEMPT_ENDED:-$FINDING_WORDS}
	[ "$2" -eq 0 ] || level=warn class=$FINDING_CLASS verdict=$FINDING_VERDICT
	events_emit "$1" "$level" upstream "$4" source "$5" ${6:+attempt: "$6"} class "$class" verdict "$verdict" \
		elapsed_s: "$3" exit: "$2" detail "$detail"
	[ "$2" -ne 0 ] || return 0
	# The output of the tool says more than `other`.
	[ "$class:$detail" != other: ] || return 0
	! judge__is_told "${6:-}:$verdict:$class" || return 0
	log_warn "$4 $5: $class${FINDING_SOURCE:+ of $FINDING_UPSTREAM $FINDING_SOURCE}${detail:+, $detail}"
}
