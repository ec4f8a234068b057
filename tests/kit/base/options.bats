#!/usr/bin/env bats
# scripts/lib/base/options.sh: long options in both spellings, where they end, and what is said of wrong ones.

load ../helpers

SPEC='--dir= --quiet --loud --name='
TAKE='. "$LIB/load.sh"; load base; LOG_NAME=t
option_set() { printf "%s=[%s]\n" "$1" "$2"; }
options_take "'$SPEC'" "$@"
shift "$OPTIONS_TAKEN"
for word in "$@"; do printf "(%s)\n" "$word"; done
'
ON=$TAKE'printf "went on\n"'

# reads WANTED [WORD]...
reads() {
	local wanted=$1
	shift
	snippet "$TAKE" "$@"
	ended 0 "$wanted" ''
}

# refuses WANTED [WORD]...
refuses() {
	local wanted=$1
	shift
	snippet "$TAKE" "$@"
	ended 64
	same "t: error: $wanted"$'\n' "$ERR" err
}

# unknown NAME [WORD]: an option that is not there, as the word or as NAME
unknown() {
	snippet "$TAKE" "${2:-$1}"
	ended 64
	[[ $ERR == "t: error: unknown option $1: wanted one of $SPEC : perhaps --"[a-z]*": see --help"$'\n' ]]
}

@test "reads: nothing" { reads ''; }
@test "reads: value behind" { reads $'--dir=[x]\n' --dir x; }
@test "reads: value in the word" { reads $'--dir=[x]\n' --dir=x; }
@test "reads: flag" { reads $'--quiet=[]\n' --quiet; }
@test "reads: all" { reads $'--dir=[x]\n--quiet=[]\n--name=[y]\n' --dir x --quiet --name=y; }
@test "reads: twice" { reads $'--dir=[x]\n--dir=[y]\n' --dir=x --dir y; }
@test "reads: empty value behind" { reads $'--dir=[]\n' --dir ''; }
@test "reads: empty value in the word" { reads $'--dir=[]\n' --dir=; }
@test "reads: equals sign in the value" { reads $'--dir=[a=b=c]\n' --dir=a=b=c; }
@test "reads: equals sign in the value behind" { reads $'--dir=[a=b]\n' --dir a=b; }
@test "reads: blanks and signs in the value" { reads $'--dir=[a  b *$x]\n--name=[-y]\n' '--dir=a  b *$x' --name -y; }
@test "reads: lines in the value" { reads $'--dir=[a\nb\n]\n' $'--dir=a\nb\n'; }
@test "reads: other word ends" { reads $'--quiet=[]\n(x)\n(--quiet)\n' --quiet x --quiet; }
@test "reads: two dashes end" { reads $'--quiet=[]\n(--dir)\n(x)\n' --quiet -- --dir x; }
@test "reads: only the first two dashes end" { reads $'(--)\n(x)\n' -- -- x; }
@test "reads: one dash is a word" { reads $'(-)\n(--quiet)\n' - --quiet; }
@test "reads: empty word ends" { reads $'()\n(--quiet)\n' '' --quiet; }
@test "reads: value that looks like help" { reads $'--dir=[--help]\n' --dir --help; }

@test "refuses: unknown" { unknown --folder --folder; }
@test "refuses: unknown with value" { unknown --folder --folder=x; }
@test "refuses: abbreviation" { unknown --qui; }
@test "refuses: other case" { unknown --DIR --DIR=x; }
@test "refuses: short" { unknown -q; }
@test "refuses: pattern" { unknown '--*'; }
@test "refuses: no name" { unknown -- --=x; }
@test "refuses: two in one word" { unknown '--quiet --loud'; }
@test "refuses: value missing" { refuses 'option --dir wants a value, saw none: see --help' --quiet --dir; }
@test "refuses: value of a flag" { refuses "option --quiet takes no value, saw 'yes': see --help" --quiet=yes; }
@test "refuses: credentials, unseen" {
	refuses "option --quiet takes no value, saw 'https://***@a.example.org': see --help" \
		--quiet=https://bob:s3cret@a.example.org
}

@test "options before a wrong one are no reason to go on" {
	snippet "$ON" --quiet --folder
	ended 64 $'--quiet=[]\n'
}

# helps [WORD]...: `snippet` is the $0 of what is run.
helps() {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' '#!/bin/sh' '# command.sh [--dir DIR]' '#' "# Does it: 'x' %s \\n." '#' '#   --dir DIR   the folder' \
		'set -eu' '# no help' >snippet
	snippet "$ON" "$@"
	OUT=${OUT#$'--quiet=[]\n'}
	ended 0 $'command.sh [--dir DIR]\n\nDoes it: \'x\' %s \\n.\n\n  --dir DIR   the folder\n' ''
}

@test "help is the header and ends well: short" { helps -h; }
@test "help is the header and ends well: long" { helps --help; }
@test "help is the header and ends well: later" { helps --quiet --help --folder; }

# answers [WORD]...: the version is that of the kit, the name that of the command, whatever it is called by.
answers() {
	snippet "$ON" "$@"
	OUT=${OUT#$'--quiet=[]\n'}
	ended 0 "snippet $(cat "$LIB/../../VERSION")"$'\n' ''
}

@test "version ends well: alone" { answers --version; }
@test "version ends well: later, before a wrong option" { answers --quiet --version --folder; }
@test "version takes no value" { unknown --version --version=1; }
