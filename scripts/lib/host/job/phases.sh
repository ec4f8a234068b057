# Steps: what a run does, each with its time while it runs, and the table at the end.
# Works in SCRATCH: steps.tsv holds name, result, seconds, detail; ticking is there while
# seconds are counted.
# shellcheck shell=sh

# phases_do NAME FUNCTION ARGUMENT...: FUNCTION sets PHASE_DETAIL. Its status is the step's.
# On a terminal one line counts the seconds meanwhile; elsewhere a line says when the build has come a step further.
phases_do() {
	local name status
	name=$1
	shift
	PHASE_NAME=$name PHASE_DETAIL=''
	[ "${PHASES_CLOSING:-no}" = yes ] || exit_at_end phases_close
	PHASE_BEGUN=$(clock_uptime)
	if [ "${PHASES_SILENT:-no}" = no ]; then
		log_info "$name ..."
		phases__begin_tick
	fi
	status=0
	"$@" || status=$?
	phases__note "$status"
	return "$status"
}

# SCRATCH/output is BuildKit's plain progress: the last line that begins with `#12 [` is where it stands. Options of a
# step tell a reader little.
phases__stand() {
	sed -n 's/^#[0-9]* \(\[.*\)/\1/p' "$SCRATCH/output" 2>/dev/null | tail -n 1 | sed 's/ --[a-z]*=[^ ]*//g; s/  */ /g; s/^\(.\{70\}\).*/\1.../'
}

phases__begin_tick() {
	[ "${PHASES_CLOSING:-no}" = no ] || return 0
	: >"$SCRATCH/ticking"
	phases__tick &
	PHASES_TICKER=$!
}

# A signal wakes it; the file ends it, for a signal can be lost on a process that has just begun (mksh).
phases__tick() {
	local stands seen
	seen=''
	trap - EXIT
	trap : TERM
	while [ -e "$SCRATCH/ticking" ] && clock_sleep 1 && process_main_lives; do
		stands=$(phases__stand)
		if [ -n "${LOG_CLEAR:-}" ]; then
			printf '%s%.100s' "$LOG_CLEAR" "$(redact_text "$PHASE_NAME, $(($(clock_uptime) - PHASE_BEGUN)) s  $stands")" >&2
		elif [ "$stands" != "$seen" ]; then
			log_info "$PHASE_NAME, $(($(clock_uptime) - PHASE_BEGUN)) s: $stands"
			seen=$stands
		fi
	done
}

phases__end_tick() {
	[ -n "${PHASES_TICKER:-}" ] || return 0
	rm -f "$SCRATCH/ticking"
	kill "$PHASES_TICKER" 2>/dev/null || :
	wait "$PHASES_TICKER" 2>/dev/null || :
	PHASES_TICKER=
	rm -f "$SCRATCH/output"
}

# phases__note STATUS: the row of the step that is being done.
phases__note() {
	local result seconds
	result=ok seconds=$(($(clock_uptime) - PHASE_BEGUN))
	[ "$1" -eq 0 ] || result=FAILED
	phases__end_tick
	printf '%s\t%s\t%s\t%s\n' "$PHASE_NAME" "$result" "$seconds" "$(redact_text "${PHASE_DETAIL:-}")" >>"$SCRATCH/steps.tsv"
	[ "${PHASES_SILENT:-no}" = yes ] || log_info "$PHASE_NAME: $result, $seconds s${PHASE_DETAIL:+, $PHASE_DETAIL}"
	PHASE_NAME=
}

# phases_do_first NAME FUNCTION: the same before anything is built, where the only line of a failure is its own.
phases_do_first() {
	PHASES_SILENT=yes
	phases_do "$@"
	PHASES_SILENT=no
}

# phases_close: a step that a `die` cut short gets its row too. The steps after this are those of the cleaning, which
# ignores signals, and so would a process that counts their seconds.
phases_close() {
	PHASES_CLOSING=yes
	[ -z "${PHASE_NAME:-}" ] || phases__note 1
}

phases_show() {
	local name result seconds detail on off
	on='' off=''
	if phases__is_terminal 1 && [ -z "${NO_COLOR:-}" ]; then on=$(printf '\033[31m') off=$(printf '\033[0m'); fi
	printf '%-28s %-7s %7s  %s\n' step result seconds detail
	while IFS='	' read -r name result seconds detail; do
		[ "$result" = FAILED ] || {
			printf '%-28s %-7s %7s  %s\n' "$name" "$result" "$seconds" "$detail"
			continue
		}
		printf '%s%-28s %-7s %7s  %s%s\n' "$on" "$name" "$result" "$seconds" "$detail" "$off"
	done <"$SCRATCH/steps.tsv"
}

# phases_begin: on a terminal, lines may be redrawn.
phases_begin() {
	: >"$SCRATCH/steps.tsv"
	! phases__is_terminal 2 || LOG_CLEAR=$(printf '\r\033[K')
}

phases__is_terminal() { [ -t "$1" ] && [ "${TERM:-dumb}" != dumb ] && [ "${CI:-}" != true ]; }
