# Room ladder: Which attempt comes next: which source, after which wait, or none?
# Face: ladder_* failures_forget choice_take_failed judge_attempt breaker_* budget_*
# Ladder: the only module that loops over attempts. Another source comes first; the climb waits only if none is left; a
# source that failed twice in the same way, or permanently, is not asked again.
# One record, which only this module writes: LADDER_DEADLINE (uptime seconds), LADDER_TEXT (the file that gets the
# output of a failed attempt), LADDER_UPSTREAM, LADDER_SOURCE (asked last), LADDER_LAST (`no` while another source is
# left), LADDER_ATTEMPT (attempts so far). Settings: SEAWALL_BUDGET, SEAWALL_DEADLINE.
# shellcheck shell=sh

# Not taken from the environment.
LADDER_ATTEMPT=0

# ladder_begin [FOLDER]: once for all climbs of a command, which share its deadline and budget. FOLDER: where failures
# are recorded, the state folder by default.
ladder_begin() {
	LADDER_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE")
	LADDER_TEXT=$SCRATCH/failure LADDER_LAST=yes LADDER_ATTEMPT=0 LADDER_SOURCE='' LADDER_UPSTREAM=none
	: >"$LADDER_TEXT"
	budget_begin
	breaker_begin "${1:-}"
}

# ladder_shorten SECONDS: all climbs end in at most SECONDS from now.
ladder_shorten() { LADDER_DEADLINE=$(values_min "$LADDER_DEADLINE" "$(($(clock_uptime) + $1))"); }

# ladder_climb [OPTION...] ROUNDS UPSTREAM "SOURCE..." FUNCTION ARGUMENT...: calls FUNCTION SOURCE ARGUMENT... until it
# succeeds, at most ROUNDS times for each source. FUNCTION leaves its output in LADDER_TEXT, or calls finding_set, and
# returns the exit code of its command. Returns 0, or the exit code of the finding.
#   --attempts N           at most N attempts, over all sources
#   --tool T               the tool whose output it is (see classify.sh)
#   --probe FUNCTION       makes one small request; called with SOURCE LATE in a process with its own SCRATCH and
#                          LADDER_TEXT. LATE is for attempt_run, which starts the probe of the next source with it
#   --wait-probe FUNCTION  the same, for the Retry-After of a source with a rate limit whose tool does not print it
#   --retry-on "CLASS..."  retry these classes only (`any` for all)
#   --insist               retry a source that failed twice in the same way, too
#   --eager                the first attempt needs no probe: it may find all that it needs on this machine
#   --pinned               the content is pinned or signed: `not found` counts only if all sources say so
ladder_climb() {
	local rounds function
	ladder_options_take "$@"
	shift "$LADDER_TAKEN"
	rounds=$1 LADDER_UPSTREAM=$2 LADDER_SOURCES=$3 function=$4
	shift 4
	LADDER_ATTEMPT=0 LADDER_ROUND=1 LADDER_ASKED=''
	failures_begin
	# The result if every source has named a time before which it must not be asked.
	finding_clear
	finding_set rate-limited
	while race_collect && ladder__choose "$rounds"; do
		ladder__probe || continue
		ladder__may_begin budget_spend || break
		ladder__attempt "$function" "$@" && { race_stop yes && return 0; }
		[ "$FINDING_VERDICT" != stop ] || break
	done
	race_stop no
	LADDER_LAST=yes
	failures_conclude
	return "$FINDING_CODE"
}

# ladder_leave_source: the source of this attempt is not asked again in this climb.
ladder_leave_source() { failures_spend "$LADDER_SOURCE"; }
# ladder_has_attempt: whether the number of attempts and the deadline allow one more.
ladder_has_attempt() {
	[ "$LADDER_ATTEMPT" -lt "${LADDER_ATTEMPTS:-1000}" ] && [ "$(clock_left "$LADDER_DEADLINE")" -gt 1 ]
}
# ladder_count: prints `after N attempts`.
ladder_count() { printf 'after %s\n' "$(values_count "$LADDER_ATTEMPT" attempt)"; }

# ladder__choose ROUNDS: sets LADDER_SOURCE, LADDER_LAST and LADDER_STATE; false if no source is left.
ladder__choose() {
	# Something was changed: the same source, without a wait and without a probe.
	[ "$FINDING_VERDICT" != at-once ] || { LADDER_STATE=fresh && return 0; }
	until choice_find "$LADDER_UPSTREAM" "$LADDER_SOURCES" "$LADDER_ASKED"; do
		failures_leave_any "$LADDER_SOURCES" && [ "$LADDER_ROUND" -lt "$1" ] || return 1
		# No wait for an attempt that would not be allowed.
		ladder__may_begin budget_left || return 1
		choice_wait "$LADDER_UPSTREAM" "$LADDER_SOURCES" "$LADDER_ROUND" "$LADDER_DEADLINE" || return 1
		LADDER_ROUND=$((LADDER_ROUND + 1)) LADDER_ASKED=''
	done
	LADDER_SOURCE=$CHOICE_SOURCE LADDER_LAST=$CHOICE_IS_LAST LADDER_STATE=$CHOICE_STATE
}

