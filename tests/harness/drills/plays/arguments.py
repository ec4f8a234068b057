"""The user's arguments of buildx in a drill: build arguments get their values, secrets get stand-ins in a replay."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

STAND_IN = "stand-in\n"
"""The content of every secret in a replay."""


def split_at_dashes(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words of fault-drill.sh, and those of buildx with the `--` in front of them."""
    at = words.index("--") if "--" in words else len(words)
    return list(words[:at]), list(words[at:])


def with_values(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[str]:
    """The words with the value of each `--build-arg NAME` that comes from the environment."""

    def filled(value: str) -> str:
        return value if "=" in value or value not in environment else f"{value}={environment[value]}"

    return list(_changed(words, "--build-arg", filled))


def without_values(words: Sequence[str]) -> list[str]:
    """The words as a board shows them: build arguments by name, which buildx reads from the environment, and URLs
    without a login.
    """
    named = _changed(words, "--build-arg", lambda value: value.partition("=")[0])
    return [re.sub(r"(?<=://)[^/@\s]*@", "", word) for word in named]


def with_stand_ins(words: Sequence[str], folder: Path) -> list[str]:
    """The words with a stand-in in a file of the folder for each secret, so that a replay has nothing of value."""
    file = folder / "secret"
    file.write_text(STAND_IN)

    def dummy(value: str) -> str:
        fields = dict(part.partition("=")[::2] for part in next(csv.reader([value]), []))
        return f"id={fields.get('id') or fields.get('source') or fields.get('src', '')},src={file}"

    return list(_changed(words, "--secret", dummy))


def variables_of_secrets(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that secrets are read from: those of `env=`, and those with the name of an id."""
    found: dict[str, str] = {}

    def note(value: str) -> str:
        fields = dict(part.partition("=")[::2] for part in next(csv.reader([value]), []))
        for name in (fields.get("env", ""), fields.get("id", "")):
            if name in environment:
                found[name] = environment[name]
        return value

    list(_changed(words, "--secret", note))
    return found


def _changed(words: Sequence[str], option: str, change: Callable[[str], str]) -> Iterator[str]:
    """The words with a change of each value of an option, in both of its forms."""
    value_follows = False
    for word in words:
        if value_follows:
            yield change(word)
        elif word.startswith(f"{option}="):
            yield f"{option}={change(word.partition('=')[2])}"
        else:
            yield word
        value_follows = not value_follows and word == option
