"""The rows of the tables of this folder, and the number of cases of a test, read from its file without running it."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path

COLUMNS = ["area", "situation", "expected", "tests"]
BATS_TEST = re.compile(r'^@test "([^"]*)"', re.MULTILINE)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Row:
    """One situation: where it stands, what happens, what must come of it, and the ids of its tests."""

    place: str
    area: str
    situation: str
    expected: str
    tests: tuple[str, ...]


def rows(table: Path) -> list[Row]:
    """The rows of a table.

    Raises ValueError for other columns, or an empty field.
    """
    with table.open(newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if lines[:1] != [COLUMNS]:
        raise ValueError(f"{table.name}:1: wanted the columns {COLUMNS}, saw {lines[:1]}")
    found = []
    for number, fields in enumerate(lines[1:], 2):
        place = f"{table.name}:{number}"
        if len(fields) != len(COLUMNS) or not all(field.strip() for field in fields):
            raise ValueError(f"{place}: wanted {len(COLUMNS)} fields with text, saw {fields}")
        found.append(Row(place, *fields[:3], tuple(id_.strip() for id_ in fields[3].split(","))))
    return found


def length(node: ast.AST | None, names: dict[str, ast.AST]) -> int:
    """The number of values of an expression; 1 if only a run could tell."""
    if isinstance(node, ast.Name) and node.id in names:
        return length(names[node.id], names)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return sum(length(item.value, names) if isinstance(item, ast.Starred) else 1 for item in node.elts)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return sum(1 if key else length(value, names) for key, value in pairs)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
        return length(node.left, names) + length(node.right, names)
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        return 1 if node.generators[0].ifs else prod(length(part.iter, names) for part in node.generators)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "pairs":
        return prod(length(argument, names) for argument in node.args)
    if isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
        return length(inner or next(iter(node.args), None), names)
    return 1


@cache
def parsed(file: Path) -> tuple[ast.Module, dict[str, ast.AST]]:
    """A Python file, and the values that its module assigns, by name."""
    tree = ast.parse(file.read_text())
    names: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            names[node.target.id] = node.value
    return tree, names


def path_to(tree: ast.Module, parts: Sequence[str]) -> list[ast.ClassDef | ast.FunctionDef]:
    """The classes and the function of an id such as TestX::test_y; empty if the file has no such function."""
    body, found = tree.body, []
    for part in parts:
        named = [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == part]
        if not named:
            return []
        found.append(named[0])
        body = named[0].body
    return found if found and isinstance(found[-1], ast.FunctionDef) else []


def decorated(node: ast.ClassDef | ast.FunctionDef, names: dict[str, ast.AST]) -> Iterator[int]:
    """The number of values of each `parametrize` of a test, and of the `params` of a fixture."""
    for call in node.decorator_list:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr == "parametrize":
                yield length(call.args[1], names)
            yield from (length(word.value, names) for word in call.keywords if word.arg == "params")


def cases(repository: Path, id_: str) -> int:
    """The number of cases of a test; 0 if it does not exist."""
    name, _, rest = id_.partition("::")
    file = repository / name
    if not file.is_file() or not rest:
        return 0
    if file.suffix == ".bats":
        return int(rest in BATS_TEST.findall(file.read_text()))
    tree, names = parsed(file)
    test, bracket, values = rest.partition("[")
    path = path_to(tree, test.split("::"))
    if not path or not path[-1].name.startswith("test_"):
        return 0
    if bracket:
        words = {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        values = values.removesuffix("]")
        return int(values in words or words.issuperset(values.split("-")))
    arguments = {argument.arg for argument in path[-1].args.args}
    fixtures = [node for node in tree.body if isinstance(node, FUNCTIONS) and node.name in arguments]
    return prod(count for node in (*path, *fixtures) for count in decorated(node, names))
