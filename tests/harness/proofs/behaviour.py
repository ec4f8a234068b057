"""How clients reacted to a fault, as data: measured by the tests, stored in fixtures/behaviour/."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from harness.catalogue.case import Case
from harness.machine.run import Result
from harness.wire.journal import Entry

FOLDER = Path(__file__).resolve().parents[3] / "fixtures/behaviour"
VERSIONS: Mapping[str, tuple[str, ...]] = {
    "apk": ("apk", "--version"), "apt-get": ("apt-get", "--version"), "archive": ("curl", "--version"),
    "crane": ("crane", "version"),
    "curl": ("curl", "--version"), "git": ("git", "--version"), "go": ("go", "version"), "npm": ("npm", "--version"),
    "pip": ("python3", "-m", "pip", "--version"), "skopeo": ("skopeo", "--version"), "uv": ("uv", "--version"),
    "wget": ("wget", "--version"),
}  # fmt: skip
"""The command that prints each program's version; a client's name begins with its program."""


NAMES_ERROR = re.compile(r"(?i)\berror\b|^(E|curl|go|fatal|Error): ")
OWN_FOLDER = re.compile(r"(?<![:/\w.])/\S*/")
OF_THE_RUN = ((re.compile(r"127\.0\.0\.1:\d+"), "HOST"), (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:..."))
"""Patterns of text that differs in each run, and their replacements."""


@dataclass(frozen=True)
class Behaviour:
    """One client and one fault: its requests, the seconds between them, its exit code and its last words."""

    client: str
    version: str
    id: str
    says: str
    ended: str
    requests: int
    waits: Sequence[float]
    exit_code: int
    last_words: str


@cache
def version(client: str) -> str:
    """The version of a client's program: the first dotted number that it prints."""
    program = max((name for name in VERSIONS if client.startswith(name)), key=len)
    told = subprocess.run(VERSIONS[program], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+", told)
    return found[0] if found else told.strip()


def measured(client: str, told: str, case: Case, ended: str, result: Result, hits: Sequence[Entry]) -> Behaviour:
    """The behaviour in a trial; `told` is the client's version."""
    times = sorted(entry.time for entry in hits)
    waits = [round(later - earlier, 1) for earlier, later in pairwise(times)]
    return Behaviour(client, told, case.id, case.says, ended, len(hits), waits, result.rc, _last_words(result))


def _last_words(result: Result) -> str:
    """The last line that names an error, else the last line, without paths of this machine; empty after exit 0."""
    lines = [line.strip() for line in (result.err.strip() or result.out.strip()).splitlines() if line.strip()]
    if result.rc == 0 or not lines:
        return ""
    chosen = next((line for line in reversed(lines) if NAMES_ERROR.search(line)), lines[-1])
    chosen = OWN_FOLDER.sub("", chosen)
    for pattern, stand_in in OF_THE_RUN:
        chosen = pattern.sub(stand_in, chosen)
    return chosen


def load() -> list[Behaviour]:
    """All stored behaviour, by client and in the order of the cases."""
    return [Behaviour(**row) for file in sorted(FOLDER.glob("*.json")) for row in json.loads(file.read_text())]


def as_property(found: Behaviour) -> str:
    """The behaviour as a property of a test report."""
    return json.dumps(asdict(found))
