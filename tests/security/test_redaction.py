"""Output of the kit has no password, token or key of any form, and other text is unchanged."""

from __future__ import annotations

import json
import random
import string
import subprocess
from pathlib import Path

import pytest

from .canaries import PLAIN, SECRET, SECRETS

PROGRAM = Path(__file__).resolve().parents[2] / "scripts" / "lib" / "base" / "redact.sed"
SEDS = {"gnu": ("sed",), "busybox": ("busybox", "sed")}
LOGGED = """
. "$LIB/load.sh"; load base
for text in "$@"; do
    printf '%s\\0' "$(redact_text "$text")"
done
"""
EMITTED = """
. "$LIB/load.sh"; load base
for text in "$@"; do events_emit attempt warn source "$text" detail "x $text y" attempt: 1 class timeout; done
"""


def stream(sed: str, text: str) -> str:
    """The output of the program for a text, called as the kit does."""
    command = [*SEDS[sed], "-E", "-f", str(PROGRAM)]
    env = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, input=text, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.every_shell
def test_no_secret_gets_through_and_the_rest_stays(sh):
    """Log lines are redacted in each shell, also if the quick check decides that no process is needed."""
    result = sh(LOGGED, *SECRETS, *PLAIN)
    shown = result.out.split("\0")[:-1]
    assert (result.rc, len(shown)) == (0, len(SECRETS) + len(PLAIN)), repr(result)
    leaks = [(text, seen) for text, seen in zip(SECRETS, shown, strict=False) if SECRET in seen]
    assert leaks == []
    assert tuple(shown[len(SECRETS) :]) == PLAIN


@pytest.mark.every_shell
def test_event_is_json_without_a_secret(sh):
    """A quote in a password does not break the record, and the fields after it stay."""
    few = SECRETS[::6]
    result = sh(EMITTED, *few, env={"SEAWALL_EVENTS": ""})
    lines = [line.partition(": ")[2] for line in result.err.splitlines() if line.startswith("seawall-event: ")]
    events = [json.loads(line) for line in lines]
    assert [event["class"] for event in events] == ["timeout"] * len(few), repr(result)
    assert [event for event in events if SECRET in json.dumps(event)] == []


@pytest.mark.parametrize("sed", SEDS)
def test_stream_is_redacted_once(sed):
    """Both seds give the same text, and redacting it again changes nothing."""
    once = stream(sed, "\n".join([*SECRETS, *PLAIN]) + "\n")
    assert [line for line in once.splitlines() if SECRET in line] == []
    assert once.endswith("\n".join(PLAIN) + "\n")
    assert stream(sed, once) == once


@pytest.mark.parametrize("sed", SEDS)
def test_any_password_in_a_url_is_hidden(sed):
    """A thousand passwords of printable characters and of invalid bytes are hidden."""
    dice = random.Random(17)  # noqa: S311 # no real ones
    letters = [letter for letter in string.printable if not letter.isspace()]
    words = ["".join(dice.choices(letters, k=dice.randint(1, 20))) for _ in range(1000)]
    text = "".join(f"see https://bob:{word}@a.example.org/x and\n" for word in words)
    assert set(stream(sed, text).splitlines()) == {"see https://***@a.example.org/x and"}
    raw = b"https://bob:\xff\xfe\x80@a.example.org\n"
    command = [*SEDS[sed], "-E", "-f", str(PROGRAM)]
    seen = subprocess.run(
        command, input=raw, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, capture_output=True, check=True
    )
    assert seen.stdout == b"https://***@a.example.org\n"


def test_lines_around_a_private_key_stay():
    """A private key is removed and the log around it stays, even if the end of the key is missing."""
    key = "-----BEGIN PRIVATE KEY-----"
    end = "-----END PRIVATE KEY-----"
    text = f"#1 begins well\n{key}\nMIIEvQ\nabcd==\n{end}\n#2 DONE 0.1s\n#3 ends here\n"
    assert stream("gnu", text) == f"#1 begins well\n{key}\n***\n***\n{end}\n#2 DONE 0.1s\n#3 ends here\n"
    assert "#2 exporting to" in stream("gnu", f"{key}\nMIIEvQ\n#2 exporting to image\n")
