#!/usr/bin/env bats
# scripts/lib/base/json.sh: what it writes, Python's json reads back the same.

load ../helpers

JSON='. "$LIB/load.sh"; load base
'
NAMED=$'Zürich "日本"\\'

one_line() {
	same 1 "$(printf '%s' "$OUT" | wc -l)" lines
}

# round_trip TEXT
round_trip() {
	snippet "$JSON"'json_string "$1"' "$1"
	same '0 ' "$RC $ERR"
	json "$OUT" 'it == words[0]' "$1"
	one_line
}

# blanked TEXT WANTED
blanked() {
	snippet "$JSON"'json_string "$1"' "$1"
	json "$OUT" 'it == words[0]' "$2"
	one_line
}

# object WANTED [WORD]...
object() {
	snippet "$JSON"'json_object "$@"' "${@:2}"
	same '0 ' "$RC $ERR"
	json "$OUT" 'it == json.loads(words[0])' "$1"
	one_line
}

# in_locale LOCALE
in_locale() {
	snippet -e "LC_ALL=$1" "$JSON"'json_string "$1"' "$NAMED"
	json "$OUT" 'it == words[0]' "$NAMED"
}

@test "text makes the round trip: empty" { round_trip ''; }
@test "text makes the round trip: blank" { round_trip ' '; }
@test "text makes the round trip: blanks around" { round_trip '  a  b  '; }
@test "text makes the round trip: word" { round_trip 'word'; }
@test "text makes the round trip: option" { round_trip '-n'; }
@test "text makes the round trip: escape option" { round_trip '-e'; }
@test "text makes the round trip: quote" { round_trip '"'; }
@test "text makes the round trip: quotes" { round_trip 'say "no"'; }
@test "text makes the round trip: backslash" { round_trip $'\\'; }
@test "text makes the round trip: backslash at the end" { round_trip $'a\\'; }
@test "text makes the round trip: two backslashes" { round_trip $'\\\\'; }
@test "text makes the round trip: backslash letters" { round_trip 'a\tb\nc\u0041'; }
@test "text makes the round trip: backslash and quote" { round_trip '\"'; }
@test "text makes the round trip: apostrophe" { round_trip "it's"; }
@test "text makes the round trip: percent" { round_trip '%s %d %%'; }
@test "text makes the round trip: ampersand and slash" { round_trip '&/|&'; }
@test "text makes the round trip: dollar and backtick" { round_trip '$HOME `id` $(id)'; }
@test "text makes the round trip: asterisk" { round_trip '*'; }
@test "text makes the round trip: braces" { round_trip '{"a":[1,2]}'; }
@test "text makes the round trip: UTF-8" { round_trip 'Zürich — 日本 🚢'; }
@test "text makes the round trip: delete" { round_trip $'a\x7fb'; }
@test "text makes the round trip: long" {
	round_trip "$(printf '%020000d' 0)"
}

@test "control characters become blanks on one line: newline" { blanked $'a\nb' 'a b'; }
@test "control characters become blanks on one line: newline at the end" { blanked $'a\n' 'a '; }
@test "control characters become blanks on one line: newline alone" { blanked $'\n' ' '; }
@test "control characters become blanks on one line: lines" { blanked $'a\n\nb\n' 'a  b '; }
@test "control characters become blanks on one line: tab" { blanked $'a\tb' 'a b'; }
@test "control characters become blanks on one line: carriage return" { blanked $'a\r\n' 'a  '; }
@test "control characters become blanks on one line: escape sequence" { blanked $'\x1b[31mred\x1b[0m' ' [31mred [0m'; }
@test "control characters become blanks on one line: bell" { blanked $'\x07' ' '; }
@test "control characters become blanks on one line: last of them" { blanked $'a\x1fb' 'a b'; }

@test "locale does not matter: C" {
	# yash 2.52 itself refuses an argument that is no text of its locale.
	case $TEST_SHELL in
		yash*) in_locale C.UTF-8 ;;
		*) in_locale C ;;
	esac
}
@test "locale does not matter: C.UTF-8" { in_locale C.UTF-8; }

@test "object holds its pairs on one line: nothing" { object '{}'; }
@test "object holds its pairs on one line: one" { object '{"a": "b"}' a b; }
@test "object holds its pairs on one line: strings" { object '{"a": "1", "b": ""}' a 1 b ''; }
@test "object holds its pairs on one line: number" { object '{"a": 1}' a: 1; }
@test "object holds its pairs on one line: nothing known" { object '{"a": null}' a: ''; }
@test "object holds its pairs on one line: list" { object '{"a": [1, "x"], "b": "y"}' a: '[1,"x"]' b y; }
@test "object holds its pairs on one line: odd text" { object '{"a": "\\\" %s", "b": false}' a $'\\"\n%s' b: false; }

@test "objects nest" {
	snippet "$JSON"'json_object outer: "$(json_object inner "$1")" last "x"' 'a"b'
	json "$OUT" 'it == {"outer": {"inner": "a\"b"}, "last": "x"}'
}
