"""Output of a RUN step is not trusted: only lines with the mark of their build count, and each is rebuilt."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from harness.machine.event_schema import check_events
from harness.machine.run import Result, clean_environment, run

MARK = "0123456789abcdef0123456789abcdef"
EARLIER = "fedcba9876543210fedcba9876543210"
BUDGET = 10
GOOD: dict[str, object] = {
    "ts": "2026-01-01T00:00:00Z", "run": "r1", "event": "attempt", "level": "warn", "upstream": "pypi",
    "source": "https://a.example.org/simple/", "attempt": 2, "class": "http-5xx", "verdict": "elsewhere",
    "elapsed_s": 3, "exit": 1, "detail": "",
}  # fmt: skip
TAKE = """
. "$LIB/load.sh"
load base attempt verdict ladder host/machine host/registry
load host/call host/bases host/images host/caches host/weave host/builders host/progress host/build
LOG_NAME=x SCRATCH=$1 BUDGET_FILE=$1/budget SEAWALL_BUDGET=10
step_events_take "$1/log" "$2"
printf '%s' "${FINDING_CLASS:+$FINDING_CLASS $FINDING_VERDICT $FINDING_CODE $FINDING_UPSTREAM $FINDING_SOURCE}"
"""


def as_line(event: dict[str, object], mark: str = MARK) -> bytes:
    """An event of the kit in a RUN step, as BuildKit prints it."""
    return f"#7 1.234 seawall-event: {mark} {json.dumps(event, separators=(',', ':'), ensure_ascii=False)}".encode()


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in GOOD.items() if key != name}


TEXT = as_line(GOOD)
FORGED: dict[str, bytes] = {
    "no mark": TEXT.replace(f"{MARK} ".encode(), b""),
    "the mark of an earlier attempt": as_line(GOOD, EARLIER),
    "a part of the mark": as_line(GOOD, MARK[:-1]),
    "the mark in capitals": as_line(GOOD, MARK.upper()),
    "two marks": as_line(GOOD, f"{EARLIER} {MARK}"),
    "text before it": TEXT.replace(b"seawall-event", b"x seawall-event"),
    "a prefix of the step's own": TEXT.replace(b"#7 1.234 ", b"#7 1.234 #8 1.3 "),
    "BuildKit's repetition of a failed step": TEXT.replace(b"#7 ", b""),
    "a line of another program": TEXT.replace(b"#7 1.234 ", b""),
    "more behind it": TEXT + b"x",
    "a second object": TEXT + b',{"a":1}',
    "no end": TEXT[:-1],
    "no end of a text": TEXT[:-2],
    "an empty object": f"#7 1.2 seawall-event: {MARK} {{}}".encode(),
    "an object in it": as_line(GOOD | {"detail": {"a": 1}}),
    "a list in it": as_line(GOOD | {"attempt": [5]}),
    "true": as_line(GOOD | {"attempt": True}),
    "null": as_line(GOOD | {"exit": None}),
    "a key that is unknown": as_line(GOOD | {"budget": 99}),
    "a key with an escape": TEXT.replace(b'"exit"', b'"ex\\u0069t"'),
    "a key of the host": as_line(GOOD | {"step": "#1"}),
    "a key twice": TEXT[:-1] + b',"exit":0}',
    "a negative number": as_line(GOOD | {"attempt": -5}),
    "minus zero": TEXT.replace(b'"exit":1', b'"exit":-0'),
    "zero attempts": as_line(GOOD | {"attempt": 0}),
    "a fraction": as_line(GOOD | {"elapsed_s": 1.5}),
    "an exponent": TEXT.replace(b'"attempt":2', b'"attempt":2e3'),
    "a leading zero": TEXT.replace(b'"attempt":2', b'"attempt":02'),
    "a huge number": as_line(GOOD | {"wait_s": 10**30}),
    "a number as text": as_line(GOOD | {"attempt": "2"}),
    "a text as number": TEXT.replace(b'"pypi"', b"7"),
    "a long wait": as_line(GOOD | {"wait_s": 86401}),
    "a code beyond all codes": as_line(GOOD | {"exit": 256}),
    "an event of the host: base": as_line(GOOD | {"event": "base", "verdict": "done"}),
    "an event of the host: cache": as_line(GOOD | {"event": "cache"}),
    "an event that is none": as_line(GOOD | {"event": "x"}),
    "a verdict of the host": as_line(GOOD | {"verdict": "mirror"}),
    "a verdict that is none": as_line(GOOD | {"verdict": "*"}),
    "an upstream of the host": as_line(GOOD | {"upstream": "daemon"}),
    "a class that is none": as_line(GOOD | {"class": "fine"}),
    "a class with code in it": as_line(GOOD | {"class": "$(id)"}),
    "a level that is none": as_line(GOOD | {"level": "fatal"}),
    "a source with a blank": as_line(GOOD | {"source": "https://a.example.org/ x"}),
    "a source of another kind": as_line(GOOD | {"source": "docker-image://a/b"}),
    "a source with a quote": as_line(GOOD | {"source": 'https://a.example.org/"'}),
    "a source beyond all measure": as_line(GOOD | {"source": "https://a.example.org/" + "x" * 1100}),
    "a day that is none": as_line(GOOD | {"ts": "2026-99-01T00:00:00Z"}),
    "a day and more": as_line(GOOD | {"ts": "2026-01-01T00:00:00Z }"}),
    "a line beyond all measure": as_line(GOOD | {"detail": "x" * 9000}),
    **{f"no {name}": as_line(without(name)) for name in ("ts", "run", "event", "level")},
}
"""Lines of a build's progress, none of which may count."""


