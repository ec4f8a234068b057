"""Checks events against the kit's schema: those in a command's log and those in its events file."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).resolve().parents[3] / "scripts" / "events.schema.json"
MARKED = re.compile(r"seawall-event: (?:[0-9a-f]{32} )?(\{.*\})$", re.MULTILINE)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text()))


def check_events(log: str, file: str | None) -> None:
    """Checks the marked lines of a log, and the events file if there is one.

    Raises AssertionError with the first line that is not a valid event.
    """
    lines = MARKED.findall(log)
    if file and Path(file).is_file():
        lines += Path(file).read_text().splitlines()
    for line in lines:
        for error in _validator().iter_errors(json.loads(line)):
            raise AssertionError(f"wanted an event of {SCHEMA.name}, saw {line}: {error.message}")
