"""scripts/lib/verdict/finding.sh: one record of what failed."""

from __future__ import annotations

from collections.abc import Callable

from harness.machine.run import Result

SHOW = """
. "$SEAWALL_LIB/load.sh"; load base verdict
show() {
    printf '%s|' "$FINDING_CLASS" "$FINDING_VERDICT" "$FINDING_CODE" "$FINDING_UPSTREAM" "$FINDING_SOURCE"
    printf '%s|%s|%s\\n' "$FINDING_NOT_BEFORE" "$FINDING_WORDS" "$FINDING_CHANGED"
}
"""
CALLS = """
show
finding_set push registry r.example.org 12 'it does not serve the image'; show
finding_retry_at_once
finding_set http-5xx; show
finding_set no-such-class registry || show
finding_decide stop 71; show
finding_decide again; show
finding_clear; show
"""
RECORDS = """\
|done|0|||||no
push|again|75|registry|r.example.org|12|it does not serve the image|no
http-5xx|elsewhere|75|||||yes
http-5xx|elsewhere|75|||||yes
http-5xx|stop|71|||||yes
http-5xx|again|71|||||yes
|done|0|||||no
"""


def test_verdict_and_code_follow_from_the_class_unless_they_are_decided(sh: Callable[..., Result]):
    """A known failure has the exit code of classes.tsv; an unknown class changes nothing; success clears it."""
    env = {"FINDING_CLASS": "auth", "FINDING_CODE": "77", "FINDING_CHANGED": "yes"}
    result = sh(SHOW + CALLS, env=env)
    assert (result.rc, result.out) == (0, RECORDS), repr(result)
