"""scripts/lib/host/bake: what the kit reads in the output of `docker buildx bake --print`, and in that of a bake."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result

READ = 'BAKE_FOLDER=$SCRATCH LC_ALL=C awk -f "$LIB/host/bake/definition.awk" "$SCRATCH/definition"'
HEARD = 'LC_ALL=C awk -f "$LIB/host/bake/output.awk" "$SCRATCH/names" "$SCRATCH/output"'
ODD = [
    "a",
    " ",
    '"',
    "\\",
    "\n",
    "\t",
    "\r",
    "\x01",
    "\x7f",
    "é",
    "€",
    "😀",
    "${",
    "$",
    "%{",
    "<",
    "&",
    "{",
    "]",
    ",",
    "'",
    "=",
]
UNESCAPE = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}


@pytest.fixture
def read(sh: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Reads a definition in the shell of this test."""

    def call(text: str, script: str = READ) -> Result:
        (tmp_path / "definition").write_text(text)
        return sh(script, env={"SCRATCH": str(tmp_path)}, cwd=tmp_path)

    return call


def words_of(file: Path) -> list[tuple[str, str]]:
    """The words of a target, as `printf %b` reads them."""
    rows = [line.partition("\t") for line in file.read_bytes().decode().split("\n")[:-1]]
    return [(flag, re.sub(r"\\.", lambda pair: UNESCAPE[pair[0]], value)) for flag, _, value in rows]


def printed(value: object) -> str:
    """JSON as Go's encoder prints it, with its escapes."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    for letter in "<>&\u2028":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text + "\n"


def hcl(text: str) -> str:
    """As buildx escapes the templates of HCL in these fields."""
    return text.replace("${", "$${").replace("%{", "%%{")


def csv(text: str) -> str:
    """A field of CSV."""
    quoted = any(letter in text for letter in ',"\n') or text[0] in " \t" or text[-1] in " \t"
    return '"' + text.replace('"', '""') + '"' if quoted else text


def test_each_field_becomes_a_word_of_a_build(read, tmp_path):
    """Odd characters in names, arguments, inline Dockerfiles and caches arrive as they are."""
    chance = random.Random(84)  # noqa: S311

    def odd() -> str:
        return "".join(chance.choices(ODD, k=chance.randint(0, 9)))

    wanted, targets = {}, {}
    for number in range(40):
        inline, arg, label, context, ref = odd(), odd(), odd(), odd(), odd()
        targets[f"t-{number}"] = {
            "description": odd(), "attest": [{"type": "sbom"}], "context": context, "contexts": {"a.b/c:1": odd()},
            "dockerfile": "D", "dockerfile-inline": hcl(inline), "args": {"A": hcl(arg), "N": None},
            "labels": {"l.m": hcl(label)},
            "tags": ["x:1", "y:2"], "cache-from": [{"ref": ref, "type": "registry"}, "type=gha"], "target": "s",
            "secret": [{"id": "i", "env": "E"}], "platforms": ["linux/amd64"], "pull": True, "no-cache-filter": [],
        }  # fmt: skip
        wanted[number] = [
            ("name", f"t-{number}"), ("--attest", "type=sbom"), ("context", context),
            ("--build-context", f"a.b/c:1={targets[f't-{number}']['contexts']['a.b/c:1']}"), ("--file", "D"),
            ("inline", inline), ("--build-arg", f"A={arg}"), ("--label", f"l.m={label}"), ("--tag", "x:1"),
            ("--tag", "y:2"), ("--cache-from", f"{csv(f'ref={ref}')},type=registry"), ("--cache-from", "type=gha"),
            ("--target", "s"), ("--secret", "id=i,env=E"), ("--platform", "linux/amd64"),
        ]  # fmt: skip
    result = read(printed({"group": {"default": {"targets": ["t-1"]}}, "target": targets}))
    assert (result.rc, result.out) == (0, "40\n"), repr(result)
    assert {number: words_of(tmp_path / f"{number + 1}.words") for number in range(40)} == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{\n",
        "[]\n",
        '{"target": {}}\n',
        '{\n  "target": {\n    "a": {\n      "args": "\\u0000"\n    }\n  }\n}\n',
        "ERROR: x\n",
    ],
    ids=["empty", "cut", "list", "one line", "NUL", "other"],
)
def test_other_text_is_no_definition(read, text):
    """An answer that buildx does not print has no targets: the call is left to buildx."""
    result = read(text)
    assert result.rc != 0 or result.out == "0\n", repr(result)


def test_names_of_targets_leave_the_progress(read, tmp_path):
    """What reads the output of a build reads that of a bake; other brackets stay."""
    (tmp_path / "names").write_text("app\nweb-1\n")
    lines = {
        "#2 [app internal] load build definition": "#2 [internal] load build definition",
        "#5 [web-1 builder 2/3] RUN a": "#5 [builder 2/3] RUN a",
        "#9 [app] exporting to image": "#9 exporting to image",
        " > [app 1/2] FROM x:": " > [1/2] FROM x:",
        "ERROR: target app: failed to solve: x": "ERROR: failed to solve: x",
        "#5 [other 1/2] FROM x": "#5 [other 1/2] FROM x",
        "#1 [internal] load local bake definitions": "#1 [internal] load local bake definitions",
        "#5 0.1 [app internal] of a step": "#5 0.1 [app internal] of a step",
    }
    (tmp_path / "output").write_text("".join(f"{line}\n" for line in lines))
    assert read("", HEARD).out.splitlines() == list(lines.values())
