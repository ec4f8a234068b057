#!/usr/bin/env bats
# bats file_tags=every-shell
# scripts/lib/base/log.sh and exit.sh: lines without credentials, codes that survive, one clean-up.

load ../helpers

LOG='. "$LIB/load.sh"; load base; LOG_NAME=t
'
CLEAN_UP="$LOG"'clean_up() { printf "cleaned %s\n" "$1"; }; exit_at_end clean_up
'

# logged WANTED...: what the log and redact_text say for the words in TEXTS, one line each.
logged() {
	snippet "$LOG"'for text in "$@"; do log_info "$text"; redact_text "$text"; done' "${TEXTS[@]}"
	same "$(printf '%s\n' "$@")"$'\n' "$OUT" out
	same "$(printf 't: info: %s\n' "$@")"$'\n' "$ERR" err
}

# dies CODE
dies() {
	snippet "${LOG}die $1 wanted x, saw y; printf 'went on\\n'"
	ended "$1" '' $'t: error: wanted x, saw y\n'
}

# cleans ENDING CODE
cleans() {
	snippet "$CLEAN_UP$1"
	ended "$2" "cleaned $2"$'\n' ''
}

# fails_to_clean CODE
fails_to_clean() {
	snippet "${LOG}clean_up() { false; printf 'cleaned\\n'; return 1; }; exit_at_end clean_up; exit $1"
	ended "$1" $'cleaned\n'
}

@test "line names command and level on stderr" {
	snippet "${LOG}for level in info warn error; do log_\$level two  'w o r d s'; done"
	ended 0 '' $'t: info: two w o r d s\nt: warn: two w o r d s\nt: error: two w o r d s\n'
}

@test "credentials do not reach the log" {
	TEXTS=(
		https://bob:s3cret@a.example.org/x https://s3cret@a.example.org/x https://bob:s3@cret@a.example.org/x
		'http://bob:s3cret@a.example.org http://eve:s3cret@b.example.org'
		$'wanted\nhttps://bob:s3cret@a.example.org' a.example.org=https://bob:s3cret@b.example.org
		socks5h://bob:s3cret@a.example.org:1080
	)
	logged 'https://***@a.example.org/x' 'https://***@a.example.org/x' 'https://***@a.example.org/x' \
		'http://***@a.example.org http://***@b.example.org' \
		$'wanted\nhttps://***@a.example.org' 'a.example.org=https://***@b.example.org' \
		'socks5h://***@a.example.org:1080'
}

@test "text without credentials stays as it is" {
	TEXTS=(
		https://a.example.org/x https://a.example.org/mod/@v/list docker.io/library/alpine@sha256:0123
		'write to bob@example.org' '-n -e --x' 'a\tb\c' '100 % %s' '' 'Zürich — 日本'
		'{"source":"https://a.example.org","detail":"alpine@sha256:0123"}'
	)
	logged "${TEXTS[@]}"
}

@test "die says why and ends with its code" {
	dies 1
	dies 64
	dies 75
	dies 124
}

@test "die inside a substitution ends the command" {
	snippet "$LOG"'x=$(die 69 gone); printf "went on %s\n" "$x"'
	ended 69 ''
}

@test "clean-up runs once and keeps the code" {
	cleans true 0
	cleans 'exit 7' 7
	cleans 'die 75 outage 2>/dev/null' 75
	cleans false 1
	cleans 'f() { return 9; }; f || exit' 9
	cleans 'x=$(exit 5)' 5
}

@test "clean-up that fails keeps the code and goes on" {
	fails_to_clean 0
	fails_to_clean 3
}

@test "substitution does not clean up" {
	snippet "$CLEAN_UP"'x=$(printf inner; exit 0); (exit 0); printf "%s\n" "$x"'
	ended 0 $'inner\ncleaned 0\n'
}

# What three owners of resources say at the end, with the status; `b` fails, and reads what is not there.
OWNERS="$LOG"'a() { printf "a %s\n" "$1"; }; b() { printf "b %s\n" "$1"; false; cat /nonexistent 2>/dev/null; return 9; }; c() { printf "c %s\n" "$1"; }
exit_at_end a; exit_at_end b; exit_at_end c
'

# releases ENDING CODE [OUT]
releases() {
	snippet "$OWNERS$1"
	ended "$2" "${3:-c $2
b $2
a $2
}" ''
}

@test "releases run in reverse order, each once, whatever fails among them" {
	releases true 0
	releases 'exit 7' 7
	releases 'f() { return 9; }; f || exit' 9
	releases 'false' 1
	releases 'f() { false; true; }; f' 1
	releases 'kill -s TERM $$; clock_sleep 60' 143
	releases 'kill -s HUP $$; clock_sleep 60' 129
}

@test "release that is registered again runs once, and first" { releases 'exit_at_end a; exit_at_end a' 0 $'a 0\nc 0\nb 0\n'; }

@test "release that registers another one is no reason to stop" {
	snippet "${LOG}a() { exit_at_end b; printf 'a '; }; b() { printf 'b '; }; exit_at_end a; exit 3"
	ended 3 'a b ' ''
}

@test "signal while releases run does not cut them short" {
	snippet "$OWNERS"'d() { kill -s TERM $$; kill -s INT $$; kill -s HUP $$; printf "d %s\n" "$1"; }; exit_at_end d; exit 4'
	ended 4 $'d 4\nc 4\nb 4\na 4\n' ''
}

@test "subshells release nothing of the command" {
	snippet "$OWNERS"'x=$(exit_at_end c; exit 3) || :; (exit_at_end b; exit 5) || :; (exit_at_end c) & wait "$!"; printf "%s-\n" "$x"'
	ended 0 $'-\nc 0\nb 0\na 0\n' ''
}
