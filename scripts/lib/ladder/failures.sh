# Failures: what a climb has learnt about its sources. One record, which only this module writes: FAILURES_SPENT
# (sources that are not asked again), FAILURES_SEEN (failures so far), FAILURES_OUTAGE (class of the last outage, empty
# for none), FAILURES_WRONG_BYTES (yes or no).
# shellcheck shell=sh

failures_begin() { FAILURES_SPENT='' FAILURES_SEEN='' FAILURES_OUTAGE='' FAILURES_WRONG_BYTES=no; }

# failures_spend SOURCE: it is not asked again in this climb.
failures_spend() { FAILURES_SPENT="$FAILURES_SPENT $1"; }

# failures_forget: the climb has shown since that what failed before is not the cause.
failures_forget() { FAILURES_OUTAGE='' FAILURES_WRONG_BYTES=no; }

# failures_leave_any "SOURCE...": whether one of them may be asked again.
failures_leave_any() {
	local source
	for source in $1; do
		values_has "$source" "$FAILURES_SPENT" || return 0
	done
	return 1
}

# failures_note UPSTREAM SOURCE FILE yes|no: the finding is a failure of SOURCE, FILE its output; `yes` to ask a source
# again that failed twice in the same way. Verdict at-once: the cause of the failure is gone, so it is no evidence
# against SOURCE.
failures_note() {
	local failure
	[ "$FINDING_CLASS" != integrity ] || FAILURES_WRONG_BYTES=yes
	[ "$FINDING_VERDICT" != at-once ] || return 0
	[ "$FINDING_CODE" -ne 75 ] || FAILURES_OUTAGE=$FINDING_CLASS
	failure=$2:$(failures__word "$3")
	[ "$4" = yes ] || ! values_has "$failure" "$FAILURES_SEEN" || failures_spend "$2"
	FAILURES_SEEN="$FAILURES_SEEN $failure"
	# Only another source can help.
	case $FINDING_VERDICT:$FINDING_CODE in elsewhere:75 | again:*) ;; *) failures_spend "$2" ;; esac
	# A missing file or a refused login is no fault of a source.
	case $FINDING_CODE in
		65 | 71 | 75) breaker_note "$1" "$2" fail "$FINDING_CLASS" "$(failures__not_before "$3")" ;;
	esac
}

# failures_allow_others: another source may have content that this one does not serve, or to anybody: because it is
# pinned, or because that source comes first.
failures_allow_others() {
	case $FINDING_VERDICT:$FINDING_CLASS in
		stop:not-found | stop:dependency-resolution | stop:auth | stop:proxy) finding_decide elsewhere ;;
	esac
}

# failures__word FILE: prints a word that is the same for the same failure: same class, same URLs in the output. A tool
# that got further has not failed in the same way.
failures__word() {
	local sum
	sum=$(tail -c 200000 "$1" 2>/dev/null | LC_ALL=C sed -n 's/.*\(https\{0,1\}:\/\/[^ "]*\).*/\1/p' | sort -u | cksum)
	printf '%s:%s\n' "$FINDING_CLASS" "${sum%% *}"
}

# failures__not_before FILE: prints the time before which the source must not be asked again, 0 for none: from the
# finding, else from a Retry-After in the output.
failures__not_before() {
	[ -n "$FINDING_NOT_BEFORE" ] || retry_after_end "$1"
	printf '%s\n' "${FINDING_NOT_BEFORE:-$RETRY_AFTER_END}"
}

# failures_conclude: the finding of a climb without success. Wrong bytes come first, whatever followed them; then an
# outage, if a source may have had the answer that the last one did not.
failures_conclude() {
	if [ "$FAILURES_WRONG_BYTES" = yes ]; then
		finding_set integrity
	elif [ -n "$FAILURES_OUTAGE" ]; then
		case $FINDING_CLASS in
			auth | not-found | dependency-resolution | other | tls | http-4xx-other)
				finding_set "$FAILURES_OUTAGE"
				finding_decide elsewhere 75
				;;
		esac
	fi
}
