"""scripts/lib/ladder/judge.sh, failures.sh and choice.sh: what a failure means, and what a climb remembers of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

PRELUDE = """
. "$SEAWALL_LIB/load.sh"; load base verdict ladder
LOG_NAME=t SCRATCH=$1 STATE_USER='' SEAWALL_EVENTS=/dev/null
BREAKER_FOLDER=$1/breaker && mkdir "$BREAKER_FOLDER"
clock_now() { printf '1000\\n'; }
text() { printf '%s\\n' "$1" >"$SCRATCH/text"; }
show() { printf '%s %s %s\\n' "$FINDING_CLASS" "$FINDING_VERDICT" "$FINDING_CODE"; }
"""


@pytest.fixture
def says(lines: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """The lines that this script prints."""
    return lambda script: lines(PRELUDE + script)


def test_output_is_classified_only_if_no_module_knows_the_cause(says):
    """A finding that is set wins over the words of the output; exit code 124 is a timeout; --retry-on overrides all."""
    seen = says("""
        text 'dial tcp 192.0.2.1:443: connect: connection refused'
        finding_set cache-import; judge_attempt 1 "$SCRATCH/text" go ''; show
        finding_clear; judge_attempt 1 "$SCRATCH/text" go ''; show
        finding_clear; judge_attempt 124 "$SCRATCH/text" go ''; show
        finding_clear; judge_attempt 1 "$SCRATCH/missing" go ''; show
        finding_clear; judge_attempt 1 "$SCRATCH/text" go 'timeout dns'; show
        finding_clear; judge_attempt 1 "$SCRATCH/text" go 'any'; show
        text 'pypi: error: pypi: timeout, tried 4 times: an outage'
        finding_clear; judge_attempt 1 "$SCRATCH/text" buildkit ''; show
    """)
    assert seen == [
        "cache-import degrade 75", "connection-refused elsewhere 75", "timeout elsewhere 75", "other stop 1",
        "connection-refused stop 75", "connection-refused again 75", "other stop 1",
    ]  # fmt: skip


def test_permanent_failure_is_asked_elsewhere_only_if_another_source_may_differ(says):
    """`not found` after an outage and a bare 403 go to the next source; 401, and the last source, end the climb."""
    seen = says("""
        ask() {
            text "$1"
            finding_clear
            judge_attempt 1 "$SCRATCH/text" go ''
            judge_allow_others "$SCRATCH/text" "$2" "$3"
            show
        }
        ask 'reading https://a/x: 404 Not Found' no ''
        ask 'reading https://a/x: 404 Not Found' no timeout
        ask 'reading https://a/x: 403 Forbidden' no ''
        ask 'reading https://a/x: 403 Forbidden' yes ''
        ask 'reading https://a/x: 401 Unauthorized' no ''
    """)
    assert seen == [
        "not-found stop 69", "not-found elsewhere 69", "auth elsewhere 77", "auth stop 77", "auth stop 77"
    ]  # fmt: skip


def test_change_is_retried_at_once_unless_the_failure_is_permanent(says):
    """After a restart of the builder the same builder is used again; a typo is not built twice."""
    seen = says("""
        finding_set timeout; finding_retry_at_once; judge_allow_retry_at_once; show
        finding_set not-found; judge_allow_retry_at_once; show
        finding_clear; finding_set timeout; judge_allow_retry_at_once; show
    """)
    assert seen == ["timeout at-once 75", "not-found stop 69", "timeout elsewhere 75"]


def test_source_is_spent_by_the_same_failure_twice_or_a_permanent_one(says):
    """Another URL is another failure; a failure whose cause was removed counts for nothing."""
    seen = says("""
        note() {
            text "$2"
            finding_set "$1"
            ${3:+finding_decide "$3"}
            failures_note go-proxy a "$SCRATCH/text" "${4:-no}"
        }
        spent() { if failures_leave_any a; then printf 'left\\n'; else printf 'spent\\n'; fi; failures_begin; }
        failures_begin
        note timeout https://a/x; note timeout https://a/y; spent
        note timeout https://a/x; note timeout https://a/x; spent
        note timeout https://a/x; note timeout https://a/x '' yes; spent
        note timeout https://a/x at-once; note timeout https://a/x at-once; spent
        note tls https://a/x; spent
        note integrity ''; note timeout ''; finding_set not-found; failures_conclude; show; spent
        note timeout ''; finding_set not-found; failures_conclude; show; spent
        finding_set not-found; failures_conclude; show
    """)
    assert seen == [
        "left", "spent", "left", "left", "spent", "integrity elsewhere 65", "spent", "timeout elsewhere 75", "left",
        "not-found stop 69",
    ]  # fmt: skip


def test_choice_skips_what_is_spent_ejected_or_wants_to_wait(says):
    """Order is the user's; a single source is used even if it is ejected; a named time is kept."""
    seen = says("""
        failures_begin
        choose() {
            choice_find apt 'a b c' "$1" || return
            printf '%s %s %s\\n' "$CHOICE_SOURCE" "$CHOICE_STATE" "$CHOICE_IS_LAST"
        }
        choose ''
        failures_spend a; choose ''
        breaker_note apt b fail timeout; choose ''
        choose c
        breaker_note apt c fail rate-limited 1030; choose '' || :
        breaker_note apt b fail rate-limited 1007
        choose '' || printf 'none\\n'
        choice_find_wait apt 'a b c'; printf '%s\\n' "$CHOICE_WAIT"
    """)
    assert seen == ["a closed no", "b closed no", "c closed yes", "b open yes", "b open yes", "none", "7"]
