"""fixtures/corpus/{tools,wordings}.jsonl: the words of 50 tools, and the same result with every awk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("awk", AWKS, ids=lambda words: words[0])
def test_every_awk_reads_the_messages_the_same_way(kit, tmp_path, awk):
    """The class of a failure does not depend on the awk of the image."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "awk").write_text(f'#!/bin/sh\nexec {shutil.which(awk[0])} {" ".join(awk[1:])} "$@"\n')
    (tmp_path / "bin" / "awk").chmod(0o755)
    messages = MESSAGES[::3] + TOOL_MESSAGES[::6]
    result = classify_all(["sh", "-c"], kit, tmp_path, messages, path=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    here = classify_all(["sh", "-c"], kit, tmp_path, messages, path=os.environ["PATH"])
    assert result == here


def test_messages_of_tools_are_classified(kit, tmp_path):
    """The words of 50 tools: the class, and whether a later run is expected to pass, are those of the fixture."""
    seen = classify_all(["sh", "-c"], kit, tmp_path, TOOL_MESSAGES, path=os.environ["PATH"])
    wrong = [
        (message["text"], line)
        for message, line in zip(TOOL_MESSAGES, seen, strict=True)
        for name, _, _, lasting in [line.split("\t")]
        if name not in [message["class"], *message["also"]] or (lasting == "transient") != message["transient"]
    ]
    assert wrong == []


def test_wrong_bytes_of_tools_are_never_tried_again(kit, tmp_path):
    """No message of an integrity failure or a refused login has the verdict `again`."""
    delicate = [m for m in TOOL_MESSAGES if m["class"] == "integrity" or (m["class"] == "auth" and not m["transient"])]
    seen = classify_all(["sh", "-c"], kit, tmp_path, delicate, path=os.environ["PATH"])
    assert len(seen) > 25
    assert [line for line in seen if line.split("\t")[1] == "again"] == []
