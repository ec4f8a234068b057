"""The kit's reader of buildx's command line beside buildx's own flag library, on the flags of several releases."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.machine.go_modules import module
from harness.machine.run import run
from harness.machine.shells import SHELLS

PROGRAM = Path(__file__).resolve().parents[4] / "fixtures" / "calls" / "flags"
RELEASES = ("v0.13.0", "v0.19.0", "v0.29.1", "latest")
CASES = 4000
LOAD = '. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call\n'
READ = """
FLAGS_ASKED=yes
show() { printf '%s\\001%s\\001%s\\002' "$1" "$2" "$3"; }
both() {
	arguments_each show "$@"
	arguments_begin_list
	arguments_each arguments_put "$@"
	eval "set -- $ARGUMENTS_LEFT"
	printf '\\003'
	[ $# -eq 0 ] || printf '%s\\001' "$@"
	printf '\\004'
}
"""


def table(kit: Path) -> list[dict[str, Any]]:
    """The flags of the kit's table."""
    text = (kit / "lib/host/call/flags.sh").read_text()
    rows = [line.split() for line in re.findall(r"^--[a-z-]+ .*$", text, re.MULTILINE)]
    return [{"Name": row[0][2:], "Short": row[1].strip("-"), "Bool": row[2] == "bool"} for row in rows]


def flags_of(release: Path) -> dict[str, tuple[str, bool]]:
    """The flags that the source of a release defines: name to letter and whether it takes no value."""
    source = "".join((release / "commands" / name).read_text() for name in ("build.go", "root.go"))
    call = re.compile(r'\bflags\.(\w+)\((?:[&oc].*?, )?"([a-z-]+)"(?:, "([a-zA-Z]?)")?,')
    found = {}
    for kind, name, letter in call.findall(source):
        if kind != "SetAnnotation":
            found[name] = (letter, kind.startswith("Bool") or name == "check")
    return found


@pytest.mark.long
@pytest.mark.parametrize("release", RELEASES)
def test_table_has_each_flag_of_a_release(kit: Path, release: str):
    """A flag that the kit does not know could be read as the build's context."""
    ours = {flag["Name"]: (flag["Short"], flag["Bool"]) for flag in table(kit)}
    theirs = flags_of(module(f"github.com/docker/buildx@{release}"))
    assert len(theirs) > 40
    assert {name: ours.get(name) for name in theirs} == theirs


def word(rng: random.Random) -> str:
    """A value or a word that is no flag."""
    odd = [
        "",
        "-",
        "a",
        ".",
        "a=b",
        "=",
        "-x",
        "--",
        "id=a,src=b",
        "it's",
        "a b",
        "a\nb\n",
        "*",
        "$(x)",
        "\\",
        "-t",
        "--tag",
        "true",
        "é",
    ]
    return rng.choice(odd)


def argument(rng: random.Random, flags: list[dict[str, Any]]) -> Iterator[str]:
    """One argument in any form."""
    flag = rng.choice(flags)
    shorts = [item for item in flags if item["Short"] and item["Short"] != "h"]
    switches = [item["Short"] for item in shorts if item["Bool"]]
    match rng.randrange(9):
        case 0 | 1:
            yield word(rng)
        case 2:
            yield f"--{flag['Name']}={word(rng)}"
        case 3 | 4:
            yield f"--{flag['Name']}"
            if not flag["Bool"]:
                yield word(rng)
        case 5:
            yield rng.choice(
                [
                    "--",
                    "-",
                    "---x",
                    "--=x",
                    "--none",
                    "--none=x",
                    "-Z",
                    "-qZx",
                    "-test.v",
                    "-é",
                    "--ta",
                    "--tag=",
                    "-t=",
                ]
            )
        case _:
            lead = "".join(rng.choices(switches, k=rng.choice([0, 0, 1, 2, 3])))
            letter = rng.choice(shorts)["Short"]
            yield f"-{lead}{letter}{rng.choice(['', '', '=', '=x', 'x', '==', '=' + word(rng), word(rng)])}"


def cases(flags: list[dict[str, Any]]) -> list[list[str]]:
    """Command lines, the same ones in each run."""
    rng = random.Random(19)  # noqa: S311 # the same cases in each run
    return [
        [text for _ in range(rng.choice([0, 1, 2, 3, 5, 8])) for text in argument(rng, flags)] for _ in range(CASES)
    ]


def read_by_kit(words: list[list[str]], kit: Path, folder: Path) -> list[tuple[list[list[str]], list[str]]]:
    """For each command line: form, flag and value of its arguments, and the words put together again."""
    script = folder / "cases.sh"
    script.write_text(LOAD + READ + "".join(f"both {shlex.join(case)}\n" for case in words))
    env = {"PATH": "/usr/bin:/bin", "LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib"), "LC_ALL": "C.UTF-8"}
    shell = next(shell for shell in SHELLS if shell.is_there)
    result = run([*shell.argv, script], env=env, timeout=600)
    assert (result.rc, result.err) == (0, ""), repr(result)
    answers = []
    for part in result.out.split("\4")[:-1]:
        read, _, again = part.partition("\3")
        answers.append(([item.split("\1") for item in read.split("\2")[:-1]], again.split("\1")[:-1]))
    return answers


@pytest.mark.long
@pytest.mark.timeout(900)
def test_command_lines_are_read_as_the_flag_library_reads_them(kit: Path, tmp_path: Path):
    """Thousands of generated command lines: same flags, values, order and context; the words stay as they are."""
    built = run(["go", "build", "-o", tmp_path / "flags", "."], cwd=PROGRAM, env=os.environ, timeout=600)
    assert built.rc == 0, repr(built)
    flags = [flag for flag in table(kit) if flag["Name"] != "help"]
    lines = cases(flags)
    text = "".join(json.dumps({"Flags": flags, "Words": case}) + "\n" for case in lines)
    done = subprocess.run([tmp_path / "flags"], input=text, capture_output=True, text=True, check=True)
    understood = 0
    for case, (read, again), answer in zip(
        lines, read_by_kit(lines, kit, tmp_path), map(json.loads, done.stdout.splitlines()), strict=True
    ):
        assert again == case
        if answer["Error"]:
            continue
        understood += 1
        settings = [
            [flag, value]
            for form, flag, value in read
            if form in ("pair", "equals", "joined", "flag", "lead") and "-test." not in flag
        ]
        rest = [value for form, _, value in read if form in ("word", "last")]
        assert (settings, rest) == (answer["Set"], answer["Rest"]), case
    assert understood > CASES / 3
