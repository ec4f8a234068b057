# Race: probes of several sources side by side. If an answer is late (--late of attempt_run), the next source is probed,
# too, and the first good answer wins. The slower probes go on during the attempt that follows, so that the breaker
# learns which source hangs and which one is only slow. What has not answered at the end of the climb is late.
# One record, which only this module writes: RACE_RUNNING (the probes without a result so far, words
# NUMBER:PID:BEGUN:STATE:SOURCE), RACE_WINNER and RACE_FAILED (sources whose probe failed in this race).
# shellcheck shell=sh

# Not taken from the environment.
RACE_RUNNING='' RACE_NUMBER=0 RACE_FIFO='' RACE_WINNER='' RACE_FAILED=''

# race_probes SOURCE: true if a probe of SOURCE is running.
race_probes() {
	local probe
	for probe in $RACE_RUNNING; do [ "${probe#*:*:*:*:}" != "$1" ] || return 0; done
	return 1
}

# race_sources: prints the sources whose probes are running.
race_sources() {
	local probe
	for probe in $RACE_RUNNING; do printf '%s ' "${probe#*:*:*:*:}"; done
}

# race_run UPSTREAM "SOURCE..." "ASKED..." TOOL FIRST STATE: probes FIRST, and while an answer is late the next sources
# that are not in ASKED. STATE is what the breaker says of FIRST: a source that succeeded lately is not probed. Sets
# RACE_WINNER, the source to use, empty if no probe succeeded, and RACE_FAILED.
race_run() {
	local line
	RACE_UPSTREAM=$1 RACE_SOURCES=$2 RACE_ASKED="$3 $5" RACE_TOOL=$4 RACE_WINNER='' RACE_FAILED=''
	[ -n "$PROBE_FUNCTION" ] && [ "$6" != fresh ] || { RACE_WINNER=$5 && return; }
	race__open
	if race_probes "$5"; then race__start_next; else race__start "$5" "$6"; fi
	# A fifo that nobody has open loses what was written to it, so it is open before the first look.
	{
		race__look
		while [ -z "$RACE_WINNER" ] && [ -n "$RACE_RUNNING" ] && IFS= read -r line; do
			race__look
			case "$RACE_WINNER:$line:$RACE_RUNNING" in
				:done:?* | ":late"*" ${line#late }:"*) race__start_next ;;
			esac
		done
	} <>"$RACE_FIFO"
	[ -z "$RACE_WINNER" ] || race__tell_slow
}

# race_collect: records the results that have arrived since. The finding of the last attempt stays.
race_collect() {
	[ -n "$RACE_RUNNING" ] || return 0
	local FINDING_CLASS FINDING_VERDICT FINDING_CODE FINDING_CHANGED
	local FINDING_UPSTREAM FINDING_SOURCE FINDING_NOT_BEFORE FINDING_WORDS
	finding_clear
	race__look
}

# race_stop yes|no: the end of the climb. `yes` after a success: a source without an answer so far is noted as late.
race_stop() {
	local probe
	race_collect
	[ "$1" = no ] || for probe in $RACE_RUNNING; do breaker_note "$RACE_UPSTREAM" "${probe#*:*:*:*:}" fail late; done
	race__end_all
}

# race__look: records the results of the probes that have ended. The first source in the order of the list wins, also
# over one that answered a moment earlier.
race__look() {
	local probe running
	running=$RACE_RUNNING RACE_RUNNING=''
	attempt_begin
	for probe in $running; do
		if race__has_ended "$probe"; then race__record; else RACE_RUNNING="$RACE_RUNNING $probe"; fi
	done
}

# race__open: makes the fifo to which probes write `late NUMBER` and `done`.
race__open() {
	[ -z "$RACE_FIFO" ] || return 0
	RACE_FIFO=$SCRATCH/race
	exit_at_end race__end_all
	mkfifo "$RACE_FIFO"
}

# race__start SOURCE STATE: false if another process probes a half-open source at this moment.
race__start() {
	[ "$2" != half-open ] || breaker_claim "$RACE_UPSTREAM" "$1" || { RACE_FAILED="$RACE_FAILED $1" && return 1; }
	RACE_NUMBER=$((RACE_NUMBER + 1))
	prober_run "$RACE_NUMBER" "$1" "$PROBE_FUNCTION" "$RACE_FIFO" </dev/null >/dev/null 2>&1 &
	RACE_RUNNING="$RACE_RUNNING $RACE_NUMBER:$!:$(clock_uptime):$2:$1"
}

# race__start_next: probes the next source, if one is left. A source that succeeded lately wins without a probe.
race__start_next() {
	choice_find "$RACE_UPSTREAM" "$RACE_SOURCES" "$RACE_ASKED" && [ "$CHOICE_STATE" != open ] || return 0
	RACE_ASKED="$RACE_ASKED $CHOICE_SOURCE"
	case $CHOICE_STATE in
		fresh) RACE_WINNER=$CHOICE_SOURCE ;;
		*) race__start "$CHOICE_SOURCE" "$CHOICE_STATE" || race__start_next ;;
	esac
}

# race__read PROBE: sets RACE_ID, RACE_PID, RACE_BEGUN, RACE_STATE and RACE_SOURCE from a word of RACE_RUNNING.
race__read() {
	IFS=: read -r RACE_ID RACE_PID RACE_BEGUN RACE_STATE RACE_SOURCE <<-PROBE
		$1
	PROBE
}

# race__has_ended PROBE: sets RACE_STATUS and RACE_ENDED, too. A probe that was killed has reported nothing.
race__has_ended() {
	local file
	race__read "$1"
	file=$SCRATCH/race.$RACE_ID/status RACE_STATUS=137 RACE_ENDED=''
	[ -s "$file" ] || ! process_lives "$RACE_PID" - || return 1
	[ ! -s "$file" ] || read -r RACE_STATUS RACE_ENDED <"$file"
}

# race__record: records the result of the probe that race__has_ended has read.
race__record() {
	wait "$RACE_PID" 2>/dev/null || :
	[ "$RACE_STATE" != half-open ] || breaker_release "$RACE_UPSTREAM" "$RACE_SOURCE"
	set -- "$RACE_BEGUN" "$SCRATCH/race.$RACE_ID/failure" "$RACE_TOOL" "$RACE_ENDED"
	if probe_record "$RACE_STATUS" "$RACE_UPSTREAM" "$RACE_SOURCE" "$@"; then
		: "${RACE_WINNER:=$RACE_SOURCE}"
	else
		RACE_FAILED="$RACE_FAILED $RACE_SOURCE"
	fi
}

# race__tell_slow: the sources that RACE_WINNER was faster than.
race__tell_slow() {
	local probe source
	for probe in $RACE_RUNNING; do
		source=${probe#*:*:*:*:}
		log_info "$RACE_UPSTREAM $source: no answer yet, $RACE_WINNER answered first"
		events_emit probe info upstream "$RACE_UPSTREAM" source "$source" class '' verdict elsewhere \
			detail 'no answer yet, another source answered first'
	done
}

# race__end_all: ends the probes that still run.
race__end_all() {
	local probe
	for probe in $RACE_RUNNING; do
		race__read "$probe"
		kill -s TERM "$RACE_PID" 2>/dev/null || :
		# Reaped here, so that the shell prints nothing about it later.
		wait "$RACE_PID" 2>/dev/null || :
		[ "$RACE_STATE" != half-open ] || breaker_release "$RACE_UPSTREAM" "$RACE_SOURCE"
	done
	RACE_RUNNING=''
}
