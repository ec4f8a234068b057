#!/usr/bin/env bats
# bats file_tags=every-shell, waits
# scripts/lib/host/machine/lock.sh: one holder at a time, and a dead one is noticed.

load ../../helpers

LOCK='. "$LIB/load.sh"; load base host/machine
hold() { process_note "$1" && ln -s "$PROCESS_NOTE" "$NAME.lock"; }
try() { if lock_take "$NAME" "$1"; then printf "taken "; else printf "refused "; fi; }
NAME=$HOME/thing
'

@test "second holder waits in vain while the first lives" {
	snippet "$LOCK"'hold "$PPID"; try 1; lock_holder "$NAME"; printf "%s" "$PPID"'
	ended 0
	{ read -r said holder && read -r parent; } <<<"$OUT"$'\n'
	same "refused $parent" "$said $holder"
}

@test "lock of a dead holder is broken" {
	snippet "$LOCK"'process_space; ln -s "$PROCESS_SPACE 4194000 5" "$NAME.lock"; try 5; lock_holder "$NAME"; printf "%s\n" "$$"; lock_drop; ls -A "$HOME"'
	{ read -r said holder && read -r own; } <<<"$OUT"
	same "taken $own" "$said $holder"
}

@test "holder whose id another process has is dead" {
	snippet "$LOCK"'process_space; ln -s "$PROCESS_SPACE $PPID 5" "$NAME.lock"; try 5'
	ended 0 'taken '
}

@test "holder elsewhere is waited for, and one from before the machine was started again is not" {
	snippet "$LOCK"'process_space; ln -s "other:$PROCESS_BOOT:1 $PPID 5" "$NAME.lock"; try 1; rm "$NAME.lock"
		ln -s "${PROCESS_SPACE%%:*}:0123abcd-:1 $PPID 5" "$NAME.lock"; try 1'
	ended 0 'refused taken '
}

@test "lock that names nobody is broken when it is old: a link" {
	snippet "$LOCK"'ln -s "" "$NAME.lock" 2>/dev/null || ln -s rubbish "$NAME.lock"; try 1; touch -h -d "20 minutes ago" "$NAME.lock"; try 1'
	ended 0 'refused taken '
}

@test "lock that names nobody is broken when it is old: the folder of an older kit" {
	snippet "$LOCK"'mkdir "$NAME.lock"; try 1; touch -d "20 minutes ago" "$NAME.lock"; try 1'
	ended 0 'refused taken '
}

@test "lock of an older kit is kept while its holder lives, and broken after" {
	snippet "$LOCK"'mkdir "$NAME.lock"; printf "%s\n" "$PPID" >"$NAME.lock/pid"; try 1; printf "4194000\n" >"$NAME.lock/pid"; try 1'
	ended 0 'refused taken '
}

@test "dead lock is broken by exactly one of many" {
	# The one that takes it keeps it.
	snippet "$LOCK"'exit_at_end() { :; }; process_space; ln -s "$PROCESS_SPACE 4194000 5" "$NAME.lock"
		for n in 1 2 3 4 5 6; do (try 0) & done; wait; ls "$HOME"'
	[ "$(grep -o taken <<<"$OUT" | wc -l)" -le 1 ]
	[[ $OUT != *broken* ]]
}

@test "drop without a lock does nothing" {
	snippet "${LOCK}lock_drop"
	ended 0
}

@test "folder above is made" {
	snippet "$LOCK"'lock_take "$HOME/new/thing" 1; lock_drop; ls -A "$HOME/new"'
	ended 0 ''
	[ -d "$BATS_TEST_TMPDIR/new" ]
}

@test "locks that this command has left are dropped, others are not" {
	snippet "$LOCK"'hold "$$"; NAME=$HOME/other; hold "$PPID"; lock_drop_ours "$HOME"; ls "$HOME"'
	ended 0 $'other.lock\n'
}
