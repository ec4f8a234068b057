# Run report: writes the report of a run of the main job: report.json (report.schema.json), report.md, log and events.
# The report is written beside its folder and moved in one step, so that readers never see half of it.
# Reads SCRATCH/phases.tsv (phases.sh), SCRATCH/images.tsv and SCRATCH/build.log (job.sh).
# shellcheck shell=sh

# run_report_prepare FOLDER: exits with 73 if the report cannot be written there; leaves nothing behind. Sets
# RUN_REPORT_BEGUN.
run_report_prepare() {
	local parent
	parent=$(dirname "$1")
	[ -d "$parent" ] ||
		die 73 "--report: wanted a folder in $parent, there is no such folder: make it or give another --report"
	mkdir "$1.$SEAWALL_RUN" 2>/dev/null ||
		die 73 "--report: wanted to write $1, could not: make room or give another --report"
	rmdir "$1.$SEAWALL_RUN"
	RUN_REPORT_BEGUN=$(clock_uptime)
}

# run_report_write FOLDER EXIT_CODE: writes the report, with a diagnosis if the run failed. Returns non-zero if it could
# not.
run_report_write() {
	local work
	work=$1.$SEAWALL_RUN
	mkdir "$work" || return
	{
		run_report__json "$2" >"$work/report.json"
		run_report__markdown "$2" >"$work/report.md"
		redact_stream <"$SCRATCH/build.log" >"$work/build.log"
		grep -F -e "\"run\":\"$SEAWALL_RUN\"" "$SEAWALL_EVENTS" >"$work/events.jsonl" || :
		[ "$2" -eq 0 ] || diagnosis_engine 2>&1 | diagnosis_redact >"$work/diagnosis.txt"
	} || return
	phases_detail "$1"
	# An existing folder keeps its other files.
	mkdir -p "$1" && rm -f "$1/diagnosis.txt" && (set +f && mv -f "$work"/* "$1"/) && rmdir "$work"
}

# run_report__json EXIT_CODE: prints report.json. The schema's `steps` are the phases.
run_report__json() {
	json_object schema: 1 run "$SEAWALL_RUN" ended "$(clock_stamp)" exit: "$1" \
		duration_s: "$(($(clock_uptime) - RUN_REPORT_BEGUN))" \
		attempts: "[$(run_report__events attempt | paste -s -d , -)]" \
		degraded: "$(run_report__list "$(image_plan_list degraded)")" \
		classes: "$(run_report__list "${JOB_CLASSES:-}")" \
		engine: "$(run_report__engine)" \
		cache_bytes: "$(run_report__cache_bytes)" \
		sources: "$(run_report__list "$(run_report__sources)")" \
		steps: "$(run_report__rows "$SCRATCH/phases.tsv" name result duration_s: detail)" \
		images: "$(run_report__rows "$SCRATCH/images.tsv" service id bytes: attempts:)"
}

run_report__engine() {
	json_object kind "${ENGINE_KIND:-none}" version "${ENGINE_VERSION:-}" buildx "${ENGINE_BUILDX:-}"
}

# run_report__rows FILE KEY...: prints an array with an object for each line of a tab-separated file of four columns.
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

# run_report__list "WORD...": prints an array of strings.
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

# run_report__events NAME: prints the events NAME of this run.
run_report__events() {
	grep -F -e "\"run\":\"$SEAWALL_RUN\",\"event\":\"$1\"" "$SEAWALL_EVENTS" || :
}

# run_report__sources: prints the sources of all attempts and bases, one a line.
run_report__sources() {
	{ run_report__events attempt && run_report__events base; } | sed -n 's/.*"source":"\([^"]*\)".*/\1/p' | sort -u
}

# run_report__cache_bytes: prints the size of the build cache, 0 if it is unknown.
run_report__cache_bytes() {
	local size
	size=$(docker system df --format '{{.Type}} {{.Size}}' 2>/dev/null | sed -n 's/^Build Cache //p')
	sizes_read "$size" || printf '0\n'
}

# run_report__markdown EXIT_CODE: prints report.md.
run_report__markdown() {
	local name result seconds detail
	printf '# Run report %s\n\nExit code %s, %s s, engine %s (%s).\n\n' "$SEAWALL_RUN" "$1" \
		"$(($(clock_uptime) - RUN_REPORT_BEGUN))" "${ENGINE_VERSION:-none}" "${ENGINE_KIND:-none}"
	! image_plan_has degraded ||
		printf '**Degraded**: alternatives replaced %s.\n\n' "$(image_plan_list degraded | paste -s -d ' ' -)"
	printf '| phase | result | seconds | detail |\n| --- | --- | ---: | --- |\n'
	while IFS='	' read -r name result seconds detail; do
		printf '| %s | %s | %s | %s |\n' "$name" "$result" "$seconds" "$detail"
	done <"$SCRATCH/phases.tsv"
}
