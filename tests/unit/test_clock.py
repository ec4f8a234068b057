"""scripts/lib/clock.sh: moments, what is left of them, and a sleep that a signal ends."""

import re
import time
from collections.abc import Callable

import pytest
from harness.run import Result

Sh = Callable[..., Result]

LOAD = '. "$LIB/clock.sh"\n'
FIXED = LOAD + "clock_now() { printf '1000\\n'; }\n"


def test_now_is_the_epoch(sh: Sh) -> None:
    before = int(time.time())
    seen = int(sh(LOAD + "clock_now").out)
    assert before <= seen <= int(time.time())


def test_stamp_is_utc_whatever_the_zone(sh: Sh) -> None:
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    seen = sh(LOAD + "clock_stamp", env={"TZ": "EST5"}).out.rstrip("\n")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", seen)
    assert before <= seen <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


CALLS = {
    "seconds from now": ("clock_deadline 60", "1060"),
    "no seconds": ("clock_deadline 0", "1000"),
    "absolute": ("clock_deadline @4102444800", "4102444800"),
    "left before": ("clock_left 1060", "60"),
    "left at the moment": ("clock_left 1000", "0"),
    "left after": ("clock_left 1", "0"),
    "first is smaller": ("clock_least 2 10", "2"),
    "second is smaller": ("clock_least 10 2", "2"),
    "both the same": ("clock_least 3 3", "3"),
}


@pytest.mark.parametrize(("call", "wanted"), CALLS.values(), ids=CALLS.keys())
def test_arithmetic(sh: Sh, call: str, wanted: str) -> None:
    result = sh(FIXED + call)
    assert (result.rc, result.out, result.err) == (0, f"{wanted}\n", "")


def test_sleep_lasts_its_seconds(sh: Sh) -> None:
    result = sh(LOAD + "clock_sleep 1; printf 'awake\\n'")
    assert (result.rc, result.out, result.err) == (0, "awake\n", "")
    assert result.seconds >= 1


def test_sleep_that_cannot_be_had_is_no(sh: Sh) -> None:
    result = sh(LOAD + "sleep() { return 3; }; if clock_sleep 1; then printf 'yes\\n'; else printf 'no\\n'; fi")
    assert (result.rc, result.out, result.err) == (0, "no\n", "")


def test_signal_that_ends_the_command_ends_the_sleep_too(sh: Sh) -> None:
    # The sleeper holds stdout as long as it lives: an end within the time says that nothing of it is left.
    script = """
    for module in log exit; do . "$LIB/$module.sh"; done
    clean_up() { printf 'cleaned\\n'; }
    exit_trap clean_up
    (kill -s TERM $$) &
    clock_sleep 600
    """
    result = sh(LOAD + script, timeout=60)
    assert (result.rc, result.out, result.err) == (143, "cleaned\n", "")
