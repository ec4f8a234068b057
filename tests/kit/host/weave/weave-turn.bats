#!/usr/bin/env bats
# scripts/lib/host/weave/weave-turn.sh: with which source of a URL the downloads of woven steps begin.

load ../../helpers

PRELUDE='. "$LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/weave
WEAVE_CALL=$SCRATCH SEAWALL_URL_MIRRORS="none https://a/=https://b/ https://a/=https://c/"
'

setup() { printf '{"event":"attempt","upstream":"url"}\n' >"$BATS_TEST_TMPDIR/step-events"; }

@test "downloads begin with each further source once" {
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PRELUDE"'
		weave_turn_handed
		weave_turn_begin integrity && weave_turn_handed
		weave_turn_begin truncated && weave_turn_handed
		weave_turn_begin truncated || weave_turn_handed'
	ended 0 $'#seawall turn 1\n#seawall turn 2\n#seawall turn 2\n' ''
}

@test "only wrong bytes are a reason for another first source" {
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PRELUDE"'weave_turn_begin timeout || weave_turn_begin connection-refused || weave_turn_handed'
	ended 0 '' ''
}

@test "without a mirror no download begins elsewhere" {
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PRELUDE"'SEAWALL_URL_MIRRORS=none; weave_turn_begin integrity || weave_turn_handed'
	ended 0 '' ''
}

@test "a step without a download of a URL has no other source" {
	printf '{"event":"attempt","upstream":"pypi"}\n' >"$BATS_TEST_TMPDIR/step-events"
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PRELUDE"'weave_turn_begin truncated || weave_turn_handed'
	ended 0 '' ''
}

@test "source that failed before the step was woven is named with its time" {
	printf 'ERROR: failed to solve: reading https://proxy.example.org/golang.org/x/text/@v/v0.3.0.mod: 429 Too Many Requests\n' >"$BATS_TEST_TMPDIR/output"
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PRELUDE"'
		clock_now() { printf "1000\n"; }
		weave_turn_note "$SCRATCH/output" rate-limited
		weave_turn_note "$SCRATCH/output" tls
		: >"$SCRATCH/pip-retry"
		weave_turn_note "$SCRATCH/output" timeout
		weave_turn_handed'
	ended 0 $'#seawall failed go-proxy default 1000\n#seawall failed pypi default 1000\n' ''
}

@test "source of an unknown kind is not named" {
	printf 'ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1\n' >"$BATS_TEST_TMPDIR/output"
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PRELUDE"'weave_turn_note "$SCRATCH/output" timeout; weave_turn_handed'
	ended 0 '' ''
}

@test "host with a mirror that failed before the step was woven is named without its login" {
	printf "ERROR: fatal: unable to access 'https://git.example.org/a/b.git/': The requested URL returned error: 429\n" >"$BATS_TEST_TMPDIR/output"
	snippet -e "SCRATCH=$BATS_TEST_TMPDIR" "$PRELUDE"'
		SEAWALL_GIT_MIRRORS="none https://me:word@git.example.org/=https://b/ https://git.example.com/=https://c/ https://git.example.org/x=https://d/"
		clock_now() { printf "1000\n"; }
		weave_turn_note "$SCRATCH/output" rate-limited
		sort -u "$SCRATCH/weave.failed"'
	ended 0 $'#seawall failed git https://git.example.org 1000\n' ''
}
