"""scripts/lib/log.sh and exit.sh: lines without credentials, codes that survive, one clean-up."""

from collections.abc import Callable

import pytest
from harness.run import Result

Sh = Callable[..., Result]

LOAD = '. "$LIB/log.sh"; . "$LIB/exit.sh"; LOG_NAME=t\n'
CLEAN_UP = "clean_up() { printf 'cleaned %s\\n' \"$1\"; }; exit_trap clean_up\n"

CREDENTIALS = {
    "user and word": ("https://bob:s3cret@a.example.org/x", "https://***@a.example.org/x"),
    "token alone": ("https://s3cret@a.example.org/x", "https://***@a.example.org/x"),
    "at sign in the word": ("https://bob:s3@cret@a.example.org/x", "https://***@a.example.org/x"),
    "two addresses": (
        "http://bob:s3cret@a.example.org http://eve:s3cret@b.example.org",
        "http://***@a.example.org http://***@b.example.org",
    ),
    "second line": ("wanted\nhttps://bob:s3cret@a.example.org", "wanted\nhttps://***@a.example.org"),
    "pair": ("a.example.org=https://bob:s3cret@b.example.org", "a.example.org=https://***@b.example.org"),
    "other scheme": ("socks5h://bob:s3cret@a.example.org:1080", "socks5h://***@a.example.org:1080"),
}
HARMLESS = {
    "plain address": "https://a.example.org/x",
    "version in the path": "https://a.example.org/mod/@v/list",
    "digest": "docker.io/library/alpine@sha256:0123",
    "mail address": "write to bob@example.org",
    "option": "-n -e --x",
    "backslash": "a\\tb\\c",
    "percent": "100 % %s",
    "empty": "",
    "UTF-8": "Zürich — 日本",
    "quoted record": '{"source":"https://a.example.org","detail":"alpine@sha256:0123"}',
}


@pytest.mark.parametrize("level", ["info", "warn", "error"])
def test_line_names_command_and_level_on_stderr(sh: Sh, level: str) -> None:
    result = sh(f"{LOAD}log_{level} two  'w o r d s'")
    assert (result.rc, result.out, result.err) == (0, "", f"t: {level}: two w o r d s\n")


@pytest.mark.parametrize(("text", "wanted"), CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_credentials_do_not_reach_the_log(sh: Sh, text: str, wanted: str) -> None:
    result = sh(LOAD + 'log_info "$1"; redact_text "$1"', text)
    assert (result.out, result.err) == (f"{wanted}\n", f"t: info: {wanted}\n")


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS.keys())
def test_text_without_credentials_stays_as_it_is(sh: Sh, text: str) -> None:
    result = sh(LOAD + 'log_info "$1"; redact_text "$1"', text)
    assert (result.out, result.err) == (f"{text}\n", f"t: info: {text}\n")


@pytest.mark.parametrize("code", [1, 64, 75, 124])
def test_die_says_why_and_ends_with_its_code(sh: Sh, code: int) -> None:
    result = sh(f"{LOAD}die {code} wanted x, saw y; printf 'went on\\n'")
    assert (result.rc, result.out, result.err) == (code, "", "t: error: wanted x, saw y\n")


def test_die_inside_a_substitution_ends_the_command(sh: Sh) -> None:
    result = sh(LOAD + "x=$(die 69 gone); printf 'went on %s\\n' \"$x\"")
    assert (result.rc, result.out) == (69, "")


ENDINGS = {
    "the last line": ("true", 0),
    "exit": ("exit 7", 7),
    "die": ("die 75 outage 2>/dev/null", 75),
    "a failing step": ("false", 1),
    "a failing function": ("f() { return 9; }; f || exit", 9),
    "a failing substitution": ("x=$(exit 5)", 5),
}


@pytest.mark.parametrize(("ending", "code"), ENDINGS.values(), ids=ENDINGS.keys())
def test_clean_up_runs_once_and_keeps_the_code(sh: Sh, ending: str, code: int) -> None:
    result = sh(LOAD + CLEAN_UP + ending)
    assert (result.rc, result.out, result.err) == (code, f"cleaned {code}\n", "")


@pytest.mark.parametrize("code", [0, 3])
def test_clean_up_that_fails_keeps_the_code_and_goes_on(sh: Sh, code: int) -> None:
    result = sh(f"{LOAD}clean_up() {{ false; printf 'cleaned\\n'; return 1; }}; exit_trap clean_up; exit {code}")
    assert (result.rc, result.out) == (code, "cleaned\n")


def test_substitution_does_not_clean_up(sh: Sh) -> None:
    result = sh(LOAD + CLEAN_UP + "x=$(printf inner; exit 0); (exit 0); printf '%s\\n' \"$x\"")
    assert (result.rc, result.out) == (0, "inner\ncleaned 0\n")
