"""scripts/lib/ladder.sh and step.sh: which source is next, when it waits, how it ends, what it writes down."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness.run import Result
from jsonschema import Draft202012Validator

Sh = Callable[..., Result]
Climb = Callable[..., "Climbed"]

NOW = 1000
# An attempt answers with the line of its number in `answers`; time, sleep and what is drawn are the test's.
CLIMB = """
for module in log clock json events classify ladder; do . "$LIB/$module.sh"; done
LOG_NAME=ladder SEAWALL_EVENTS=$HOME/events LADDER_TEXT=$HOME/text LADDER_TOOL=go
clock_now() { printf '%s\\n' "$NOW"; }
clock_sleep() { printf 'sleep %s\\n' "$1"; NOW=$((NOW + $1)); }
od() { printf ' %s\\n' "$DRAWN"; }
ask() {
	printf 'ask %s\\n' "$1"
	NOW=$((NOW + TAKES))
	sed -n "${LADDER_ATTEMPT}p" "$HOME/answers" >"$LADDER_TEXT"
	case $(cat "$LADDER_TEXT") in fine) return 0 ;; hung) return 124 ;; *) return 1 ;; esac
}
status=0
ladder_climb "$1" go-proxy "$2" ask || status=$?
printf 'class %s\\n' "$LADDER_CLASS"
exit "$status"
"""
UNAVAILABLE = "reading https://a.example.org/@v/v1.mod: 503 Service Unavailable"
REFUSED = "Get https://a.example.org/@v/v1.mod: dial tcp 192.0.2.1:443: connect: connection refused"
RESET = "read tcp 192.0.2.1:443: connection reset by peer"
WRONG = "verifying example.org/hello@v1.0.0: checksum mismatch"
EXPIRED = "The following signatures were invalid: EXPKEYSIG 0123456789ABCDEF Example"
MISSING = "reading https://a.example.org/@v/v1.mod: 404 Not Found"
FORBIDDEN = "reading https://a.example.org/@v/v1.mod: 401 Unauthorized"
UNTRUSTED = "x509: certificate signed by unknown authority"
COMPILE = "./main.go:3:1: undefined: x"
NESTED = "#9 1.2 python-packages: error: pypi: http-5xx, tried 4 times: an outage, run again later"


@dataclass(frozen=True)
class Climbed:
    """How a climb ended: the sources asked in order, the seconds slept, the events."""

    result: Result
    asked: str
    slept: list[int]
    events: list[dict[str, Any]]

    @property
    def code(self) -> int:
        return self.result.rc

    @property
    def final_class(self) -> str:
        return self.result.out.splitlines()[-1].removeprefix("class ")

    def seen(self, kind: str, key: str) -> list[Any]:
        return [event[key] for event in self.events if event["event"] == kind]


@pytest.fixture
def climb(sh: Sh, kit: Path, tmp_path: Path) -> Climb:
    """Climbs over `sources` with the given answers; every event is checked against the schema."""
    schema = Draft202012Validator(json.loads((kit / "events.schema.json").read_text()))

    def call(sources: str, answers: Sequence[str], rounds: int = 2, **variables: object) -> Climbed:
        (tmp_path / "answers").write_text("".join(f"{answer}\n" for answer in answers))
        (tmp_path / "events").write_text("")
        setting = {"NOW": NOW, "TAKES": 0, "DRAWN": 1, "SEAWALL_BUDGET": 10, "LADDER_DEADLINE": NOW + 100} | variables
        result = sh(CLIMB, str(rounds), sources, env={name: str(value) for name, value in setting.items()})
        events = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
        for event in events:
            schema.validate(event)
        words = [line.split(" ") for line in result.out.splitlines()]
        asked = " ".join(word[1] for word in words if word[0] == "ask")
        return Climbed(result, asked, [int(word[1]) for word in words if word[0] == "sleep"], events)

    return call


ORDERS = {
    "first is fine": ("a b c", ["fine"], "a", []),
    "failover comes before waiting": ("a b", [UNAVAILABLE, "fine"], "a b", []),
    "failover even when the same again would do": ("a b", [RESET, "fine"], "a b", []),
    "order is the user's": ("c a b", [UNAVAILABLE, REFUSED, "fine"], "c a b", []),
    "waits when none is left": ("a b", [UNAVAILABLE, UNAVAILABLE, "fine"], "a b a", [1]),
    "a dead source does not stop the next": ("a b", [REFUSED, UNAVAILABLE, REFUSED, "fine"], "a b a b", [1]),
    "one source is asked again": ("a", [UNAVAILABLE, "fine"], "a a", [1]),
    "hangs are failed over": ("a b", ["hung", "fine"], "a b", []),
    "wrong bytes are asked for elsewhere": ("a b", [WRONG, "fine"], "a b", []),
    "untrusted is asked for elsewhere": ("a b", [UNTRUSTED, "fine"], "a b", []),
    "who lied is not asked again": ("a b", [WRONG, UNAVAILABLE, "fine"], "a b b", [1]),
    "another failure on the same source is no second": ("a", [UNAVAILABLE, REFUSED, "fine"], "a a a", [1, 1]),
}


@pytest.mark.parametrize(("sources", "answers", "asked", "slept"), ORDERS.values(), ids=ORDERS.keys())
def test_good_bytes_are_reached_in_this_order(
    climb: Climb, sources: str, answers: list[str], asked: str, slept: list[int]
) -> None:
    seen = climb(sources, answers, rounds=3)
    assert (seen.asked, seen.slept) == (asked, slept)
    assert (seen.code, seen.final_class) == (0, "")


ENDS = {
    "same failure twice": ("a", [UNAVAILABLE] * 9, "a a", 75, "http-5xx"),
    "same failure twice on each": ("a b", [UNAVAILABLE, REFUSED] * 9, "a b a b", 75, "connection-refused"),
    "missing": ("a b", [MISSING], "a", 69, "not-found"),
    "refused login": ("a b", [FORBIDDEN], "a", 77, "auth"),
    "does not compile": ("a b", [COMPILE], "a", 1, "build-command-failed"),
    "unknown": ("a b", ["never seen before"], "a", 1, "other"),
    "nothing said": ("a b", [""], "a", 1, "other"),
    "missing after an outage": ("a b", [UNAVAILABLE, MISSING], "a b", 69, "not-found"),
    "untrusted everywhere": ("a b", [UNTRUSTED] * 9, "a b", 71, "tls"),
    "wrong everywhere": ("a b", [WRONG] * 9, "a b", 65, "integrity"),
    "wrong, then an outage": ("a b", [WRONG, UNAVAILABLE, UNAVAILABLE], "a b b", 65, "integrity"),
    "wrong, then missing": ("a b", [WRONG, MISSING], "a b", 65, "integrity"),
    "signing key expired for all": ("a b", [EXPIRED], "a", 65, "integrity"),
    "hangs": ("a", ["hung"] * 9, "a a", 75, "timeout"),
    "named by a command inside": ("a", [NESTED] * 9, "a a", 75, "http-5xx"),
}


@pytest.mark.parametrize(("sources", "answers", "asked", "code", "name"), ENDS.values(), ids=ENDS.keys())
def test_failure_ends_after_these_attempts(
    climb: Climb, sources: str, answers: list[str], asked: str, code: int, name: str
) -> None:
    seen = climb(sources, answers, rounds=5)
    assert seen.asked == asked
    assert (seen.code, seen.final_class) == (code, name)


LASTING = {
    "missing": ("a b", [MISSING]),
    "refused login": ("a b", [FORBIDDEN]),
    "wrong everywhere": ("a b", [WRONG, WRONG]),
    "untrusted everywhere": ("a b", [UNTRUSTED, UNTRUSTED]),
}


@pytest.mark.parametrize(("sources", "answers"), LASTING.values(), ids=LASTING.keys())
def test_what_time_does_not_mend_is_not_waited_for(climb: Climb, sources: str, answers: list[str]) -> None:
    seen = climb(sources, answers)
    assert (seen.slept, seen.seen("wait", "wait_s")) == ([], [])


@pytest.mark.parametrize(("budget", "asked"), [(0, "a"), (1, "a b"), (2, "a b c"), (4, "a b c a b")])
def test_budget_counts_retries(climb: Climb, budget: int, asked: str) -> None:
    seen = climb("a b c", [UNAVAILABLE] * 9, SEAWALL_BUDGET=budget)
    assert (seen.asked, seen.code) == (asked, 75)
    assert f"the budget of {budget} retries is spent" in seen.result.err


def test_spent_budget_is_not_waited_for(climb: Climb) -> None:
    seen = climb("a b", [UNAVAILABLE] * 9, SEAWALL_BUDGET=1)
    assert (seen.asked, seen.slept, seen.seen("wait", "wait_s")) == ("a b", [], [])


def test_deadline_passed_before_anything_is_its_own_code(climb: Climb) -> None:
    seen = climb("a b", ["fine"], LADDER_DEADLINE=NOW)
    assert (seen.asked, seen.code, seen.final_class) == ("", 124, "timeout")
    assert seen.events == []


def test_deadline_passed_after_a_failure_names_the_failure(climb: Climb) -> None:
    seen = climb("a b c", [UNAVAILABLE] * 9, TAKES=60)
    assert (seen.asked, seen.slept, seen.code, seen.final_class) == ("a b", [], 75, "http-5xx")
    assert seen.seen("attempt", "elapsed_s") == [60, 60]


def test_wait_that_would_reach_the_deadline_is_not_begun(climb: Climb) -> None:
    late = climb("a", [UNAVAILABLE, "fine"], DRAWN=2, LADDER_DEADLINE=NOW + 2)
    assert (late.asked, late.slept, late.code) == ("a", [], 75)
    early = climb("a", [UNAVAILABLE, "fine"], DRAWN=2, LADDER_DEADLINE=NOW + 3)
    assert (early.asked, early.slept, early.code) == ("a a", [2], 0)


ALTERNATING = [UNAVAILABLE, REFUSED, RESET, "no such host", "i/o timeout", "toomanyrequests", "fine"]


@pytest.mark.parametrize("drawn", [0, 30, 65535], ids=["least", "middle", "most"])
def test_wait_is_drawn_below_a_bound_that_doubles_up_to_30_s(climb: Climb, drawn: int) -> None:
    seen = climb("a", ALTERNATING, rounds=9, DRAWN=drawn)
    assert (seen.code, seen.asked) == (0, "a a a a a a a")
    assert seen.seen("wait", "wait_s") == [drawn % (most + 1) for most in (2, 4, 8, 16, 30, 30)]
    assert seen.slept == [wait for wait in seen.seen("wait", "wait_s") if wait > 0]


def test_every_attempt_and_wait_is_an_event_in_order(climb: Climb) -> None:
    seen = climb("a b", [UNAVAILABLE, WRONG, "fine"], LADDER_SUBJECT="rag-api", TAKES=3, SEAWALL_RUN="r1")
    assert [event["event"] for event in seen.events] == ["attempt", "attempt", "wait", "attempt"]
    assert seen.seen("attempt", "source") == ["a", "b", "a"]
    assert seen.seen("attempt", "attempt") == [1, 2, 3]
    assert seen.seen("attempt", "class") == ["http-5xx", "integrity", ""]
    assert seen.seen("attempt", "verdict") == ["elsewhere", "elsewhere", "done"]
    assert seen.seen("attempt", "level") == ["warn", "warn", "info"]
    assert seen.seen("attempt", "exit") == [1, 1, 0]
    same = {(e["run"], e["upstream"], e["detail"], e["elapsed_s"]) for e in seen.events if e["event"] == "attempt"}
    assert same == {("r1", "go-proxy", "rag-api", 3)}


def test_source_that_lied_is_named_though_all_ends_well(climb: Climb) -> None:
    seen = climb("https://a.example.org https://b.example.org", [WRONG, "fine"])
    assert seen.code == 0
    assert "ladder: warn: go-proxy https://a.example.org: integrity [elsewhere]\n" in seen.result.err


def test_credentials_of_a_source_reach_the_client_only(climb: Climb) -> None:
    seen = climb("https://user:hunter2@a.example.org", [MISSING])
    assert seen.asked == "https://user:hunter2@a.example.org"
    assert seen.seen("attempt", "source") == ["https://***@a.example.org"]
    assert "hunter2" not in seen.result.err


# What a command for RUN steps begins with; `hang` is a client that waits for ever.
STEP = """
for module in log exit settings clock json events scratch trust; do . "$LIB/$module.sh"; done
for module in attempt classify ladder step; do . "$LIB/$module.sh"; done
LOG_NAME=step
: "${SEAWALL_ATTEMPT_TIMEOUT=5}"
hang() { step_run tail -f /dev/null; }
fail() { printf 'ask %s\\n' "$1"; step_run sh -c 'printf "%s\\n" "$1"; exit 7' sh "$2"; }
step_begin
"""


def test_step_ends_with_the_code_of_its_class_after_two_rounds(sh: Sh) -> None:
    result = sh(STEP + 'step_climb pip pypi "a b" fail "$1"', UNAVAILABLE)
    assert result.out.split() == ["ask", "a", "ask", "b"] * 2
    assert result.rc == 75
    last = "step: error: pypi: http-5xx, tried 4 times: an outage, run again later or name another source"
    assert result.err.splitlines()[-1] == last


def test_step_streams_what_its_tool_says(sh: Sh) -> None:
    result = sh(STEP + 'step_run sh -c \'printf "out\\n"; printf "err\\n" >&2\'; cat "$LADDER_TEXT"')
    assert (result.rc, result.out, result.err) == (0, "out\nerr\n", "out\nerr\n")


def test_step_ends_an_attempt_that_hangs(sh: Sh) -> None:
    result = sh(STEP + "step_climb pip pypi a hang", env={"SEAWALL_ATTEMPT_TIMEOUT": "1", "SEAWALL_BUDGET": "0"})
    assert "step: warn: pypi a: timeout [elsewhere]" in result.err
    assert result.rc == 75


def test_step_needs_its_tool(sh: Sh) -> None:
    assert sh(STEP + "step_need sh").rc == 0
    result = sh(STEP + "step_need no-such-tool")
    assert (result.rc, result.err.count("\n")) == (71, 1)
    assert "wanted no-such-tool in this image, found none" in result.err


@pytest.mark.parametrize("there", [True, False], ids=["folder", "no folder"])
def test_events_of_a_step_leave_with_the_log_where_there_is_no_folder(sh: Sh, tmp_path: Path, there: bool) -> None:
    events = tmp_path / "state" / "events.jsonl"
    if there:
        events.parent.mkdir()
    result = sh(STEP + 'step_climb pip pypi a fail "$1"', MISSING, env={"SEAWALL_EVENTS": str(events)})
    marked = [line for line in result.err.splitlines() if line.startswith("seawall-event: {")]
    written = events.read_text().splitlines() if there else []
    assert (len(written), len(marked)) == ((1, 0) if there else (0, 1))


@pytest.mark.parametrize("ending", ["exit 3", "kill -s TERM $$", "step_climb pip pypi a fail x"])
def test_step_leaves_nothing_behind(sh: Sh, ending: str) -> None:
    result = sh(STEP + f'printf "%s\\n" "$SCRATCH"; touch "$SCRATCH/x"; {ending}')
    scratch = Path(result.out.splitlines()[0])
    assert scratch.name.startswith("seawall.")
    assert not scratch.exists()


def test_deadline_of_a_step_may_be_the_one_of_the_build(sh: Sh) -> None:
    result = sh(STEP + "step_climb pip pypi a fail x", env={"SEAWALL_DEADLINE": "@1000"})
    assert (result.rc, result.out) == (124, "")
    assert result.err.startswith("step: warn: the deadline has passed\n")
