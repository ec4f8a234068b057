# Definition: the targets of a bake, as `docker buildx bake --print` resolves them with the caller's own words, files
# and environment. Works in SCRATCH: bake/N.words has the words of target N (definition.awk).
# shellcheck shell=sh

# Seconds for the question; it takes 0.1 to 0.2 s (measured). More targets than this are left to buildx.
DEFINITION_SECONDS=30
DEFINITION_TARGETS=200
# Not taken from the environment.
DEFINITION_COUNT=0

# definition_read WORD...: sets DEFINITION_COUNT to the number of targets. False if buildx cannot resolve them, or if
# the kit cannot read its answer.
definition_read() {
	mkdir -p "$SCRATCH/bake"
	attempt_run --stdin "$STDIN_INPUT" "$DEFINITION_SECONDS" docker buildx bake --print "$@" \
		2>/dev/null >"$SCRATCH/bake/definition" || return
	DEFINITION_COUNT=$(BAKE_FOLDER=$SCRATCH/bake LC_ALL=C \
		awk -f "$SEAWALL_LIB/host/bake/definition.awk" "$SCRATCH/bake/definition" 2>/dev/null) || return
	[ "$DEFINITION_COUNT" -gt 0 ] && [ "$DEFINITION_COUNT" -le "$DEFINITION_TARGETS" ]
}
