# Phases: runs the phases of the main job one after the other, shows their progress, and prints a table at the end.
# Works in SCRATCH: phases.tsv has name, result, seconds and detail of each phase; `ticking` exists while the progress
# of a phase is shown; `output` is the plain progress of the build that runs.
# shellcheck shell=sh

# phases_begin: to be called once before the first phase.
phases_begin() {
	: >"$SCRATCH/phases.tsv"
	PHASE_NAME='' PHASE_DETAIL=''
	# On a terminal the line with the progress is redrawn.
	PHASES_CLEAR=''
	! phases__is_terminal 2 || PHASES_CLEAR=$(printf '\r\033[K')
	log_clear_line "$PHASES_CLEAR"
}

# phases_do NAME FUNCTION ARGUMENT...: runs FUNCTION as phase NAME and returns its status. On a terminal a line counts
# the seconds meanwhile; elsewhere a line is logged when the build reaches another step.
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
	phases__record "$status"
	return "$status"
}

# phases_do_first NAME FUNCTION ARGUMENT...: the same without progress, for phases before the first build: if one fails,
# its own message is the only line.
phases_do_first() {
	PHASES_SILENT=yes
	phases_do "$@"
	PHASES_SILENT=no
}

# phases_detail TEXT: sets the text in the last column of the current phase's row.
phases_detail() { PHASE_DETAIL=$1; }

# phases_log_error TEXT: logs an error of the current phase.
phases_log_error() { log_error "$PHASE_NAME: $1"; }

# phases__position: prints the build's current step: the last line of SCRATCH/output like `#12 [...`, without options.
phases__position() {
	sed -n 's/^#[0-9]* \(\[.*\)/\1/p' "$SCRATCH/output" 2>/dev/null | tail -n 1 |
		sed 's/ --[a-z]*=[^ ]*//g; s/  */ /g; s/^\(.\{70\}\).*/\1.../'
}

phases__begin_tick() {
	[ "${PHASES_CLOSING:-no}" = no ] || return 0
	: >"$SCRATCH/ticking"
	phases__tick &
	PHASES_TICKER=$!
}

# phases__tick: shows the progress each second. Ended by the file; the signal only wakes it, and can be lost on a
# process that has just started (mksh).
phases__tick() {
	local position seen
	seen=''
	trap - EXIT
	trap : TERM
	while [ -e "$SCRATCH/ticking" ] && clock_sleep 1 && process_main_lives; do
		position=$(phases__position)
		if [ -n "$PHASES_CLEAR" ]; then
			printf '%s%.100s' "$PHASES_CLEAR" \
				"$(redact_text "$PHASE_NAME, $(($(clock_uptime) - PHASE_BEGUN)) s  $position")" >&2
		elif [ "$position" != "$seen" ]; then
			log_info "$PHASE_NAME, $(($(clock_uptime) - PHASE_BEGUN)) s: $position"
			seen=$position
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

# phases__record STATUS: ends the current phase and adds its row.
phases__record() {
	local result seconds
	result=ok seconds=$(($(clock_uptime) - PHASE_BEGUN))
	[ "$1" -eq 0 ] || result=FAILED
	phases__end_tick
	printf '%s\t%s\t%s\t%s\n' "$PHASE_NAME" "$result" "$seconds" "$(redact_text "$PHASE_DETAIL")" \
		>>"$SCRATCH/phases.tsv"
	[ "${PHASES_SILENT:-no}" = yes ] || log_info "$PHASE_NAME: $result, $seconds s${PHASE_DETAIL:+, $PHASE_DETAIL}"
	PHASE_NAME=
}

# phases_close: adds the row of a phase that `die` has interrupted. Later phases belong to the clean-up, which ignores
# signals: they run without the background process for progress.
phases_close() {
	PHASES_CLOSING=yes
	[ -z "${PHASE_NAME:-}" ] || phases__record 1
}

# phases_show: prints the table; failed phases in red on a terminal.
phases_show() {
	local name result seconds detail on off
	on='' off=''
	if phases__is_terminal 1 && [ -z "${NO_COLOR:-}" ]; then on=$(printf '\033[31m') off=$(printf '\033[0m'); fi
	printf '%-28s %-7s %7s  %s\n' phase result seconds detail
	while IFS='	' read -r name result seconds detail; do
		[ "$result" = FAILED ] || {
			printf '%-28s %-7s %7s  %s\n' "$name" "$result" "$seconds" "$detail"
			continue
		}
		printf '%s%-28s %-7s %7s  %s%s\n' "$on" "$name" "$result" "$seconds" "$detail" "$off"
	done <"$SCRATCH/phases.tsv"
}

# phases__is_terminal DESCRIPTOR: whether it is a terminal that understands control sequences; false in CI.
phases__is_terminal() { [ -t "$1" ] && [ "${TERM:-dumb}" != dumb ] && [ "${CI:-}" != true ]; }
