#!/usr/bin/env bats
# scripts/lib/verdict/retry-after.sh: how long a source asks to be left alone.

load ../helpers

READ='. "$LIB/load.sh"; load base verdict
clock_now() { printf "1792567680\n"; }
retry_after_read "$1"; printf "%s\n" "$RETRY_AFTER"'

# asks TEXT SECONDS: the clock stands at Wed, 21 Oct 2026 07:28:00 GMT
asks() {
	printf '%b' "$1" >"$BATS_TEST_TMPDIR/text"
	snippet "$READ" "$BATS_TEST_TMPDIR/text"
	ended 0 "$2"$'\n' ''
}

@test "asks for: seconds" { asks 'HTTP/1.1 429\r\nRetry-After: 5\r\n\r\n' 5; }
@test "asks for: nothing" { asks 'HTTP/1.1 429\r\n\r\n' 0; }
@test "asks for: any case, behind a mark" { asks '< retry-AFTER: 7\n' 7; }
@test "asks for: no octal number" { asks 'Retry-After: 08\n' 8; }
@test "asks for: more than is believed" { asks 'Retry-After: 99999999999\n' 120; }
@test "asks for: less than nothing" { asks 'Retry-After: -5\n' 0; }
@test "asks for: the last one counts" { asks 'Retry-After: 5\nRetry-After: 6\n' 6; }
@test "asks for: a date" { asks 'Retry-After: Wed, 21 Oct 2026 07:28:09 GMT\r\n' 9; }
@test "asks for: a date that has passed" { asks 'Retry-After: Sun, 01 Mar 2026 00:00:00 GMT\n' 0; }
@test "asks for: a date far away" { asks 'Retry-After: Fri, 29 Feb 2036 08:09:00 GMT\n' 120; }
@test "asks for: words" { asks 'Retry-After: soon\n' 0; }

@test "text that is not there asks for nothing" {
	snippet "$READ" "$BATS_TEST_TMPDIR/none"
	ended 0 $'0\n' ''
}
