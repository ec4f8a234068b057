# Step probe: one request of the probe of a step (step_use probe).
# shellcheck shell=sh

# Seconds for the answer to a probe.
STEP_PROBE_SECONDS=3

# step_ask COMMAND...: one request of a probe. Prints nothing; the text is for the classifier.
step_ask() {
	local limit
	limit=$(values_min "$STEP_PROBE_SECONDS" "$(clock_left "$LADDER_DEADLINE")")
	attempt_run --grace 0 --late "${STEP_LATE:-}" "$limit" "$@" >"$LADDER_TEXT" 2>&1
}

# step_probe SOURCE [LATE]: calls STEP_PROBE, with a STEP_FOLDER of its own if the step has one: an attempt may run at
# the same time.
step_probe() {
	[ -z "${STEP_FOLDER:-}" ] || set -- "$1" "${2:-}" "$SCRATCH/step"
	local STEP_FOLDER STEP_LATE
	STEP_LATE=${2:-} STEP_FOLDER=${3:-}
	[ -z "$STEP_FOLDER" ] || mkdir -p "$STEP_FOLDER"
	"$STEP_PROBE" "$1"
}
