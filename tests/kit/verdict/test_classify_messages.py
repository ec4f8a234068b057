"""fixtures/corpus/{tools,wordings}.jsonl: the words of 50 tools, and the same result with every awk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from harness.machine.corpus import CLASSIFY_EACH, messages, write_messages

MESSAGES = messages("messages.jsonl")
TOOL_MESSAGES = messages("tools.jsonl") + messages("wordings.jsonl")


def classify_all(shell: list[str], kit: Path, folder: Path, messages: list[dict], path: str) -> list[str]:
    """What classify_file prints for each message, in one process."""
    write_messages(folder, messages)
    script = f'set -euf; SEAWALL_LIB=$2; . "$2/load.sh"; load base verdict; {CLASSIFY_EACH}'
    done = subprocess.run(
        [*shell, script, "sh", str(folder), str(kit / "lib")],
        capture_output=True, text=True, env={**os.environ, "PATH": path}, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


AWKS = [words for words in (["busybox", "awk"], ["gawk"], ["original-awk"], ["mawk"]) if shutil.which(words[0])]


def with_awk(awk: list[str], folder: Path) -> str:
    """A PATH whose `awk` is this one."""
    folder.mkdir()
    (folder / "awk").write_text(f'#!/bin/sh\nexec {shutil.which(awk[0])} {" ".join(awk[1:])} "$@"\n')
    (folder / "awk").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_every_awk_reads_the_messages_the_same_way(kit, tmp_path):
    """The class of a failure does not depend on the awk of the image."""
    some = MESSAGES[::3] + TOOL_MESSAGES[::9]
    paths = [with_awk(awk, tmp_path / f"bin-{awk[0]}") for awk in AWKS]
    assert len(paths) > 1
    first, *others = [classify_all(["sh", "-c"], kit, tmp_path, some, path=path) for path in paths]
    for awk, seen in zip(AWKS[1:], others, strict=True):
        assert seen == first, awk


def test_messages_of_tools_are_classified(kit, tmp_path):
    """The words of 50 tools: the class, and whether a later run is expected to pass, are those of the fixture.

    Wrong bytes and refused logins are never tried again.
    """
    seen = classify_all(["sh", "-c"], kit, tmp_path, TOOL_MESSAGES, path=os.environ["PATH"])
    pairs = list(zip(TOOL_MESSAGES, [line.split("\t") for line in seen], strict=True))
    wrong = [
        (message["text"], name, lasting)
        for message, (name, _, _, lasting) in pairs
        if name not in [message["class"], *message["also"]] or (lasting == "transient") != message["transient"]
    ]
    assert wrong == []
    delicate = [verdict for message, (_, verdict, *_) in pairs if message["class"] in {"integrity", "auth"}]
    assert len(delicate) > 80
    assert "again" not in delicate
