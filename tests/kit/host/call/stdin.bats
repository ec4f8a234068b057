#!/usr/bin/env bats
# scripts/lib/host/spool.sh: what comes on stdin can be read again, or is read once and whole.

load ../../helpers

SPOOL='for module in log exit process scratch host/spool; do . "$LIB/$module.sh"; done
LOG_NAME=t SPOOL_MOST=10 TMPDIR=${TMPDIR:-$HOME}
'

setup() { cd "$BATS_TEST_TMPDIR"; }

@test "what fits is kept, and read as often as wanted" {
	snippet "$SPOOL"'spool_keep <<X
123456
X
	cat "$SPOOL_STDIN" "$SPOOL_STDIN"; printf "%s\n" "$SPOOL_FITS"'
	ended 0 $'123456\n123456\nyes\n' ''
}

@test "what is too big is passed on whole, and said" {
	snippet "$SPOOL"'spool_keep <<X
123456789012345
X
	cat "$SPOOL_STDIN"; printf "%s\n" "$SPOOL_FITS"'
	ended 0 $'123456789012345\nno\n'
	[[ $ERR == *'larger than 10 bytes'* ]]
}

@test "what is kept is on a disk, for its user alone, and gone at the end" {
	snippet "$SPOOL"'spool_keep <<X
123456
X
	ls -ld "$SPOOL_FOLDER"; printf "%s\n" "$SPOOL_FILE"; spool_end; ls "$TMPDIR"'
	ended 0
	[[ $OUT == drwx------* && $OUT == *$'\n'"$BATS_TEST_TMPDIR/seawall."*/stdin$'\n' ]]
}

@test "place that is nearly full keeps half of what is free" {
	snippet "$SPOOL"'SPOOL_MOST=268435456
	df() { printf "Filesystem 1024-blocks Used Available Capacity Mounted on\nx y 900 800 100 88%% /z\n"; }
	spool__make_folder; printf "%s\n" "$SPOOL_MOST"'
	ended 0 $'51200\n' ''
}

@test "head that reads too much is not used" {
	snippet "$SPOOL"'spool__head_is_exact() { return 1; }; spool_keep <<X
123456789012345
X
	cat "$SPOOL_STDIN"'
	ended 0 $'123456789012345\n' ''
}

@test "folder that cannot be written is 73" {
	snippet -e TMPDIR=/nonexistent/x "$SPOOL"'spool_keep'
	ended 73 '' $'t: error: wanted to keep what comes on stdin in /nonexistent/x, could not: make room or set TMPDIR\n'
}
