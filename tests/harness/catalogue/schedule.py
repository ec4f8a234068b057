"""The schedule language: which requests of a class get which fault. Pure: text in, steps out.

    503x2 -> rst@4096 -> ok             503 twice, then a reset after 4096 bytes of the body, then good for ever
    429(retry-after=5)x3                429 three times with a header, then good for ever
    stall x*                            each request goes silent before the status line
    503%30 x*                           30 % of the requests, drawn from the seed
    no-length+fin@4096                  two faults in one answer

A step without `x` counts once. In a URL path, where `->` would need escapes, `,` is a separator too:
/f/503x2,rst@4096/...
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, overload

from harness.catalogue.faults import CHOICES, HTTP, NUMBERS, Answer, Fault, Language, Reply, draw

SPACE = re.compile(r"\s*")
NAME = re.compile(r"[a-z][a-z-]*(?=[^a-z-]|$)|[0-9]+")
NUMBER = re.compile(r"[0-9]+")
OPTION = re.compile(r"([a-z-]+)=([^;)]*)")
FOR_EVER = -1
LONGEST_NUMBER = 18
"""Digits of a count or a place; Python refuses numbers of more than 4300 digits."""


class ScheduleError(ValueError):
    """A schedule that cannot be parsed: one line with what was wanted and seen, the text, and a mark below the
    position.
    """

    def __init__(self, text: str, at: int, wanted: str) -> None:
        seen = repr(text[at]) if at < len(text) else "the end"
        super().__init__(f"schedule: wanted {wanted}, saw {seen} at character {at + 1}\n  {text}\n  {' ' * at}^")


@dataclass(frozen=True)
class Step(Generic[Answer]):
    """Changes of one answer, for a number of requests (FOR_EVER for all); no changes where the answer stays good."""

    text: str
    changes: tuple[Callable[[Answer], Answer], ...] = ()
    percent: int = 100
    count: int = 1

    def change(self, answer: Answer) -> Answer:
        """The answer after all changes."""
        for change in self.changes:
            answer = change(answer)
        return answer


GOOD: Step[Any] = Step("ok")


@dataclass(frozen=True)
class Schedule(Generic[Answer]):
    """Steps in order; requests after the last step get good answers."""

    text: str
    steps: tuple[Step[Answer], ...]

    def at(self, n: int, *, seed: str = "", host: str = "", path: str = "") -> Step[Answer]:
        """The step for the n-th request (from 1)."""
        for step in self.steps:
            if step.count == FOR_EVER or n <= step.count:
                chance = step.percent == 100 or draw(seed, step.text, host, path, n) * 100 < step.percent
                return step if chance else GOOD
            n -= step.count
        return GOOD


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def wrong(self, wanted: str, at: int | None = None) -> ScheduleError:
        return ScheduleError(self.text, self.at if at is None else at, wanted)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def word(self, word: str) -> bool:
        self.take(SPACE)
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def number(self, wanted: str) -> int:
        found = self.take(NUMBER)
        if not found:
            raise self.wrong(wanted)
        if len(found[0]) > LONGEST_NUMBER:
            raise self.wrong(f"{wanted} of at most {LONGEST_NUMBER} digits", found.start())
        return int(found[0])


@overload
def parse(text: str) -> Schedule[Reply]: ...


@overload
def parse(text: str, language: Language[Answer]) -> Schedule[Answer]: ...


def parse(text: str, language: Language[Any] = HTTP) -> Schedule[Any]:
    """Parses a schedule; ScheduleError points at the first wrong character."""
    reader, steps = _Reader(text), []
    while True:
        steps.append(_step(reader, language))
        if not (reader.word("->") or reader.word(",")):
            break
    reader.take(SPACE)
    if reader.at < len(text):
        raise reader.wrong("'->' or the end")
    for step, following in pairwise(steps):
        if step.count == FOR_EVER:
            raise ScheduleError(text, text.rindex(following.text), f"nothing after {step.text!r}, which never ends")
    return Schedule(text, tuple(steps))


def _step(reader: _Reader, language: Language[Answer]) -> Step[Answer]:
    reader.take(SPACE)
    begin = reader.at
    found = [_change(reader, language)]
    while reader.word("+"):
        found.append(_change(reader, language))
    percent = reader.number("a percentage") if reader.word("%") else 100
    if not 0 < percent <= 100:
        raise reader.wrong("a percentage from 1 to 100", reader.at - 1)
    text = reader.text[begin : reader.at].strip()
    count = 1
    if reader.word("x"):
        count = FOR_EVER if reader.word("*") else reader.number("a count or '*'")
        if count == 0:
            raise reader.wrong("a count of at least 1", reader.at - 1)
    return Step(text, tuple(change for change in found if change), percent, count)


def _change(reader: _Reader, language: Language[Answer]) -> Callable[[Answer], Answer] | None:
    """One fault with its place and options; None for `ok`."""
    reader.take(SPACE)
    fault = _fault(reader, language)
    at = -1
    if reader.word("@"):
        if fault is None or not fault.takes_offset:
            raise reader.wrong("no '@' here: this fault has no place in the body", reader.at - 1)
        at = reader.number("a number of bytes")
    options = _options(reader, fault) if reader.word("(") else {}
    return None if fault is None else lambda answer: fault.apply(answer, at, options)


def _fault(reader: _Reader, language: Language[Answer]) -> Fault[Answer] | None:
    begin, faults = reader.at, language.faults
    found = reader.take(NAME)
    name = found[0] if found else ""
    # `stallx2`: the name and the count are not separated.
    if name not in faults and name.endswith("x") and (name[:-1] in faults or name == "okx"):
        name, reader.at = name[:-1], reader.at - 1
    if name == "ok":
        return None
    if name.isdigit() and language.status:
        if len(name) > LONGEST_NUMBER or not 300 <= int(name) <= 599:
            raise reader.wrong("a status from 300 to 599", begin)
        return language.status(int(name))
    if name not in faults:
        raise reader.wrong(f"{'a status, ' if language.status else ''}ok, or one of {' '.join(faults)}", begin)
    return faults[name]


def _options(reader: _Reader, fault: Fault[Answer] | None) -> dict[str, str]:
    known = fault.options if fault else frozenset()
    options: dict[str, str] = {}
    while True:
        reader.take(SPACE)
        begin = reader.at
        found = reader.take(OPTION)
        if not found or found[1] not in known:
            raise reader.wrong(f"one of {' '.join(sorted(known)) or 'no options'}, as NAME=VALUE", begin)
        name, value = found[1], found[2]
        if name in CHOICES and value not in CHOICES[name]:
            raise reader.wrong(f"{name} to be one of {' '.join(CHOICES[name])}", found.start(2))
        if name in NUMBERS and not (len(value) <= LONGEST_NUMBER and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value)):
            raise reader.wrong(f"{name} to be a number", found.start(2))
        options[name] = value
        if reader.word(")"):
            return options
        if not reader.word(";"):
            raise reader.wrong("';' or ')'")
