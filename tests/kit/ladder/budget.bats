#!/usr/bin/env bats
# scripts/lib/ladder/budget.sh: the retries of a whole build, whoever spends them.

load ../helpers

BUDGET='. "$LIB/load.sh"; load base verdict ladder
LOG_NAME=budget SCRATCH=$(mktemp -d -p "$HOME") STATE=${STATE-$HOME/state}
: "${SEAWALL_BUDGET=3}" "${SEAWALL_DEADLINE=7200}"
budget_begin
spend() { if budget_spend; then printf "yes "; else printf "no "; fi; }
'

@test "budget is spent and not exceeded" {
	snippet "$BUDGET"'spend; spend; budget_left && printf "left "; spend; budget_left || printf "none "; spend'
	ended 0 'yes yes left yes none no '
}

@test "steps of a run share it" {
	snippet -e SEAWALL_RUN=r1 "$BUDGET"'spend; spend'
	snippet -e SEAWALL_RUN=r1 "$BUDGET"'spend; spend'
	ended 0 'yes no '
	snippet -e SEAWALL_RUN=r2 "$BUDGET"'spend'
	ended 0 'yes '
}

@test "steps of one absolute deadline share it" {
	snippet -e SEAWALL_DEADLINE=@99 -e SEAWALL_BUDGET=1 "$BUDGET"'spend'
	snippet -e SEAWALL_DEADLINE=@99 -e SEAWALL_BUDGET=1 "$BUDGET"'spend'
	ended 0 'no '
}

@test "step without either spends for itself" {
	snippet -e SEAWALL_BUDGET=1 "$BUDGET"'spend'
	snippet -e SEAWALL_BUDGET=1 "$BUDGET"'spend'
	ended 0 'yes '
}

@test "parallel spenders never get more than there is" {
	snippet -e SEAWALL_RUN=r1 -e SEAWALL_BUDGET=10 "$BUDGET"'for n in 1 2 3 4 5; do (spend; spend; spend; spend) >"$HOME/$n" & done; wait; cat "$HOME/1" "$HOME/2" "$HOME/3" "$HOME/4" "$HOME/5"'
	ended 0
	[ "$(tr ' ' '\n' <<<"$OUT" | grep -c yes)" -le 10 ]
}

@test "run id is no path" {
	snippet -e SEAWALL_RUN=../../x/y "$BUDGET"'spend; ls -A "$STATE/budget"'
	ended 0 $'yes .._.._x_y\n'
}