# ladder__probe: replaces LADDER_SOURCE by the first source that answers; false if none does. The last source is not
# probed, unless its probe is still running.
ladder__probe() {
	local first
	first=$LADDER_SOURCE
	if [ "$LADDER_EAGER:$LADDER_ATTEMPT" = yes:0 ]; then
		:
	elif [ "$LADDER_LAST" = no ] || race_probes "$first"; then
		race_run "$LADDER_UPSTREAM" "$LADDER_SOURCES" "$LADDER_ASKED" "$LADDER_TOOL" "$first" "$LADDER_STATE"
		LADDER_SOURCE=$RACE_WINNER LADDER_ASKED="$LADDER_ASKED$RACE_FAILED"
		[ -n "$LADDER_SOURCE" ] || return 1
		# A source that does not answer is no reason to leave a slow download.
		[ "$LADDER_SOURCE$RACE_FAILED" = "$first" ] || ladder__find_last "$(race_sources)"
	fi
	LADDER_ASKED="$LADDER_ASKED $LADDER_SOURCE"
}

# ladder__find_last "SOURCE...": sets LADDER_LAST: `no` if another source is left, not counting these.
ladder__find_last() {
	LADDER_LAST=yes
	choice_find "$LADDER_UPSTREAM" "$LADDER_SOURCES" "$LADDER_ASKED $LADDER_SOURCE $1" || return 0
	[ "$CHOICE_STATE" = open ] || LADDER_LAST=no
}

# ladder__attempt FUNCTION ARGUMENT...: true for success.
ladder__attempt() {
	local status function
	LADDER_ATTEMPT=$((LADDER_ATTEMPT + 1)) function=$1 status=0
	shift
	finding_clear && attempt_begin
	: >"$LADDER_TEXT"
	"$function" "$LADDER_SOURCE" "$@" || status=$?
	if [ "$status" -eq 0 ]; then finding_clear; else ladder__judge "$status"; fi
	judge_tell attempt "$status" $(($(clock_uptime) - LADDER_NOW)) "$LADDER_UPSTREAM" "$LADDER_SOURCE" "$LADDER_ATTEMPT"
	[ "$status" -ne 0 ] || { breaker_note "$LADDER_UPSTREAM" "$LADDER_SOURCE" ok && return; }
	failures_note "$LADDER_UPSTREAM" "$LADDER_SOURCE" "$LADDER_TEXT" "$LADDER_INSIST"
	return 1
}

# ladder__judge STATUS: completes the finding of a failed attempt.
ladder__judge() {
	# A source whose probe is still running may have the answer.
	[ -z "$(race_sources)" ] || ladder__find_last ''
	judge_attempt "$1" "$LADDER_TEXT" "$LADDER_TOOL" "$LADDER_RETRY_ON"
	judge_allow_others "$LADDER_TEXT" "$LADDER_LAST" "$FAILURES_OUTAGE"
	! choice_is_early "$LADDER_SOURCE" "$LADDER_SOURCES" "$LADDER_ASKED $FAILURES_SPENT" || failures_allow_others
	[ "$LADDER_PINNED:$LADDER_LAST" != yes:no ] || failures_allow_others
	[ -n "$LADDER_RETRY_ON" ] || probe_after_failure "$LADDER_SOURCE" "$LADDER_LAST" "$LADDER_TEXT" "$LADDER_TOOL"
	judge_allow_retry_at_once
}

# ladder__may_begin budget_left|budget_spend: false, with a log line, if deadline, number of attempts or budget forbid
# one more attempt.
ladder__may_begin() {
	LADDER_NOW=$(clock_uptime)
	if [ $((LADDER_DEADLINE - LADDER_NOW)) -le 1 ]; then
		log_warn "the deadline has passed"
		[ "$LADDER_ATTEMPT" -gt 0 ] || [ -n "$FAILURES_OUTAGE" ] || { finding_set timeout && finding_decide stop 124; }
	elif [ "$LADDER_ATTEMPT" -ge "${LADDER_ATTEMPTS:-1000}" ]; then
		log_warn "no attempt left: the limit is $LADDER_ATTEMPTS"
	elif [ "$LADDER_ATTEMPT" -gt 0 ] && ! "$1"; then
		log_warn "no retry left: the budget of the build is $SEAWALL_BUDGET (SEAWALL_BUDGET)"
	else
		return 0
	fi
	return 1
}
