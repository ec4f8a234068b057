#!/usr/bin/env bats
# scripts/lib/base/list.sh: words as one value, and back to the byte.

load ../helpers

LIST='. "$LIB/load.sh"; load base; '
# shellcheck disable=SC1003 # a backslash is one of the words
ODD=('' ' ' $'line\nend\n' "it's" "''" '$(touch pwned)' '`id`' '*' '\' '-x' '--' 'a"b' $'\t' "'" $'\n')

setup() { cd "$BATS_TEST_TMPDIR"; }

@test "words come back to the byte, in order, and nothing in them is run" {
	snippet "$LIST"'list_add WORDS "$@"; eval "set -- $WORDS"; printf "%s\0" "$@" >words' "${ODD[@]}"
	ended 0 '' ''
	printf '%s\0' "${ODD[@]}" | cmp - words
	[ ! -e pwned ]
}

@test "list is a list word by word, and one more list behind it" {
	snippet "$LIST"'for word in "$@"; do list_add ONE "$word"; done; list_add TWO "$@"
		[ "$ONE" = "$TWO" ]; eval "set -- \"\$@\" $ONE$TWO"; printf "%s\n" "$#"' "${ODD[@]}"
	ended 0 "$((3 * ${#ODD[@]}))"$'\n' ''
}

@test "no word is an empty list" {
	snippet "$LIST"'list_add NONE; list_quote; eval "set -- $NONE$LIST_QUOTED"; printf "%s<%s>\n" "$#" "$NONE"' a
	ended 0 $'0<>\n' ''
}
