# Step events: what RUN steps tell through their log. A line counts only with the mark of this build, which travels in the secret
# of the step (handover.sh): what else a step prints is shown and is no evidence. A build makes a new mark for each attempt; all
# its steps share it, for they mount one secret.
# SEAWALL_LIB, where step-events.awk is. Works in SCRATCH, on BUDGET_FILE of budget.sh.
# shellcheck shell=sh

# Of the progress of a build, so many bytes are read.
STEP_EVENTS_MOST=67108864

# step_events_take FILE MARK: appends the events of the plain progress FILE to SEAWALL_EVENTS, and counts the retries of the steps
# as spent, never more than the whole budget. They can shorten a build and change nothing else.
step_events_take() {
	[ -n "$2" ] && [ -s "$1" ] || return 0
	# Lines that cannot be events, and what is too long for one, would cost awk seconds.
	head -c "$STEP_EVENTS_MOST" "$1" | LC_ALL=C grep -a -F "$EVENTS_PREFIX" | LC_ALL=C cut -b 1-8200 |
		EVENTS_MARK=$2 EVENTS_RUN=${SEAWALL_RUN:-none} LC_ALL=C awk -f "$SEAWALL_LIB/host/build/step-events.awk" \
			"$SEAWALL_LIB/verdict/classes.tsv" - >"$SCRATCH/step-events" || return 0
	[ -s "$SCRATCH/step-events" ] || return 0
	sed -n 's/^retry$/step/p' "$SCRATCH/step-events" | head -n "$SEAWALL_BUDGET" >>"$BUDGET_FILE"
	sed '/^retry$/d' "$SCRATCH/step-events" | events_append
}
