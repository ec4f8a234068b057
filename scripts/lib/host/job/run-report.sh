# Report: what a run did, as JSON (report.schema.json), as Markdown, with the full log and the events beside it.
# Written in SCRATCH and moved to its place in one step, so that nobody sees half a report.
# SCRATCH/steps.tsv and SCRATCH/images.tsv are what it tells.
# shellcheck shell=sh

# run_report_prepare FOLDER: 73 where it cannot be written; nothing is left there by the question.
run_report_prepare() {
	RUN_REPORT_PARENT=$(dirname "$1")
	[ -d "$RUN_REPORT_PARENT" ] || die 73 "--report: wanted a folder in $RUN_REPORT_PARENT, there is no such folder: make it or give another --report"
	if ! mkdir "$1.$SEAWALL_RUN" 2>/dev/null; then
		die 73 "--report: wanted to write $1, $RUN_REPORT_PARENT is read-only or full: give another --report"
	fi
	rmdir "$1.$SEAWALL_RUN"
	RUN_REPORT_BEGUN=$(clock_uptime)
}

# run_report_write FOLDER EXIT_CODE
run_report_write() {
	local work
	work=$1.$SEAWALL_RUN
	mkdir "$work" || return
	{
		run_report__json "$2" >"$work/report.json"
		run_report__markdown "$2" >"$work/report.md"
		redact_stream <"$JOB_LOG" >"$work/build.log"
		grep -F -e "\"run\":\"$SEAWALL_RUN\"" "$SEAWALL_EVENTS" >"$work/events.jsonl" || :
		[ "$2" -eq 0 ] || diagnosis_engine 2>&1 | diagnosis_redact >"$work/diagnosis.txt"
	} || return
	PHASE_DETAIL=$1
	# Only files of ours are replaced in a folder that was there.
	mkdir -p "$1" && rm -f "$1/diagnosis.txt" && (set +f && mv -f "$work"/* "$1"/) && rmdir "$work"
}

run_report__json() {
	json_object schema: 1 run "$SEAWALL_RUN" ended "$(clock_stamp)" exit: "$1" \
		duration_s: "$(($(clock_uptime) - RUN_REPORT_BEGUN))" attempts: "[$(run_report__events attempt | paste -s -d , -)]" \
		degraded: "$(run_report__list "${IMAGES_DEGRADED:-}")" classes: "$(run_report__list "$JOB_CLASSES")" \
		engine: "$(json_object kind "${ENGINE_KIND:-none}" version "${ENGINE_VERSION:-}" buildx "${BUILDX_VERSION:-}")" \
		cache_bytes: "$(run_report__cache_bytes)" \
		sources: "$(run_report__list "$(run_report__sources)")" \
		steps: "$(run_report__rows "$SCRATCH/steps.tsv" name result duration_s: detail)" \
		images: "$(run_report__rows "$SCRATCH/images.tsv" service id bytes: attempts:)"
}

# run_report__rows FILE KEY...: an array of objects, one a line of a tab-separated file.
run_report__rows() {
	local file separator a b c d
	file=$1 separator=
	shift
	printf '['
	while IFS='	' read -r a b c d; do
		printf '%s' "$separator"
		json_object "$1" "$a" "$2" "$b" "$3" "$c" "$4" "$d"
		separator=,
	done <"$file"
	printf ']\n'
}

# run_report__list "WORD...": an array of strings.
run_report__list() {
	local word separator
	separator=
	printf '['
	for word in $1; do
		printf '%s%s' "$separator" "$(json_string "$(redact_text "$word")")"
		separator=,
	done
	printf ']\n'
}

# run_report__events NAME: this run's events of that name.
run_report__events() {
	grep -F -e "\"run\":\"$SEAWALL_RUN\",\"event\":\"$1\"" "$SEAWALL_EVENTS" || :
}

run_report__sources() {
	{ run_report__events attempt && run_report__events base; } | sed -n 's/.*"source":"\([^"]*\)".*/\1/p' | sort -u
}

run_report__cache_bytes() {
	docker system df --format '{{.Type}} {{.Size}}' 2>/dev/null | sed -n 's/^Build Cache //p' | run_report__bytes
}

# docker prints 1.234GB: decimal units, at most three places.
run_report__bytes() {
	local size places fraction
	read -r size || :
	[ -n "$size" ] || size=0B
	case $size in *kB) places=3 ;; *MB) places=6 ;; *GB) places=9 ;; *TB) places=12 ;; *) places=0 ;; esac
	size=${size%%[!0-9.]*}
	case $size in *.*) ;; *) size=$size. ;; esac
	[ -n "${size%%.*}" ] || size=0.
	fraction=${size#*.}000000000000
	while [ "${#fraction}" -gt "$places" ]; do fraction=${fraction%?}; done
	printf '%s%s\n' "${size%%.*}" "$fraction" | sed 's/^0*\([0-9]\)/\1/'
}

run_report__markdown() {
	local name result seconds detail
	printf '# Build report %s\n\nExit code %s, %s s, engine %s (%s).\n\n' "$SEAWALL_RUN" "$1" \
		"$(($(clock_uptime) - RUN_REPORT_BEGUN))" "${ENGINE_VERSION:-none}" "${ENGINE_KIND:-none}"
	[ -z "${IMAGES_DEGRADED:-}" ] || printf '**Degraded**: other images stand in for%s.\n\n' "$IMAGES_DEGRADED"
	printf '| step | result | seconds | detail |\n| --- | --- | ---: | --- |\n'
	while IFS='	' read -r name result seconds detail; do
		printf '| %s | %s | %s | %s |\n' "$name" "$result" "$seconds" "$detail"
	done <"$SCRATCH/steps.tsv"
}
