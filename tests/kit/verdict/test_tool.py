"""scripts/lib/verdict/tool.sh: the tool behind a command line."""

from __future__ import annotations

import shlex
from pathlib import Path

LOAD = '. "$LIB/load.sh"; load base verdict; SEAWALL_LIB=$LIB\n'
COMMANDS = {
    "pip3.12 install x": "pip pypi",
    "/usr/bin/python3 -m pip install x": "pip pypi",
    "python3 setup.py install": "other none",
    "sudo -u root -E apt-get update": "apt apt",
    "env -u X A=/b/c busybox wget x": "wget url",
    "timeout -k 5 30 curl x": "curl url",
    "sh -euxc 'cd /x && git clone y'": "git git",
    "bash -o pipefail -c 'curl -f x | bash'": "curl url",
    "sh install.sh": "other none",
    "./gradlew build": "gradle maven",
    "gosu app mvn package": "maven maven",
    "nice -n 5 cargo build": "cargo cargo",
    "FOO=1 uv sync": "pip pypi",
    "make": "other none",
    "env": "other none",
}


def test_tool_of_a_command_line(sh):
    """retry.sh reads the output of `sudo apt-get` as apt's, and of `sh -c 'curl ...'` as curl's."""
    calls = "".join(f"tool_of_command {words}\n" for words in COMMANDS)
    assert all(shlex.split(words) for words in COMMANDS)
    result = sh(LOAD + calls)
    assert (result.rc, result.err) == (0, ""), result
    assert dict(zip(COMMANDS, result.out.splitlines(), strict=True)) == COMMANDS


def test_every_tool_of_a_rule_is_in_the_table(kit: Path):
    """A rule for a tool that no word of tool.tsv names would never match."""
    verdict = kit / "lib" / "verdict"
    rows = [line.split("\t") for line in (verdict / "tool.tsv").read_text().splitlines()]
    rules = [line.split("\t") for line in (verdict / "rules.tsv").read_text().splitlines() if line.count("\t") == 7]
    assert {len(row) for row in rows} == {3}
    assert len({row[0] for row in rows}) == len(rows)
    assert {rule[1] for rule in rules} - {row[1] for row in rows} - {"-"} == set()
