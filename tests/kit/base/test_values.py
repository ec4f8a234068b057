"""scripts/lib/base/values.sh: the values of settings, numbers and lists. Messages: tests/kit/base/settings.bats."""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base; LOG_NAME=t\n'
ANSWER = 'answer() { if "$@"; then printf "yes "; else printf "no "; fi; }\n'
NUMBERS = {
    "0 5": "yes", "5 5": "yes", "6 5": "no", "10 9": "no", "05 5": "no", "-1 5": "no", "+1 5": "no", "x 5": "no",
    "999999999 999999999": "yes", "1000000000 999999999": "no", "2099999999 2099999999": "yes",
    "2100000000 2099999999": "no", "4294967297 2099999999": "no", "99999999999 2099999999": "no",
    "9999999999999": "yes", "10000000000000": "no", "1.5": "no", "1 2 3": "yes",
}  # fmt: skip
KINDS = {
    ("one of on off", "on"): "yes", ("one of on off", "on off"): "no", ("one of on off", "o"): "no",
    ("number", "12"): "yes", ("number", "012"): "no", ("deadline", "@1700000000"): "yes", ("deadline", "@"): "no",
    ("file", "/dev/null"): "yes", ("file", "/"): "no", ("image", "golang:1"): "yes", ("image", "https://a/b"): "no",
    ("sources", "default https://a file:///srv"): "yes", ("sources", "default ftp://a"): "no",
    ("pairs", "none"): "yes", ("pairs", "a="): "no", ("plans", "local inline"): "yes", ("plans", "fast"): "no",
    ("number", ""): "yes", ("words", "a\nb"): "no",
}  # fmt: skip


def test_number_is_whole_and_at_most_the_maximum(sh):
    """A number beyond the maximum, or one that a 32-bit shell cannot hold, is refused in every shell."""
    calls = "".join(f"answer values_is_number {words}\n" for words in NUMBERS)
    assert sh(LOAD + ANSWER + calls).out.split() == list(NUMBERS.values())


def test_value_is_checked_by_its_kind(sh):
    """A value of the wrong kind ends the command with 78, an empty one is accepted."""
    script = (
        """check() ( values_check here NAME "$1" "$2" ); while [ $# -gt 0 ]; do answer check "$1" "$2"; shift 2; done"""
    )
    result = sh(LOAD + ANSWER + script, *(word for pair in KINDS for word in pair))
    assert result.out.split() == list(KINDS.values()), result.err


def test_list_is_the_same_with_any_white_space(sh):
    """Blanks, tabs and line ends of any kind separate the words of a list; other values stay as they are."""
    texts = ["a b", " a  b ", "a\tb", "a\nb\n", "a\r\nb\r\n", "\n\ta\r\n\tb"]
    script = """for text; do for kind in sources pairs plans words; do
    values_join "$kind" "$text"; echo "<$VALUES_JOINED>"; done; done"""
    assert set(sh(LOAD + script, *texts).out.splitlines()) == {"<a b>"}
    assert sh(LOAD + 'values_join text "$1"; printf %s "$VALUES_JOINED"', "a\tb").out == "a\tb"


def test_words_and_minimum(sh):
    """A word is found only as a whole word of the list, and two words are never one."""
    script = 'answer values_has b "a b c"; answer values_has "a b" "a b c"; answer values_has c "cc"; values_min 7 3'
    assert sh(LOAD + ANSWER + script).out == "yes no no 3\n"
