"""Each decision record has a status that the index shows; records that amend or supersede each other link both ways."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs/adr"
RECORDS = {path.name: path.read_text() for path in sorted(FOLDER.glob("0*.md"))}
OPPOSITES = {
    "amends": "amended by",
    "amended by": "amends",
    "supersedes": "superseded by",
    "superseded by": "supersedes",
}
LINK = re.compile(rf"({'|'.join(OPPOSITES)}) \[(\d{{4}})\]\(([^)]+)\)")


def status_of(text: str) -> str:
    """The status line behind the title, empty where it is not one that a reader can rely on."""
    found = re.match(r"# \d{4}: [^\n]+\n\nStatus: (.+)\n\n\*\*Context\.\*\* ", text)
    words = re.sub(rf"(?:, )?{LINK.pattern}", "", found[1]) if found else None
    # A record that a newer one replaces is no longer accepted.
    wanted = "" if found and "superseded by" in found[1] else "accepted"
    return found[1] if found and words == wanted else ""


def one_way(records: dict[str, str]) -> list[str]:
    """Links of status lines that do not lead to a record whose status line leads back."""
    findings = []
    for name, text in records.items():
        for how, number, target in LINK.findall(status_of(text)):
            back = f"{OPPOSITES[how]} [{name[:4]}]({name})"
            if not target.startswith(number) or back not in status_of(records.get(target, "")):
                findings.append(f"{name}: wanted '{back}' in {target}")
    return findings


def record(number: str, status: str) -> str:
    """A record with this status line."""
    return f"# {number}: A decision\n\nStatus: {status}\n\n**Context.** A reason.\n"


def test_numbers_are_those_of_one_record():
    """Two branches may each have made the next one."""
    numbers = [name[:4] for name in RECORDS]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("name", RECORDS)
def test_record_has_a_status(name):
    """A reader sees in the third line whether a decision still holds."""
    assert status_of(RECORDS[name]), RECORDS[name].splitlines()[:4]


@pytest.mark.parametrize("name", RECORDS)
def test_index_shows_title_and_status(name):
    """The index has the title and the status of the record itself, word for word."""
    title = RECORDS[name].splitlines()[0].split(": ", 1)[1]
    row = f"| [{name[:4]}]({name}) | {title} | {status_of(RECORDS[name])} |"
    assert row in (FOLDER / "README.md").read_text().splitlines()


def test_links_between_records_go_both_ways():
    """From a decision that has changed a reader finds the newer one, and the other way round."""
    assert one_way(RECORDS) == []
    assert sum("amended by" in status_of(text) for text in RECORDS.values()) > 0


def test_rules_find_what_they_are_for():
    """A missing status, an unknown word and a link that nothing answers are findings; answered links are none."""
    old, new = "0001-old.md", "0002-new.md"
    assert status_of(record("0001", "accepted")) == "accepted"
    assert status_of(record("0001", "perhaps")) == ""
    assert status_of(record("0001", f"accepted, superseded by [0002]({new})")) == ""
    assert status_of("# 0001: A decision\n\n**Context.** A reason.\n") == ""
    replaced = record("0001", f"superseded by [0002]({new})")
    assert one_way({old: replaced, new: record("0002", f"accepted, supersedes [0001]({old})")}) == []
    assert one_way({old: replaced, new: record("0002", "accepted")}) == [
        f"{old}: wanted 'supersedes [0001]({old})' in {new}"
    ]