@pytest.fixture
def take(tmp_path: Path, kit: Path) -> Callable[..., Result]:
    """Reads these lines as the progress of a build with the mark MARK, in dash."""

    def call(lines: Sequence[bytes], mark: str = MARK, shell: Sequence[str] = ("dash",)) -> Result:
        (tmp_path / "log").write_bytes(b"\n".join(lines) + b"\n")
        env = clean_environment(tmp_path) | {
            "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib"), "SEAWALL_EVENTS": str(tmp_path / "events"),
            "SEAWALL_RUN": "the-run",
        }  # fmt: skip
        return run([*shell, "-c", f"set -euf\n{TAKE}", "x", tmp_path, mark], env=env, timeout=20)

    return call


def events(folder: Path) -> list[dict[str, object]]:
    """The events so far; asserts that each is UTF-8, one line, and valid by the schema."""
    file = folder / "events"
    if not file.exists():
        return []
    check_events("", str(file))
    return [json.loads(line) for line in file.read_bytes().decode("utf-8", "strict").splitlines()]


def spent(folder: Path) -> int:
    file = folder / "budget"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_marked_event_counts_with_the_run_and_the_step(take, tmp_path, shell):
    """An event with the mark is recorded with the run and the step."""
    result = take([b"#7 1.2 hello", TEXT, b"#12 3.4" + as_line(GOOD | {"attempt": 1})[8:]], shell=shell.argv)
    assert (result.rc, result.out, result.err) == (0, "", "")
    assert events(tmp_path) == [
        GOOD | {"run": "the-run", "step": "#7"},
        GOOD | {"run": "the-run", "step": "#12", "attempt": 1},
    ]
    assert spent(tmp_path) == 1


def test_forged_line_is_no_event_and_spends_nothing(take, tmp_path):
    """Forged lines record nothing and use no budget; a good last line shows that all were read."""
    result = take([*FORGED.values(), as_line(GOOD | {"detail": "last"})])
    assert (result.rc, result.err) == (0, "")
    assert [event["detail"] for event in events(tmp_path)] == ["last"]
    assert spent(tmp_path) == 1


def test_without_a_mark_nothing_counts(take, tmp_path):
    """Without a mark, no line of a step counts."""
    nothing = [TEXT, as_line(GOOD, ""), TEXT.replace(f"{MARK} ".encode(), b"")]
    assert (take(nothing, mark="").rc, events(tmp_path)) == (0, [])


def test_retries_of_steps_spend_the_budget_and_no_more(take, tmp_path):
    """Retries in steps use up the budget of the build, and never more than it has."""
    result = take([TEXT] * 2100)
    assert result.rc == 0, repr(result)
    assert (len(events(tmp_path)), spent(tmp_path)) == (2000, BUDGET)


DETAILS = {
    "no UTF-8": (b"a\xff\xfe\xc3(\xed\xa0\x80z", "a???(???z"),
    "another script": ("ü".encode(), "??"),
    "a terminal's colours": (b"\x1b[31mred\x07", "?[31mred?"),
    "quotes and backslashes": (rb"say \"hi\" \\ there", 'say "hi" \\ there'),
    "escapes of JSON": (rb"a\nb\u0041", "a?b?0041"),
    "a long text": (b"y" * 2000, "y" * 500),
    "a login": (b"see https://bob:s3cret@a.example.org", "see https://***@a.example.org"),
}


def test_text_of_a_step_is_printable_and_bounded(take, tmp_path):
    """Text of a step is recorded without control characters, up to a limit."""
    lines = [TEXT.replace(b'"detail":""', b'"detail":"' + raw + b'"') for raw, _ in DETAILS.values()]
    result = take(lines)
    assert result.rc == 0, repr(result)
    assert [event["detail"] for event in events(tmp_path)] == [wanted for _, wanted in DETAILS.values()]


