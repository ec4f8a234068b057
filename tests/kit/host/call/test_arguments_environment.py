"""The variables of the environment that buildx, BuildKit and the docker client read: the kit must know each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.machine.go_modules import module

TABLE = Path(__file__).parent / "environment.tsv"
"""Columns: variable; `reads`, `hands on`, `engine` or `other command`; what the kit does about it."""
KINDS = ("reads", "hands on", "engine", "other command")
MODULES = (
    ("github.com/docker/buildx", ("v0.13.0", "v0.29.1", "latest")),
    ("github.com/moby/buildkit", ("v0.25.2", "latest")),
    ("github.com/docker/cli", ("v28.2.2+incompatible", "latest")),
)
ASKS = re.compile(r"\b(?:Getenv|LookupEnv)\(([^()]+)\)")
CONSTANT = re.compile(r"\b(\w+)\s*=\s*\"([A-Za-z_][A-Za-z0-9_.]*)\"")
BESIDE = re.compile(
    r"_test\.go$|_windows\.go$|/(?:vendor|tests|testutil|e2e|internal/test|hack|docs|examples|testdata)/"
)
"""Files that are no part of the client on Linux."""


def rows() -> dict[str, tuple[str, str]]:
    lines = [line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return {name: (kind, what) for name, kind, what in lines}


def sources(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.go"):
        if not BESIDE.search(f"/{path.relative_to(folder)}"):
            yield path.read_text(errors="replace")


def variables(folder: Path) -> set[str]:
    """The variables that the sources name, as text or by a constant; a name that is data (`env=NAME`) is none."""
    texts = list(sources(folder))
    constants = {name: value for text in texts for name, value in CONSTANT.findall(text)}
    found = set()
    for asked in (asked for text in texts for asked in ASKS.findall(text)):
        literal = re.fullmatch(r'"([^"]+)"', asked.strip())
        name = literal[1] if literal else constants.get(asked.strip().rpartition(".")[2], "")
        if re.fullmatch(r"[A-Z][A-Za-z0-9_]+", name):
            found.add(name)
    return found


def test_table_is_in_order_and_each_variable_that_the_kit_reads_is_there(kit: Path):
    """A row that says `reads` names a variable that a module of the kit uses."""
    table = rows()
    assert list(table) == sorted(table)
    assert {kind for kind, _ in table.values()} <= set(KINDS)
    assert all(what for _, what in table.values())
    texts = "".join(path.read_text() for path in kit.rglob("*.sh"))
    assert [name for name, (kind, _) in table.items() if kind == "reads" and name not in texts] == []


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("path", "versions"), MODULES, ids=[path.rpartition("/")[2] for path, _ in MODULES])
def test_each_variable_of_a_source_is_in_the_table(path: str, versions: tuple[str, ...]):
    """A new release that reads another variable is noticed here."""
    found = {name for version in versions for name in variables(module(f"{path}@{version}"))}
    assert len(found) > 20
    assert found - rows().keys() == set()
