"""scripts/lib/events.sh: one JSON object a line, in a file or as marked log lines; never a secret."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

EVENTS = 'for module in log clock json events; do . "$LIB/$module.sh"; done\nLOG_NAME=events\n'
EMIT = "event_emit attempt warn upstream pypi source https://bob:s3cret@a.example.org/simple attempt: 2 class timeout"


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "events.jsonl"


def check(kit: Path, line: str) -> dict:
    """The event of a line, which must keep the schema."""
    event: dict = json.loads(line)
    jsonschema.validate(event, json.loads((kit / "events.schema.json").read_text()))
    return event


def test_event_is_a_line_that_keeps_the_schema(sh, kit, file):
    sh(EVENTS + EMIT, env={"SEAWALL_EVENTS": str(file), "SEAWALL_RUN": "r1"})
    event = check(kit, file.read_text())
    assert (event["run"], event["attempt"], event["class"]) == ("r1", 2, "timeout")
    assert event["source"] == "https://***@a.example.org/simple"


def test_without_a_file_it_leaves_with_the_log(sh, kit):
    result = sh(EVENTS + EMIT, env={"SEAWALL_EVENTS": ""})
    mark, _, line = result.err.partition(" ")
    assert mark == "seawall-event:"
    assert check(kit, line)["run"] == "none"


def test_file_that_cannot_be_written_ends_nothing(sh, tmp_path):
    result = sh(EVENTS + EMIT + "; printf 'on\\n'", env={"SEAWALL_EVENTS": str(tmp_path / "no" / "where")})
    assert (result.rc, result.out) == (0, "on\n"), repr(result)


def test_marked_lines_of_a_build_are_gathered(sh, kit, file, tmp_path):
    event = '{"ts":"2026-01-01T00:00:00Z","run":"r1","event":"wait","level":"info","wait_s":1}'
    log = tmp_path / "log"
    log.write_text(
        f"#7 0.1 hello\n#12 3.456 seawall-event: {event}\n#12 seawall-event: no json\nseawall-event: {event}\n"
    )
    sh(EVENTS + 'events_gather "$1"', str(log), env={"SEAWALL_EVENTS": str(file)})
    lines = file.read_text().splitlines()
    assert lines == [event, event]
    check(kit, lines[0])


@pytest.mark.parametrize(("lines", "kept"), [(20, 20), (21, 10)], ids=["twice-the-bound-stays", "more-is-cut"])
def test_file_is_bounded_to_its_newest_lines(sh, file, lines, kept):
    file.write_text("".join(f"{number}\n" for number in range(lines)))
    sh(EVENTS + "events_bound 10", env={"SEAWALL_EVENTS": str(file)})
    assert file.read_text().splitlines() == [str(number) for number in range(lines)][-kept:]
    assert list(file.parent.iterdir()) == [file]
