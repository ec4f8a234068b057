#!/usr/bin/env bats
# scripts/lib/host/lock.sh: one holder at a time, and a dead one is noticed.

load helpers

LOCK='for module in clock host/lock; do . "$LIB/$module.sh"; done
'

setup() {
	NAME=$BATS_TEST_TMPDIR/thing
}

# hold PROCESS: a lock that this process has taken.
hold() {
	mkdir "$NAME.lock"
	printf '%s\n' "$1" >"$NAME.lock/pid"
}

@test "second holder waits in vain while the first lives" {
	hold $$
	snippet "$LOCK"'lock_take "$1" 1 && printf "taken\n" || printf "refused\n"' "$NAME"
	same $'refused\n' "$OUT"
	same $$ "$(cat "$NAME.lock/pid")"
}

@test "lock of a dead holder is broken" {
	true &
	wait $!
	hold $!
	snippet "$LOCK"'lock_take "$1" 5 && cat "$1.lock/pid"; printf "%s\n" "$$"; lock_drop' "$NAME"
	{ read -r holder && read -r own; } <<<"$OUT"
	same "$own" "$holder"
	same '' "$(ls "$BATS_TEST_TMPDIR")"
}

@test "drop without a lock does nothing" {
	snippet "${LOCK}lock_drop"
	ended 0
}

@test "folder above is made" {
	snippet "$LOCK"'lock_take "$1" 1; lock_drop' "$BATS_TEST_TMPDIR/new/thing"
	ended 0
	[ -d "$BATS_TEST_TMPDIR/new" ]
	same '' "$(ls -A "$BATS_TEST_TMPDIR/new")"
}
