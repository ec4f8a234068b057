"""Parses the output of `bats --formatter tap13 --timing`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

PLAN = re.compile(r"^1\.\.(\d+)")
POINT = re.compile(r"^(?P<word>ok|not ok) (?P<number>\d+)(?: (?P<text>.*))?$")
SKIP = re.compile(r" # skip(?: (?P<reason>.*)|)$", re.IGNORECASE)
BAIL = re.compile(r"^Bail out!(?P<reason>.*)$")
EXECUTED = re.compile(r"^(?:# )?bats warning: (Executed \d+ instead of expected \d+ tests)")
WHERE = re.compile(r"in test file (?P<file>.+), line (?P<line>\d+)\)")
COMMAND = re.compile(r"^\s*`(?P<command>.*)' failed(?P<how>.*)$")
WHOLE_FILE = ("setup_file failed", "teardown_file failed", "setup_suite failed", "teardown_suite failed")


@dataclass
class Point:
    """One result line and the block behind it."""

    number: int
    ok: bool
    text: str
    milliseconds: float = 0
    timeout: bool = False
    lines: list[str] = field(default_factory=list)

    def skipped(self, name: str) -> str | None:
        """The reason, if the test of this name was skipped."""
        match = SKIP.search(self.text.removeprefix(name))
        return (match["reason"] or "") if match else None

    def is_of(self, name: str) -> bool:
        """Whether the line is the result of this test; bats expands variables and commands in names."""
        return self.text.startswith(name) or bool(re.search(r"[$`\\\"']", name))

    @property
    def where(self) -> tuple[str, int] | None:
        """File and line of the failing command."""
        match = WHERE.search("\n".join(self.lines))
        return (match["file"], int(match["line"])) if match else None

    @property
    def command(self) -> str:
        """The failed command and its status."""
        found = (match for line in self.lines if (match := COMMAND.match(line)))
        match = next(found, None)
        return f"`{match['command']}' failed{match['how']}" if match else ""


@dataclass
class Stream:
    """The complete output of bats."""

    plan: int | None = None
    points: dict[int, Point] = field(default_factory=dict)
    whole_file: list[Point] = field(default_factory=list)
    bail: str | None = None
    executed: str = ""
    unknown: list[str] = field(default_factory=list)

    @property
    def trouble(self) -> str:
        """A failure of setup_file or teardown_file, which affects every test; empty if none."""
        return "\n".join("\n".join([point.text, *point.lines]) for point in self.whole_file)

    @property
    def gap(self) -> str:
        """Why results are missing; empty if none is."""
        if self.bail is not None:
            return f"Bail out!{self.bail}"
        if self.plan is None:
            return "wanted a plan, saw none"
        seen = sum(number <= self.plan for number in self.points)
        if seen < self.plan:
            return self.executed or f"Executed {seen} instead of expected {self.plan} tests"
        return ""

    def add_lost(self, limit: float, names: list[str]) -> None:
        """Adds the result of the only test without one, which was stopped at its limit of that many seconds: bats 1.8
        kills every child of a test, and with bad luck the one that prints its result.
        """
        lost = set(range(1, (self.plan or 0) + 1)) - set(self.points)
        if self.bail is None and len(lost) == 1 and len(names) == self.plan:
            number = lost.pop()
            lines = [f"bats stopped the test after {limit:g} s and printed no result of it"]
            self.points[number] = Point(number, False, names[number - 1], limit * 1000, True, lines)


def is_whole(text: str) -> bool:
    """Whether each test of the plan has a result."""
    lines = text.splitlines()
    plan = next((found for line in lines if (found := PLAN.match(line))), None)
    return plan is not None and sum(bool(POINT.match(line)) for line in lines) >= int(plan[1])


def is_of_file(text: str, number: int, plan: int | None, names: list[str]) -> bool:
    """Whether a line is about the file; a line with the name of an expected test is that test's."""
    if text not in WHOLE_FILE:
        return False
    planned = names if names else [""] * (plan or 0)
    return number > len(planned) or planned[number - 1] != text


def parse(lines: Iterable[str], names: Iterable[str] = ()) -> Stream:
    """Parses the stream; `names` are the selected tests in order, if known."""
    stream, wanted = Stream(), list(names)
    point: Point | None = None
    block = message = False
    for raw in lines:
        line = raw.rstrip("\r\n")
        if block and point and line == "  ...":
            block = message = False
        elif block and point:
            message = _block_line(stream, point, line, message)
        elif point and line == "  ---":
            block = True
        elif match := POINT.match(line):
            number, text = int(match["number"]), match["text"] or ""
            point = Point(number, match["word"] == "ok", text)
            if not point.ok and is_of_file(text, number, stream.plan, wanted):
                stream.whole_file.append(point)
            else:
                stream.points[number] = point
        elif match := BAIL.match(line):
            stream.bail = match["reason"]
        elif match := PLAN.match(line):
            stream.plan = int(match[1])
        elif match := EXECUTED.match(line):
            stream.executed = match[1]
        elif line.startswith("# ") and point:
            point.lines.append(line[2:])
        elif line and not line.startswith("TAP version"):
            stream.unknown.append(line)
    return stream


def _block_line(stream: Stream, point: Point, line: str, message: bool) -> bool:
    """Reads one line of a YAML block; returns whether the message continues."""
    if message and (line.startswith("    ") or not line.strip()):
        if match := EXECUTED.match(line[4:]):
            stream.executed = match[1]
        elif not (line.startswith("    tags: ") and not point.lines):
            point.lines.append(line[4:])
        return True
    key, _, value = line.strip().partition(":")
    if key == "duration_ms":
        point.milliseconds = float(value)
    elif key == "timeout_sec":
        point.timeout = True
    elif key != "message":
        # A line that a test printed past bats, inside a block.
        stream.unknown.append(line)
        return message
    return key == "message"
