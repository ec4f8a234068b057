# Results: what became of each target of a bake: an event and a row of the report. Works in SCRATCH: bake/unfinished has
# a line `ATTEMPT TARGET` for each target that failed in an attempt, or had a RUN step that did not finish.
# shellcheck shell=sh

# Not taken from the environment.
RESULTS_FAILED=''

# results_note FAILED: an attempt failed; FAILED is the target that buildx names, or empty.
results_note() {
	local name
	RESULTS_FAILED=$1
	[ "$DEFINITION_COUNT" -gt 1 ] || RESULTS_FAILED=$(cat "$SCRATCH/bake/names")
	{
		printf '%s\n' "$RESULTS_FAILED"
		weave_each results__name_woven
		[ ! -f "$SCRATCH/bake/output" ] ||
			LC_ALL=C awk -f "$SEAWALL_LIB/host/bake/results.awk" "$SCRATCH/bake/names" "$SCRATCH/bake/output"
	} | sort -u | while read -r name; do
		[ -z "$name" ] || printf '%s %s\n' "$LADDER_ATTEMPT" "$name"
	done >>"$SCRATCH/bake/unfinished"
}

# results__name_woven LINE WHY TARGET: the output of a terminal says less.
results__name_woven() { printf '%s\n' "$3"; }

# results_finish STATUS: the command ends: writes the rows of the report (build-report.sh).
results_finish() {
	local name
	[ "${LADDER_ATTEMPT:-0}" -gt 0 ] && [ "$1" -le 128 ] || return 0
	: >>"$SCRATCH/bake/unfinished"
	while read -r name; do
		results__count "$name"
		if [ "$1" -eq 0 ] || pushes_have "$name"; then
			results__tell info "$name" built $((RESULTS_COUNT + 1)) ''
		elif [ "$name" = "$RESULTS_FAILED" ]; then
			results__tell error "$name" failed "$RESULTS_COUNT" "$FINDING_CLASS"
		else
			results__tell warn "$name" unfinished "$LADDER_ATTEMPT" ''
		fi
	done <"$SCRATCH/bake/names" >"$SCRATCH/targets.json"
}

# results__count TARGET: sets RESULTS_COUNT to the number of attempts that it did not finish.
results__count() {
	local _attempt name
	RESULTS_COUNT=0
	while read -r _attempt name; do
		[ "$name" != "$1" ] || RESULTS_COUNT=$((RESULTS_COUNT + 1))
	done <"$SCRATCH/bake/unfinished"
}

# results__tell LEVEL TARGET RESULT ATTEMPTS CLASS
results__tell() {
	events_emit target "$1" attempt: "$4" class "$5" detail "$2: $3"
	json_object target "$2" result "$3" attempts: "$4"
}
