"""Messages of failed builds with their classes (fixtures/corpus), and their classification in one process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "corpus"
CLASSIFY_EACH = 'while read -r n tool code; do classify_file "$1/$n" "$tool" "$code" || exit; done <"$1/list"'
"""Shell that prints a line for each message in the folder $1; the room `verdict` must be loaded."""

Message = dict[str, Any]


def messages(name: str) -> list[Message]:
    """The messages of a file of the corpus."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def write_messages(folder: Path, found: Sequence[Message]) -> None:
    """Writes the text of each message to a file, and `list` with number, tool and exit code, for CLASSIFY_EACH."""
    lines = []
    for number, message in enumerate(found):
        (folder / str(number)).write_text(message["text"], encoding="utf-8")
        lines.append(f"{number} {message['tool']} {message['exit_code'] or ''}\n")
    (folder / "list").write_text("".join(lines))
