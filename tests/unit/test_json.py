"""scripts/lib/json.sh: what it writes, Python's json reads back the same."""

import json
from collections.abc import Callable

import pytest
from harness.run import Result
from harness.shells import Shell

Sh = Callable[..., Result]

LOAD = '. "$LIB/json.sh"\n'
TEXTS = {
    "empty": "",
    "blank": " ",
    "blanks around": "  a  b  ",
    "word": "word",
    "option": "-n",
    "escape option": "-e",
    "quote": '"',
    "quotes": 'say "no"',
    "backslash": "\\",
    "backslash at the end": "a\\",
    "two backslashes": "\\\\",
    "backslash letters": "a\\tb\\nc\\u0041",
    "backslash and quote": '\\"',
    "apostrophe": "it's",
    "percent": "%s %d %%",
    "ampersand and slash": "&/|&",
    "dollar and backtick": "$HOME `id` $(id)",
    "asterisk": "*",
    "braces": '{"a":[1,2]}',
    "UTF-8": "Zürich — 日本 🚢",
    "delete": "a\x7fb",
    "long": "x" * 20_000,
}
CONTROLS = {
    "newline": ("a\nb", "a b"),
    "newline at the end": ("a\n", "a "),
    "newline alone": ("\n", " "),
    "lines": ("a\n\nb\n", "a  b "),
    "tab": ("a\tb", "a b"),
    "carriage return": ("a\r\n", "a  "),
    "escape sequence": ("\x1b[31mred\x1b[0m", " [31mred [0m"),
    "bell": ("\x07", " "),
    "last of them": ("a\x1fb", "a b"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_text_makes_the_round_trip(sh: Sh, text: str) -> None:
    result = sh(LOAD + 'json_string "$1"', text)
    assert (result.rc, result.err) == (0, "")
    assert json.loads(result.out) == text
    assert result.out.count("\n") == 1


@pytest.mark.parametrize(("text", "wanted"), CONTROLS.values(), ids=CONTROLS.keys())
def test_control_characters_become_blanks_on_one_line(sh: Sh, text: str, wanted: str) -> None:
    result = sh(LOAD + 'json_string "$1"', text)
    assert json.loads(result.out) == wanted
    assert result.out.count("\n") == 1


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_locale_does_not_matter(shell: Shell, sh: Sh, locale: str) -> None:
    # yash 2.52 itself refuses an argument that is no text of its locale.
    known = "C.UTF-8" if shell.name == "yash" else locale
    result = sh(LOAD + 'json_string "$1"', 'Zürich "日本"\\', env={"LC_ALL": known})
    assert json.loads(result.out) == 'Zürich "日本"\\'


OBJECTS: dict[str, tuple[list[str], object]] = {
    "nothing": ([], {}),
    "one": (["a", "b"], {"a": "b"}),
    "strings": (["a", "1", "b", ""], {"a": "1", "b": ""}),
    "number": (["a:", "1"], {"a": 1}),
    "nothing known": (["a:", ""], {"a": None}),
    "list": (["a:", '[1,"x"]', "b", "y"], {"a": [1, "x"], "b": "y"}),
    "odd text": (["a", '\\"\n%s', "b:", "false"], {"a": '\\" %s', "b": False}),
}


@pytest.mark.parametrize(("words", "wanted"), OBJECTS.values(), ids=OBJECTS.keys())
def test_object_holds_its_pairs_on_one_line(sh: Sh, words: list[str], wanted: object) -> None:
    result = sh(LOAD + 'json_object "$@"', *words)
    assert (result.rc, result.err) == (0, "")
    assert json.loads(result.out) == wanted
    assert result.out.count("\n") == 1


def test_objects_nest(sh: Sh) -> None:
    result = sh(LOAD + 'json_object outer: "$(json_object inner "$1")" last "x"', 'a"b')
    assert json.loads(result.out) == {"outer": {"inner": 'a"b'}, "last": "x"}
