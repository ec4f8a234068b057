# Steps: what a run does, each with its time while it runs, and the table at the end.
# Needs log.sh and clock.sh. Works in SCRATCH: steps.tsv holds name, result, seconds, detail.
# shellcheck shell=sh

# steps_do NAME FUNCTION ARGUMENT...: FUNCTION sets STEP_DETAIL. Its status is the step's.
steps_do() {
	local name begun status
	name=$1
	shift
	STEP_NAME=$name STEP_DETAIL=''
	begun=$(clock_now)
	STEP_BEGUN=$begun
	[ "${STEPS_SILENT:-no}" = yes ] || log_info "$name ..."
	status=0
	"$@" || status=$?
	STEP_NAME=
	steps__note "$name" "$status" "$(($(clock_now) - begun))"
	return "$status"
}

steps__note() {
	local result
	result=ok
	[ "$2" -eq 0 ] || result=FAILED
	printf '%s\t%s\t%s\t%s\n' "$1" "$result" "$3" "$(redact_text "${STEP_DETAIL:-}")" >>"$SCRATCH/steps.tsv"
	[ "${STEPS_SILENT:-no}" = yes ] || log_info "$1: $result, $3 s${STEP_DETAIL:+, $STEP_DETAIL}"
}

# steps_do_first NAME FUNCTION: the same before anything is built, where the only line of a failure is its own.
steps_do_first() {
	STEPS_SILENT=yes
	steps_do "$@"
	STEPS_SILENT=no
}

# steps_close: a step that a `die` cut short gets its row too.
steps_close() {
	[ -z "${STEP_NAME:-}" ] || steps__note "$STEP_NAME" 1 "$(($(clock_now) - STEP_BEGUN))"
	STEP_NAME=
}

steps_show() {
	local name result seconds detail on off
	on='' off=''
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then on=$(printf '\033[31m') off=$(printf '\033[0m'); fi
	printf '%-28s %-7s %7s  %s\n' step result seconds detail
	while IFS='	' read -r name result seconds detail; do
		[ "$result" = FAILED ] || {
			printf '%-28s %-7s %7s  %s\n' "$name" "$result" "$seconds" "$detail"
			continue
		}
		printf '%s%-28s %-7s %7s  %s%s\n' "$on" "$name" "$result" "$seconds" "$detail" "$off"
	done <"$SCRATCH/steps.tsv"
}
