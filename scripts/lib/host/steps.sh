# Steps: what a run does, each with its time while it runs, and the table at the end.
# Needs log.sh and clock.sh. Works in SCRATCH: steps.tsv holds name, result, seconds, detail; ticking is there while
# seconds are counted.
# shellcheck shell=sh

# steps_do NAME FUNCTION ARGUMENT...: FUNCTION sets STEP_DETAIL. Its status is the step's.
# On a terminal one line counts the seconds meanwhile; elsewhere a line says when the build has come a step further.
steps_do() {
	local name status
	name=$1
	shift
	STEP_NAME=$name STEP_DETAIL=''
	STEP_BEGUN=$(clock_now)
	if [ "${STEPS_SILENT:-no}" = no ]; then
		log_info "$name ..."
		steps__begin_tick
	fi
	status=0
	"$@" || status=$?
	steps__note "$status"
	return "$status"
}

# SCRATCH/output is BuildKit's plain progress: the last line that begins with `#12 [` is where it stands. Options of a
# step tell a reader little.
steps__stand() {
	sed -n 's/^#[0-9]* \(\[.*\)/\1/p' "$SCRATCH/output" 2>/dev/null | tail -n 1 | sed 's/ --[a-z]*=[^ ]*//g; s/  */ /g; s/^\(.\{70\}\).*/\1.../'
}

steps__begin_tick() {
	[ "${STEPS_CLOSING:-no}" = no ] || return 0
	: >"$SCRATCH/ticking"
	steps__tick &
	STEPS_TICKER=$!
}

# A signal wakes it; the file ends it, for a signal can be lost on a process that has just begun (mksh).
steps__tick() {
	local stands seen
	seen=''
	trap - EXIT
	trap : TERM
	while [ -e "$SCRATCH/ticking" ] && clock_sleep 1; do
		stands=$(steps__stand)
		if [ -n "${LOG_CLEAR:-}" ]; then
			printf '%s%.100s' "$LOG_CLEAR" "$(redact_text "$STEP_NAME, $(($(clock_now) - STEP_BEGUN)) s  $stands")" >&2
		elif [ "$stands" != "$seen" ]; then
			log_info "$STEP_NAME, $(($(clock_now) - STEP_BEGUN)) s: $stands"
			seen=$stands
		fi
	done
}

steps__end_tick() {
	[ -n "${STEPS_TICKER:-}" ] || return 0
	rm -f "$SCRATCH/ticking"
	kill "$STEPS_TICKER" 2>/dev/null || :
	wait "$STEPS_TICKER" 2>/dev/null || :
	STEPS_TICKER=
	rm -f "$SCRATCH/output"
}

# steps__note STATUS: the row of the step that is being done.
steps__note() {
	local result seconds
	result=ok seconds=$(($(clock_now) - STEP_BEGUN))
	[ "$1" -eq 0 ] || result=FAILED
	steps__end_tick
	printf '%s\t%s\t%s\t%s\n' "$STEP_NAME" "$result" "$seconds" "$(redact_text "${STEP_DETAIL:-}")" >>"$SCRATCH/steps.tsv"
	[ "${STEPS_SILENT:-no}" = yes ] || log_info "$STEP_NAME: $result, $seconds s${STEP_DETAIL:+, $STEP_DETAIL}"
	STEP_NAME=
}

# steps_do_first NAME FUNCTION: the same before anything is built, where the only line of a failure is its own.
steps_do_first() {
	STEPS_SILENT=yes
	steps_do "$@"
	STEPS_SILENT=no
}

# steps_close: a step that a `die` cut short gets its row too. The steps after this are those of the cleaning, which
# ignores signals, and so would a process that counts their seconds.
steps_close() {
	STEPS_CLOSING=yes
	[ -z "${STEP_NAME:-}" ] || steps__note 1
}

steps_show() {
	local name result seconds detail on off
	on='' off=''
	if steps__is_terminal 1 && [ -z "${NO_COLOR:-}" ]; then on=$(printf '\033[31m') off=$(printf '\033[0m'); fi
	printf '%-28s %-7s %7s  %s\n' step result seconds detail
	while IFS='	' read -r name result seconds detail; do
		[ "$result" = FAILED ] || {
			printf '%-28s %-7s %7s  %s\n' "$name" "$result" "$seconds" "$detail"
			continue
		}
		printf '%s%-28s %-7s %7s  %s%s\n' "$on" "$name" "$result" "$seconds" "$detail" "$off"
	done <"$SCRATCH/steps.tsv"
}

# steps_begin: on a terminal, lines may be redrawn.
steps_begin() {
	: >"$SCRATCH/steps.tsv"
	! steps__is_terminal 2 || LOG_CLEAR=$(printf '\r\033[K')
}

steps__is_terminal() { [ -t "$1" ] && [ "${TERM:-dumb}" != dumb ] && [ "${CI:-}" != true ]; }
