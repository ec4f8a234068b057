"""scripts/lib/ladder/ladder.sh against a model: whatever the sources answer, the climb keeps its promises."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.machine.run import clean_environment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LIB = Path(__file__).resolve().parents[3] / "scripts" / "lib"
# An attempt answers with the next of `answers` and takes TAKES seconds; time and sleep are the test's.
CLIMB = """
. "$LIB/load.sh"; load base verdict ladder
LOG_NAME=ladder
clock_now() { printf "%s\\n" "$NOW"; }
clock_read_uptime() { CLOCK_UPTIME=$NOW; }
clock_sleep() { NOW=$((NOW + $1)); }
events_emit() { :; }
ask() {
    printf "%s %s\\n" "$1" "$NOW"
    NOW=$((NOW + TAKES))
    answer=${ANSWERS%%|*} ANSWERS=${ANSWERS#*|}
    printf "%s\\n" "$answer" >"$LADDER_TEXT"
    case $answer in fine) return 0 ;; hung) return 124 ;; changed*) finding_retry_at_once ;; esac
    return 1
}
ladder_begin
status=0
ladder_climb --tool go 3 go-proxy "$SOURCES" ask || status=$?
printf "end %s\\n" "$status"
"""
ANSWERS = {
    "fine": "fine",
    "changed": "changed: reading https://a.example.org/x: 503 Service Unavailable",
    "down": "reading https://a.example.org/x: 503 Service Unavailable",
    "refused": "dial tcp 192.0.2.1:443: connect: connection refused",
    "reset": "read tcp 192.0.2.1:443: connection reset by peer",
    "hung": "hung",
    "missing": "reading https://a.example.org/x: 404 Not Found",
    "login": "reading https://a.example.org/x: 401 Unauthorized",
    "forbidden": "reading https://a.example.org/x: 403 Forbidden",
    "wrong": "verifying example.org/x@v1.0.0: checksum mismatch",
}
CODES = {0, 65, 69, 75, 77, 124}
LASTS = {"missing", "login", "forbidden", "wrong"}
"""After one of these a source is not asked again."""


@dataclass
class Seen:
    """What the sources answered so far."""

    answers: dict[str, list[str]]

    def is_spent(self, source: str) -> bool:
        """Whether it failed twice in the same way, or permanently; a failure with a changed cause does not count."""
        told = self.counted(source)
        return len(set(told)) < len(told) or bool(LASTS & set(told))

    def counted(self, source: str) -> list[str]:
        """Its answers without those after which something was changed."""
        return [answer for answer in self.answers[source] if answer != "changed"]

    def may_be_ejected(self, source: str) -> bool:
        return "hung" in self.answers[source] or len(self.counted(source)) >= 2


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sources=st.integers(1, 3).map(lambda count: ["a", "b", "c"][:count]),
    answers=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=12, max_size=12),
    budget=st.integers(0, 6),
    takes=st.integers(0, 20),
    left=st.integers(0, 90),
)
def test_climb_keeps_its_promises(tmp_path_factory, sources, answers, budget, takes, left):
    scratch = tmp_path_factory.mktemp("climb")
    own = {
        "LIB": str(LIB), "SEAWALL_LIB": str(LIB), "SCRATCH": str(scratch), "SOURCES": " ".join(sources), "NOW": "1000",
        "TAKES": str(takes), "SEAWALL_BUDGET": str(budget), "SEAWALL_DEADLINE": f"@{1000 + left}", "SEAWALL_SEED": "1",
        "ANSWERS": "|".join(ANSWERS[name] for name in answers) + "|",
    }  # fmt: skip
    # Ends: a climb that did not would run into the limit.
    done = subprocess.run(
        ["dash", "-euc", CLIMB], env=clean_environment(scratch) | own, capture_output=True, text=True, timeout=30,
        check=True,
    )  # fmt: skip
    *asked, (_, code) = [line.split() for line in done.stdout.splitlines()]
    seen = Seen({source: [] for source in sources})
    told = answers[: len(asked)]
    for number, before in enumerate(told[:-1]):
        if before == "changed":
            assert asked[number + 1] == [asked[number][0], str(int(asked[number][1]) + takes)], "waits"
    for (source, moment), answer in zip(asked, answers, strict=False):
        assert int(moment) + 1 < 1000 + left, "an attempt that has no time to run"
        assert not seen.is_spent(source), "a spent source is asked again"
        for other in set(sources) - {source}:
            waits = len(seen.counted(other)) < len(seen.counted(source))
            assert not waits or seen.is_spent(other) or seen.may_be_ejected(other), "another source waits"
        seen.answers[source].append(answer)
    assert len(asked) <= budget + 1
    assert (code == "0") == (bool(told) and told[-1] == "fine")
    assert "fine" not in told[:-1]
    assert int(code) in CODES
    if "wrong" in told and code != "0":
        assert code == "65"
