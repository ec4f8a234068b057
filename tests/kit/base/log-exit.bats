#!/usr/bin/env bats
# bats file_tags=every-shell
# scripts/lib/base/log.sh and exit.sh: lines without credentials, codes that survive, one clean-up.

load ../helpers

LOG='. "$LIB/load.sh"; load base; LOG_NAME=t
'
CLEAN_UP="$LOG"'clean_up() { printf "cleaned %s\n" "$1"; }; exit_at_end clean_up
'

# level LEVEL
level() {
	snippet "${LOG}log_$1 two  'w o r d s'"
	ended 0 '' "t: $1: two w o r d s"$'\n'
}

# logged TEXT WANTED
logged() {
	snippet "$LOG"'log_info "$1"; redact_text "$1"' "$1"
	same "$2"$'\n' "$OUT" out
	same "t: info: $2"$'\n' "$ERR" err
}

# stays TEXT
stays() {
	logged "$1" "$1"
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

@test "line names command and level on stderr: info" { level info; }
@test "line names command and level on stderr: warn" { level warn; }
@test "line names command and level on stderr: error" { level error; }

@test "credentials do not reach the log: user and word" {
	logged https://bob:s3cret@a.example.org/x 'https://***@a.example.org/x'
}
@test "credentials do not reach the log: token alone" {
	logged https://s3cret@a.example.org/x 'https://***@a.example.org/x'
}
@test "credentials do not reach the log: at sign in the word" {
	logged https://bob:s3@cret@a.example.org/x 'https://***@a.example.org/x'
}
@test "credentials do not reach the log: two addresses" {
	logged 'http://bob:s3cret@a.example.org http://eve:s3cret@b.example.org' \
		'http://***@a.example.org http://***@b.example.org'
}
@test "credentials do not reach the log: second line" {
	logged $'wanted\nhttps://bob:s3cret@a.example.org' $'wanted\nhttps://***@a.example.org'
}
@test "credentials do not reach the log: pair" {
	logged a.example.org=https://bob:s3cret@b.example.org 'a.example.org=https://***@b.example.org'
}
@test "credentials do not reach the log: other scheme" {
	logged socks5h://bob:s3cret@a.example.org:1080 'socks5h://***@a.example.org:1080'
}

@test "text without credentials stays as it is: plain address" { stays https://a.example.org/x; }
@test "text without credentials stays as it is: version in the path" { stays https://a.example.org/mod/@v/list; }
@test "text without credentials stays as it is: digest" { stays docker.io/library/alpine@sha256:0123; }
@test "text without credentials stays as it is: mail address" { stays 'write to bob@example.org'; }
@test "text without credentials stays as it is: option" { stays '-n -e --x'; }
@test "text without credentials stays as it is: backslash" { stays 'a\tb\c'; }
@test "text without credentials stays as it is: percent" { stays '100 % %s'; }
@test "text without credentials stays as it is: empty" { stays ''; }
@test "text without credentials stays as it is: UTF-8" { stays 'Zürich — 日本'; }
@test "text without credentials stays as it is: quoted record" {
	stays '{"source":"https://a.example.org","detail":"alpine@sha256:0123"}'
}

@test "die says why and ends with its code: 1" { dies 1; }
@test "die says why and ends with its code: 64" { dies 64; }
@test "die says why and ends with its code: 75" { dies 75; }
@test "die says why and ends with its code: 124" { dies 124; }

@test "die inside a substitution ends the command" {
	snippet "$LOG"'x=$(die 69 gone); printf "went on %s\n" "$x"'
	ended 69 ''
}

@test "clean-up runs once and keeps the code: the last line" { cleans true 0; }
@test "clean-up runs once and keeps the code: exit" { cleans 'exit 7' 7; }
@test "clean-up runs once and keeps the code: die" { cleans 'die 75 outage 2>/dev/null' 75; }
@test "clean-up runs once and keeps the code: a failing step" { cleans false 1; }
@test "clean-up runs once and keeps the code: a failing function" {
	cleans 'f() { return 9; }; f || exit' 9
}
@test "clean-up runs once and keeps the code: a failing substitution" { cleans 'x=$(exit 5)' 5; }

@test "clean-up that fails keeps the code and goes on: 0" { fails_to_clean 0; }
@test "clean-up that fails keeps the code and goes on: 3" { fails_to_clean 3; }

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
