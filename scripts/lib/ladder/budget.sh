# Budget: the retries left to a whole build, which its RUN steps share through the state folder.
# Settings: SEAWALL_BUDGET. SEAWALL_RUN: the build's id.
# shellcheck shell=sh

# budget_begin: a build is identified by its run id, else by its absolute deadline, which all its steps share; a step
# without either has a budget of its own.
budget_begin() {
	local run folder
	run=${SEAWALL_RUN:-}
	if [ -z "$run" ]; then case $SEAWALL_DEADLINE in @*) run=$SEAWALL_DEADLINE ;; esac fi
	BUDGET_FILE=$SCRATCH/budget.spent
	if [ -n "$run" ]; then
		folder=$(state_folder budget)
		BUDGET_FILE=$folder/$(printf '%.100s' "$run" | tr -c 'A-Za-z0-9@._-' _)
		# Budgets of old builds.
		[ -e "$BUDGET_FILE" ] || state_forget budget 172800
	fi
	case $BUDGET_FILE in */. | */..) BUDGET_FILE=${BUDGET_FILE}_ ;; esac
	state_is_shared || (umask 077 && : >>"$BUDGET_FILE") 2>/dev/null || BUDGET_FILE=/dev/null
}

budget_left() { [ "$(budget_spent)" -lt "$SEAWALL_BUDGET" ]; }

# budget_spend: spends one retry; false if none was left. Each line of the file is a retry.
budget_spend() {
	state_add "$BUDGET_FILE" "$$"
	[ "$(budget_spent)" -le "$SEAWALL_BUDGET" ]
}

budget_spent() { state_count "$BUDGET_FILE"; }

# budget_note_steps FILE: the retries that RUN steps have spent: each line of FILE is the word `step`.
budget_note_steps() { cat "$1" >>"$BUDGET_FILE"; }

# budget_left_for_steps: prints the budget without the retries that builds, not their steps, have spent.
budget_left_for_steps() {
	local left
	left=$((SEAWALL_BUDGET - $(grep -c -v -x step "$BUDGET_FILE" 2>/dev/null || :)))
	[ "$left" -ge 0 ] || left=0
	printf '%s\n' "$left"
}
