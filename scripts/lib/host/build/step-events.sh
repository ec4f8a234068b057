# Step events: reads the events that RUN steps print into the build log. A line counts only with the mark of this
# attempt, which travels in the secret of the step (handover.sh); any other output of a step is no evidence. All steps
# of an attempt share one mark, because they mount one secret. Works in SCRATCH.
# shellcheck shell=sh

# Bytes of the progress that are read.
STEP_EVENTS_MAX_BYTES=67108864

# step_events_take FILE MARK: appends the events of the plain progress FILE to SEAWALL_EVENTS, counts the retries of the
# steps as spent, at most the whole budget, and sets the finding if the failed step has said what failed. Events can
# shorten a build and change nothing else: a class gets the verdict of classes.tsv, or `stop`.
step_events_take() {
	local word class verdict upstream source
	[ -n "$2" ] && [ -s "$1" ] || return 0
	# awk would need seconds for the lines that cannot be events, and for overlong ones.
	head -c "$STEP_EVENTS_MAX_BYTES" "$1" |
		LC_ALL=C grep -a -F -e "$(events_prefix)" -e ' ERROR: process "' | LC_ALL=C cut -b 1-8200 |
		EVENTS_MARK=$2 EVENTS_RUN=${SEAWALL_RUN:-none} LC_ALL=C awk -f "$SEAWALL_LIB/host/build/step-events.awk" \
			"$SEAWALL_LIB/verdict/classes.tsv" - >"$SCRATCH/step-events" || return 0
	[ -s "$SCRATCH/step-events" ] || return 0
	sed -n 's/^retry$/step/p' "$SCRATCH/step-events" | head -n "$SEAWALL_BUDGET" >"$SCRATCH/step-retries"
	budget_note_steps "$SCRATCH/step-retries"
	sed -n '/^{/p' "$SCRATCH/step-events" | events_append
	read -r word class verdict upstream source <<-FINDING
		$(sed -n '/^finding /p' "$SCRATCH/step-events")
	FINDING
	[ -n "$word" ] || return 0
	finding_set "$class" "$upstream" "$source"
	[ "$verdict" != stop ] || finding_decide stop
}
