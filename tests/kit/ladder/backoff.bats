#!/usr/bin/env bats
# scripts/lib/ladder/backoff.sh: waits are drawn by full jitter, the same in every shell for the same seed.

load ../helpers

BACKOFF='. "$LIB/load.sh"; load base verdict ladder; draw() { backoff_draw "$@"; printf "%s " "$BACKOFF"; }
'

@test "same seed gives the same waits in every shell" {
	snippet "$BACKOFF"'backoff_seed hello; for n in 0 1 2 3 9; do draw 1 30 "$n"; done; draw 5 2000 20'
	ended 0 '0 1 3 6 12 919 '
}

@test "seed of the settings is the one that counts" {
	snippet -e SEAWALL_SEED=hello "$BACKOFF"'draw 1 30 0; draw 1 30 1; draw 1 30 2'
	ended 0 '0 1 3 '
}

@test "another process without a seed draws something else" {
	snippet "$BACKOFF"'draw 1000000000 2000000000 0'
	first=$OUT
	snippet "$BACKOFF"'draw 1000000000 2000000000 0'
	[ "$first" != "$OUT" ]
}

# A thousand draws below each bound: none beyond it, each tenth of the range is met as often as chance has it.
@test "each wait up to the bound is as likely" {
	snippet "$BACKOFF"'backoff_seed x; n=0; while [ "$n" -lt 1000 ]; do backoff_draw 10 99 9; printf "%s\n" "$BACKOFF"; n=$((n + 1)); done'
	ended 0
	printf '%s' "$OUT" | sort -n | awk '{ tens[int($1 / 10)]++ } $1 > 99 || $1 < 0 { exit 1 } END { for (t = 0; t < 10; t++) if (tens[t] < 60 || tens[t] > 140) exit 1 }'
}

@test "bound doubles up to the cap" {
	snippet "$BACKOFF"'for n in 0 1 2 3 4 5 99; do most=0; i=0
		while [ "$i" -lt 300 ]; do backoff_draw 1 30 "$n"; [ "$BACKOFF" -le "$most" ] || most=$BACKOFF; i=$((i + 1)); done
		printf "%s " "$most"; done'
	ended 0 '1 2 4 8 16 30 30 '
}
