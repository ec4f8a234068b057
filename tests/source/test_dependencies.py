"""Every command sources what the modules that it sources call: its block of `.` lines is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
LIB = SCRIPTS / "lib"
MODULES = {path.relative_to(LIB).as_posix().removesuffix(".sh"): path.read_text() for path in LIB.rglob("*.sh")}
FUNCTION = re.compile(r"^([a-z][a-z0-9_]*)\(\)", re.MULTILINE)
HOME = {name: module for module, text in MODULES.items() for name in FUNCTION.findall(text)}
CALL = re.compile(r'(?:^|[\s;|&({!"`])([a-z]+(?:__?[a-z]+)+)\b', re.MULTILINE)
COMMANDS = sorted([*SCRIPTS.glob("*.sh"), *SCRIPTS.glob("stage/*.sh")])
ELSEWHERE = {"watch_group"}
"""What runs in a shell of its own, which sources it itself."""
UNUSED = {"build-lab-image.sh": {"image_check", "smoke_run"}}
"""What a command's modules call in functions that it does not use."""


def missing(text: str, name: str) -> set[str]:
    """The functions that a command's own text, or a module that it sources, calls and that nothing there defines."""
    sourced = re.findall(r'^\. "\$SEAWALL_LIB/(.*)\.sh"', text, re.MULTILINE)
    texts = [text, *(MODULES[module] for module in sourced)]
    code = "\n".join(line for text in texts for line in text.splitlines() if not line.lstrip().startswith("#"))
    called = {call for call in CALL.findall(code) if call in HOME}
    return {call for call in called if HOME[call] not in sourced} - ELSEWHERE - UNUSED.get(name, set())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.name)
def test_command_sources_what_is_called(command):
    assert missing(command.read_text(), command.name) == set()


def test_missing_module_is_found():
    text = (SCRIPTS / "stage" / "retry.sh").read_text().replace('. "$SEAWALL_LIB/breaker.sh"\n', "")
    assert "breaker_ask" in missing(text, "retry.sh")
