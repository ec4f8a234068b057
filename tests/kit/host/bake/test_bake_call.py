"""scripts/lib/host/bake/bake-call.sh: the kit's table of bake's flags beside that of buildx."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness.machine.go_modules import module
from harness.machine.run import run

RELEASES = ("v0.13.0", "v0.19.0", "v0.29.1", "latest")
FLAG = re.compile(r'\bflags\.(\w+)\((?:[&oc].*?, )?"([a-z-]+)"(?:, "([a-zA-Z]?)")?,')


def table(kit: Path) -> dict[str, tuple[str, bool]]:
    """The flags of the kit's table: name to letter, and whether it takes no value."""
    text = (kit / "lib/host/bake/bake-call.sh").read_text()
    rows = [line.split() for line in re.findall(r"^--[a-z-]+ .*$", text, re.MULTILINE)]
    return {row[0][2:]: (row[1].strip("-"), row[2] == "bool") for row in rows}


def test_table_has_the_flags_of_the_client(kit, engine):
    """`docker buildx bake --help` lists no flag that the kit does not know, and the kit reads each as buildx does."""
    shown = run(["docker", "buildx", "bake", "--help"], env=engine.env).out
    rows = re.findall(r"^ +(?:-([a-zA-Z]), )? *--([a-z-]+)(?: ([a-zA-Z]+))?  ", shown, re.MULTILINE)
    assert len(rows) > 15, shown
    known = table(kit)
    assert {name: (letter, not kind) for letter, name, kind in rows} == {name: known.get(name) for _, name, _ in rows}


@pytest.mark.long
@pytest.mark.parametrize("release", RELEASES)
def test_table_has_each_flag_of_a_release(kit, release):
    """A flag that the kit does not know leaves the call to buildx, without any protection."""
    folder = module(f"github.com/docker/buildx@{release}") / "commands"
    bake, build, root = ((folder / name).read_text() for name in ("bake.go", "build.go", "root.go"))
    common = build.partition("func commonBuildFlags")[2].partition("\n}")[0]
    found = {
        name: (letter, kind.startswith("Bool") or name == "check")
        for kind, name, letter in FLAG.findall(bake + common + root.partition("func rootFlags")[2])
        if not kind.startswith(("Mark", "SetAnn"))
    }
    assert len(found) >= 12
    known = table(kit)
    assert found == {name: known.get(name) for name in found}
