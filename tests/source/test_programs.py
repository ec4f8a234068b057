"""No data becomes a program: what could is in the list with a reason, and each rule catches what it is for."""

from __future__ import annotations

import pytest

from . import programs
from .shell_words import commands


def test_what_is_found_is_what_is_listed():
    """`python -m tests.source.programs` prints the rows to add, whose reason is missing, and those to remove."""
    found, listed = programs.found(), programs.listed()
    assert sorted(found - listed.keys()) == []
    assert sorted(listed.keys() - found) == []


def test_list_is_in_order_and_each_row_has_a_reason():
    rows = list(programs.listed().items())
    assert rows == sorted(rows, key=lambda row: row[0])
    assert [finding for finding, reason in rows if len(reason.split()) < 3] == []


CAUGHT = {
    "eval": [
        'eval "x=$1"',
        "eval ls",
        'if eval "[ -z \\"\\$$1\\" ]"; then :; fi',
        'a && { eval "$HOW" && b; }',
        'x=$(eval "$y")',
    ],
    "program": [
        'sed "s/$1/x/"',
        'sed -n "s/^$1|//p" file',
        'sed -n -e 1d -e "/$x/p"',
        'sed -E "$(program)"',
        'LC_ALL=C sed -ne "$x"',
        "sed 's/a/'$1'/'",
        'sed "s/a/\n$1\n/"',
        'x=$(printf "%s" "$y" | sed -n "s/$1//p")',
        'a <<E | sed "s/$1//"\nb\nE\n',
        'awk "{ print $1 }"',
        'awk -F "\\t" "\\$1 == \\"$1\\""',
        'grep "^$1"',
        'grep -q -e "$1" file',
        'grep -v -x "$x"',
        'jq ".[\\"$1\\"]"',
        'sh -c "rm $1"',
        'bash --posix -euc "rm $1"',
        'python3 -c "print($1)"',
        'env X=y sh -c "$x"',
        'attempt_run 5 sed "s/$1//"',
        'trap "rm $1" EXIT',
        'case x in x) sed "s/$1//" ;; esac',
        "sed s/$1//",
        'sed "s/`id`//"',
        'foo() { sed "s/$1//"; }',
        '"$(sed "s/$1//" x)"',
        'x=${y:-$(sed "s/$1//" x)}',
    ],
    "awk-value": [
        'awk -v x="$1" 1',
        'awk -v "x=$1" -f p',
        'awk -F : -v a=1 -v b="$2" 1',
        'awk 1 x="$1" file',
        'awk -vx="$1" 1',
    ],
    "format": [
        'printf "$1"',
        'printf -- "$x\\n"',
        'printf "a$(b)"',
        'docker inspect --format "{{$1}}" x',
        "printf '%s'$x",
    ],
    "unquoted": [
        "rm $1",
        "rm -- ${1}",
        "for x in $list; do :; done",
        "set -- $(ls)",
        "export x=$1",
        'a ${x:-"$y"}',
        "[ -n $x ]",
        "a $@",
        "a >$x",
        "a `b`",
        "a | b $c",
        "case x in $y) ;; esac",
        "x=1 a $b",
        "a ${x:+$y}",
    ],
    "glob": ["set +f", "set +f\nrm -f x/*\nset -f", "x=1; set +f; ls *", "f() {\n\tset +f\n\tset -- *\n}"],
}
PASSED = [
    "sed 's/x/y/' \"$1\"",
    "sed -n 's/x//p' <\"$1\" | head -n 1",
    'sed -f "$SEAWALL_LIB/base/redact.sed" "$1"',
    'grep -F -e "$1" file',
    'grep -q -x -F "$1"',
    "awk '{ print $1 }' \"$file\"",
    'awk -F "\\t" \'$1 == "x"\' "$2"',
    "X=$1 awk '{ print ENVIRON[\"X\"] }'",
    'sh -c \'rm "$1"\' sh "$1"',
    "trap 'exit 1' INT",
    'printf "%s\\n" "$1"',
    "printf '%s' \"$x\"",
    "x=$1",
    "x=$1 y=$2 a",
    "local x",
    'case $1 in "$y") a ;; *) b ;; esac',
    'a "$(b "$1")"',
    "x=$((x + $1))",
    "a $((x + $1)) $# $? $$",
    'a ${x:+--y "$x"}',
    "a '$x' \\$x",
    'set +f\nset -- "$1"/*\nset -f',
    '(set +f && rm -f "$1"/*)',
    "# eval $x",
    'cat <<E\nsed "s/$1//" $x\nE\n',
    'a "${x%%"$y"*}"',
    "a ${#x}",
    'while read -r x; do a "$x"; done <"$f"',
    "docker inspect --format '{{.Id}}' \"$x\"",
    "python3 -c 'x' \"$1\"",
    'a 2>"$x"',
]


@pytest.mark.parametrize("rule", CAUGHT)
def test_rule_catches_what_it_is_for(rule):
    """In all its forms: with options, in substitutions, over several lines."""
    missed = [text for text in CAUGHT[rule] if rule not in {finding.rule for finding in programs.find("x.sh", text)}]
    assert missed == []


def test_rules_let_good_lines_pass():
    caught = {text: found for text in PASSED if (found := programs.find("x.sh", text))}
    assert caught == {}


def test_place_is_the_line_of_the_word():
    text = 'a |\n\tsed -n \\\n\t\t-e 1d \\\n\t\t-e "s/$1//p"\n'
    assert programs.find("x.sh", text) == {programs.Finding("x.sh", "program", '-e "s/$1//p"')}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b 'c d' \"e f\"", [["a", "b", "c d", "e f"]]),
        ("if a; then b; elif ! c; then d; fi", [["a"], ["b"], ["c"], ["d"]]),
        ("a && b || c | d &", [["a"], ["b"], ["c"], ["d"]]),
        ("a $(b; c) d", [["b"], ["c"], ["a", "", "d"]]),
        ("case x in a | b) c ;; *) d ;; esac; e", [["case", "x", "in"], ["a", "b"], ["c"], ["*"], ["d"], ["e"]]),
        ("a <<-E && b\nc $(d) '\n\tE\ne", [["a"], ["b"], ["e"]]),
        ("f() { a; }; (b; c)", [["f"], ["a"], ["b"], ["c"]]),
        ("a \\\n\tb # c 'd\ne", [["a", "b"], ["e"]]),
        ("x='a\nb' c", [["x=a\nb", "c"]]),
        ("a#b '#' c", [["a#b", "#", "c"]]),
    ],
)
def test_shell_is_read(text, words):
    """Into the commands that a shell would see."""
    assert [[word.literal for word in command.words] for command in commands(text)] == words
