#!/usr/bin/env bats
# scripts/lib/host/call/stdin.sh: what comes on stdin can be read again, or is read once and whole.

load ../../helpers

SPOOL='. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call
LOG_NAME=t STDIN_MOST=10 TMPDIR=${TMPDIR:-$HOME}
'

setup() { cd "$BATS_TEST_TMPDIR"; }

@test "what fits is kept, and read as often as wanted" {
	snippet "$SPOOL"'stdin_keep <<X
123456
X
	cat "$STDIN_INPUT" "$STDIN_INPUT"; printf "%s\n" "$STDIN_FITS"'
	ended 0 $'123456\n123456\nyes\n' ''
}

@test "what is too big is passed on whole, and said" {
	snippet "$SPOOL"'stdin_keep <<X
123456789012345
X
	cat "$STDIN_INPUT"; printf "%s\n" "$STDIN_FITS"'
	ended 0 $'123456789012345\nno\n'
	[[ $ERR == *'larger than 10 bytes'* ]]
}

@test "what is kept is on a disk, for its user alone, and gone at the end" {
	snippet "$SPOOL"'stdin_keep <<X
123456
X
	ls -ld "$STDIN_FOLDER"; printf "%s\n" "$STDIN_FILE"; stdin_end; ls "$TMPDIR"'
	ended 0
	[[ $OUT == drwx------* && $OUT == *$'\n'"$BATS_TEST_TMPDIR/seawall."*/stdin$'\n' ]]
}

@test "place that is nearly full keeps half of what is free" {
	snippet "$SPOOL"'STDIN_MOST=268435456
	df() { printf "Filesystem 1024-blocks Used Available Capacity Mounted on\nx y 900 800 100 88%% /z\n"; }
	stdin__make_folder; printf "%s\n" "$STDIN_MOST"'
	ended 0 $'51200\n' ''
}

@test "head that reads too much is not used" {
	snippet "$SPOOL"'stdin__head_is_exact() { return 1; }; stdin_keep <<X
123456789012345
X
	cat "$STDIN_INPUT"'
	ended 0 $'123456789012345\n' ''
}

@test "folder that cannot be written is 73" {
	snippet -e TMPDIR=/nonexistent/x "$SPOOL"'stdin_keep'
	ended 73 '' $'t: error: wanted to keep what comes on stdin in /nonexistent/x, could not: make room or set TMPDIR\n'
}
