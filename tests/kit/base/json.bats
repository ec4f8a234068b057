#!/usr/bin/env bats
# scripts/lib/base/json.sh: what it writes, Python's json reads back the same.

load ../helpers

JSON='. "$LIB/load.sh"; load base
'
NAMED=$'Zürich "日本"\\'

one_line() {
	same 1 "$(printf '%s' "$OUT" | wc -l)" lines
}

# strings WANTED...: what json_string prints for the words in TEXTS, one line each.
strings() {
	snippet "$JSON"'for text in "$@"; do json_string "$text"; done' "${TEXTS[@]}"
	same '0 ' "$RC $ERR"
	"$PYTHON" -c '
import json, sys
out, *words = sys.argv[1:]
lines = out.split("\n")
for line, wanted in zip(lines, words):
    if json.loads(line) != wanted:
        sys.exit(f"wanted {wanted!r}, saw {line}")
if len(lines) != len(words) + 1 or lines[-1]:
    sys.exit(f"wanted {len(words)} lines, saw {lines}")
' "$OUT" "$@"
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

@test "text makes the round trip" {
	TEXTS=(
		'' ' ' '  a  b  ' word -n -e '"' 'say "no"' $'\\' $'a\\' $'\\\\' 'a\tb\nc\u0041' '\"' "it's" '%s %d %%' '&/|&'
		'$HOME `id` $(id)' '*' '{"a":[1,2]}' 'Zürich — 日本 🚢' $'a\x7fb' "$(printf '%020000d' 0)"
	)
	strings "${TEXTS[@]}"
}

@test "control characters become blanks on one line" {
	TEXTS=($'a\nb' $'a\n' $'\n' $'a\n\nb\n' $'a\tb' $'a\r\n' $'\x1b[31mred\x1b[0m' $'\x07' $'a\x1fb')
	strings 'a b' 'a ' ' ' 'a  b ' 'a b' 'a  ' ' [31mred [0m' ' ' 'a b'
}

@test "locale does not matter: C" {
	# yash 2.52 itself refuses an argument that is no text of its locale.
	case $TEST_SHELL in
		yash*) in_locale C.UTF-8 ;;
		*) in_locale C ;;
	esac
}
@test "locale does not matter: C.UTF-8" { in_locale C.UTF-8; }

@test "object holds its pairs on one line" {
	object '{}'
	object '{"a": "b"}' a b
	object '{"a": "1", "b": ""}' a 1 b ''
	object '{"a": 1}' a: 1
	object '{"a": null}' a: ''
	object '{"a": [1, "x"], "b": "y"}' a: '[1,"x"]' b y
	object '{"a": "\\\" %s", "b": false}' a $'\\"\n%s' b: false
}

@test "objects nest" {
	snippet "$JSON"'json_object outer: "$(json_object inner "$1")" last "x"' 'a"b'
	json "$OUT" 'it == {"outer": {"inner": "a\"b"}, "last": "x"}'
}
