#!/usr/bin/env bats
# scripts/lib/host/spool.sh: what comes on stdin can be read again, or is read once and whole.

load helpers

SPOOL='. "$LIB/log.sh"; . "$LIB/exit.sh"; . "$LIB/host/spool.sh"; LOG_NAME=t; SPOOL_MOST=10; '

setup() { cd "$BATS_TEST_TMPDIR"; }

@test "what fits is kept, and read as often as wanted" {
	snippet "$SPOOL"'spool_keep kept <<X
123456
X
	cat "$SPOOL_STDIN" "$SPOOL_STDIN"; printf "%s\n" "$SPOOL_FITS"'
	ended 0 $'123456\n123456\nyes\n' ''
}

@test "what is too big is passed on whole, and said" {
	snippet "$SPOOL"'spool_keep kept <<X
123456789012345
X
	cat "$SPOOL_STDIN"; printf "%s\n" "$SPOOL_FITS"'
	ended 0 $'123456789012345\nno\n'
	[[ $ERR == *'larger than 10 bytes'* ]]
}

@test "head that reads too much is not used" {
	snippet "$SPOOL"'spool__head_is_exact() { return 1; }; spool_keep kept <<X
123456789012345
X
	cat "$SPOOL_STDIN"'
	ended 0 $'123456789012345\n' ''
}

@test "folder that cannot be written is 73" {
	snippet "$SPOOL"'spool_keep absent/kept'
	ended 73
	[[ $ERR == *'wanted to keep what comes on stdin in absent'* ]]
}
