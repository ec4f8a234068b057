"""scripts/lib/options.sh: long options in both spellings, where they end, and what is said of wrong ones."""

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.run import Result

Sh = Callable[..., Result]

SPEC = "--dir= --quiet --loud --name="
TAKE = f"""
. "$LIB/log.sh"; . "$LIB/exit.sh"; . "$LIB/options.sh"; LOG_NAME=t
option_set() {{ printf '%s=[%s]\\n' "$1" "$2"; }}
options_take '{SPEC}' "$@"
shift "$OPTIONS_TAKEN"
for word in "$@"; do printf '(%s)\\n' "$word"; done
"""
CALLS = {
    "nothing": ([], ""),
    "value behind": (["--dir", "x"], "--dir=[x]\n"),
    "value in the word": (["--dir=x"], "--dir=[x]\n"),
    "flag": (["--quiet"], "--quiet=[]\n"),
    "all": (["--dir", "x", "--quiet", "--name=y"], "--dir=[x]\n--quiet=[]\n--name=[y]\n"),
    "twice": (["--dir=x", "--dir", "y"], "--dir=[x]\n--dir=[y]\n"),
    "empty value behind": (["--dir", ""], "--dir=[]\n"),
    "empty value in the word": (["--dir="], "--dir=[]\n"),
    "equals sign in the value": (["--dir=a=b=c"], "--dir=[a=b=c]\n"),
    "equals sign in the value behind": (["--dir", "a=b"], "--dir=[a=b]\n"),
    "blanks and signs in the value": (["--dir=a  b *$x", "--name", "-y"], "--dir=[a  b *$x]\n--name=[-y]\n"),
    "lines in the value": (["--dir=a\nb\n"], "--dir=[a\nb\n]\n"),
    "other word ends": (["--quiet", "x", "--quiet"], "--quiet=[]\n(x)\n(--quiet)\n"),
    "two dashes end": (["--quiet", "--", "--dir", "x"], "--quiet=[]\n(--dir)\n(x)\n"),
    "only the first two dashes end": (["--", "--", "x"], "(--)\n(x)\n"),
    "one dash is a word": (["-", "--quiet"], "(-)\n(--quiet)\n"),
    "empty word ends": (["", "--quiet"], "()\n(--quiet)\n"),
}


@pytest.mark.parametrize(("words", "wanted"), CALLS.values(), ids=CALLS.keys())
def test_options_are_read_and_the_rest_is_left(sh: Sh, words: list[str], wanted: str) -> None:
    result = sh(TAKE, *words)
    assert (result.rc, result.out, result.err) == (0, wanted, "")


ONE_OF = f"wanted one of {SPEC} : see --help"
WRONG = {
    "unknown": (["--folder", "x"], f"unknown option --folder: {ONE_OF}"),
    "unknown with value": (["--folder=x"], f"unknown option --folder: {ONE_OF}"),
    "abbreviation": (["--qui"], f"unknown option --qui: {ONE_OF}"),
    "other case": (["--DIR=x"], f"unknown option --DIR: {ONE_OF}"),
    "short": (["-q"], f"unknown option -q: {ONE_OF}"),
    "pattern": (["--*"], f"unknown option --*: {ONE_OF}"),
    "no name": (["--=x"], f"unknown option --: {ONE_OF}"),
    "two in one word": (["--quiet --loud"], f"unknown option --quiet --loud: {ONE_OF}"),
    "value missing": (["--quiet", "--dir"], "option --dir wants a value, saw none: see --help"),
    "value of a flag": (["--quiet=yes"], "option --quiet takes no value, saw 'yes': see --help"),
    "credentials": (
        ["--quiet=https://bob:s3cret@a.example.org"],
        "option --quiet takes no value, saw 'https://***@a.example.org': see --help",
    ),
}


@pytest.mark.parametrize(("words", "wanted"), WRONG.values(), ids=WRONG.keys())
def test_wrong_option_is_a_wrong_call(sh: Sh, words: list[str], wanted: str) -> None:
    result = sh(TAKE, *words)
    assert (result.rc, result.err) == (64, f"t: error: {wanted}\n")


def test_options_before_a_wrong_one_are_not_a_reason_to_go_on(sh: Sh) -> None:
    result = sh(TAKE + "printf 'went on\\n'", "--quiet", "--folder")
    assert (result.rc, result.out) == (64, "--quiet=[]\n")


HELP = """#!/bin/sh
# command.sh [--dir DIR]
#
# Does it: 'x' %s \\n.
#
#   --dir DIR   the folder
set -eu
# no help
"""
HELPED = "command.sh [--dir DIR]\n\nDoes it: 'x' %s \\n.\n\n  --dir DIR   the folder\n"


@pytest.mark.parametrize(
    "words", [["-h"], ["--help"], ["--quiet", "--help", "--folder"]], ids=["short", "long", "later"]
)
def test_help_is_the_header_and_ends_well(sh: Sh, tmp_path: Path, words: list[str]) -> None:
    # `snippet` is the $0 of what the fixture runs.
    (tmp_path / "snippet").write_text(HELP)
    result = sh(TAKE + "printf 'went on\\n'", *words, cwd=tmp_path)
    assert (result.rc, result.out.removeprefix("--quiet=[]\n"), result.err) == (0, HELPED, "")


def test_value_that_looks_like_help_is_a_value(sh: Sh) -> None:
    assert sh(TAKE, "--dir", "--help").out == "--dir=[--help]\n"