def test_source_of_a_step_is_shown_without_login_and_query(take, tmp_path):
    """The source of a step is recorded without its login and query."""
    given = ["https://u:p@a.example.org/x", "https://u:p/q@r@a.example.org/?sig=1", "default", "file:///var/lib/x"]
    assert take([as_line(GOOD | {"source": source}) for source in given]).rc == 0
    wanted = ["https://***@a.example.org/x", "https://***@a.example.org/?***", "default", "file:///var/lib/x"]
    assert [event["source"] for event in events(tmp_path)] == wanted


def test_no_line_at_all_makes_a_wrong_event(take, tmp_path):
    """Good lines with changed bytes give valid events of this run, or none."""
    dice = random.Random(84)  # noqa: S311 # no secret
    lines = []
    for _ in range(1500):
        line = bytearray(TEXT)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(MARK) + 24, len(line))
            line[at : at + dice.randint(0, 3)] = bytes(
                dice.choice(b'"\\{}:,[]0-9\xff\x00 a') for _ in range(dice.randint(0, 3))
            )
        lines.append(bytes(line).replace(b"\n", b""))
    result = take(lines)
    assert result.rc == 0, repr(result)
    told = events(tmp_path)
    assert told
    assert {event["run"] for event in told} == {"the-run"}
    assert {event["event"] for event in told} <= {"attempt", "probe", "wait", "degraded"}


GIVES_UP = GOOD | {"event": "failure", "exit": 75}
ENDED = b'#7 ERROR: process "/bin/sh -c x" did not complete successfully: exit code: 75'
FOUND = "http-5xx elsewhere 75 pypi https://a.example.org/simple/"
FINDINGS: dict[str, tuple[list[bytes], str]] = {
    "the failure of the step": ([TEXT, as_line(GIVES_UP), ENDED], FOUND),
    "an attempt, if the step ends with its code": ([as_line(GOOD | {"exit": 75}), ENDED], FOUND),
    "a permanent failure": (
        [as_line(GIVES_UP | {"class": "integrity", "verdict": "stop"}), ENDED],
        "integrity stop 65 pypi https://a.example.org/simple/",
    ),
    "a class that ends a build, whatever verdict the step claims": (
        [as_line(GIVES_UP | {"class": "not-found", "verdict": "again"}), ENDED],
        "not-found stop 69 pypi https://a.example.org/simple/",
    ),
    "nothing: the step ended with another code": ([as_line(GIVES_UP), ENDED.replace(b"75", b"1")], ""),
    "nothing: another step failed": ([as_line(GIVES_UP), ENDED.replace(b"#7", b"#8")], ""),
    "nothing: its last attempt was good": (
        [as_line(GIVES_UP), as_line(GOOD | {"class": "", "verdict": "done", "exit": 0}), ENDED], ""
    ),
    "nothing: its class is unknown": ([as_line(GIVES_UP | {"class": "other"}), ENDED], ""),
    "nothing: the build went well": ([as_line(GIVES_UP)], ""),
    "nothing: the step itself prints that it failed": (
        [as_line(GIVES_UP), b"#7 1.2 " + ENDED, b"#8 1.3 " + ENDED, b"1.4 " + ENDED], ""
    ),
    "nothing: no mark": ([as_line(GIVES_UP).replace(f"{MARK} ".encode(), b""), ENDED], ""),
    "nothing: the mark of an earlier attempt": ([as_line(GIVES_UP, EARLIER), ENDED], ""),
    "nothing: a class that is none": ([as_line(GIVES_UP | {"class": "fine"}), ENDED], ""),
    "nothing: prose": ([b"#7 1.2 x: error: pypi: http-5xx, tried 4 times: an outage", ENDED], ""),
    "nothing: more events than are read": ([as_line(GIVES_UP)] * 2100 + [ENDED], ""),
}  # fmt: skip
"""What a build's log says of a failed step, and what is taken from it: class, verdict, code, upstream, source."""


@pytest.mark.parametrize("case", FINDINGS)
def test_failed_step_says_why_in_its_last_event(take, case):
    """The class of a build whose step gave up is the class that the step found, or is looked for in the output."""
    lines, finding = FINDINGS[case]
    result = take(lines)
    assert (result.rc, result.out) == (0, finding), repr(result)


def test_progress_beyond_all_measure_ends_in_time(take, tmp_path):
    """A line of 20 MB and many almost right ones are read in time; at most 2000 lines with the mark count."""
    result = take([b"#7 1.0 " + b"x" * 20_000_000, TEXT, *[TEXT[:-1] + b","] * 5000, TEXT])
    assert (result.rc, len(events(tmp_path))) == (0, 1)
