"""The rules of the house as pure functions: text in, findings out, each `line: wanted ..., saw ...`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from .shell_words import Command, commands

FUNCTION = re.compile(r"^([a-z][a-z0-9_]*)\(\) (?:\{|\()$")
ONE_LINER = re.compile(r"^([a-z][a-z0-9_]*)\(\) \{ .* \}$")
COMMENT = re.compile(r"^\s*#")

LONGEST_FUNCTION = 40
MOST_STATEMENTS = 40
LONGEST_LINE = 120
"""Columns, in editors that show a tab as TAB of them (.editorconfig)."""
TAB = 4
LONGEST = {"module": 150, "command": 200, "python": 300}

FORBIDDEN = {
    "printf, not echo": re.compile(r"(^\s*|[;&|({]\s*|\b(then|else|do)\s+)echo\b"),
    "`local x` on a line of its own": re.compile(r"\blocal\b[^;]*=[\"']?(\$\(|`)"),
    "/dev/urandom through od": re.compile(r"\$\{?RANDOM\b"),
    "whole seconds": re.compile(r"date\b[^|;]*%[0-9]*N"),
    "[ ... ]": re.compile(r"(^|\s)\[\[\s"),
    "name() {": re.compile(r"^\s*function\s"),
    "2>/dev/null before the file, whose failure the shell tells": re.compile(r">\s*\"?\$[^ \"]+\"? 2>/dev/null"),
    "clock_sleep": re.compile(r"(^\s*|[;&|('\"]\s*|\b(then|else|do)\s+)sleep\s"),
}
"""What a line of shell must not have, by what is wanted instead."""

MAY_SLEEP = {"clock.sh": "the only module that sleeps", "attempt.sh": "its watchdog is a process of its own"}

HOSTS = re.compile(
    r"\b(" + "|".join(
        re.escape(a + b)
        for a, b in (
            ("py", "pi.org"), ("python", "hosted.org"), ("npm", "js.org"), ("npm", "js.com"), ("proxy.go", "lang.org"),
            ("sum.go", "lang.org"), ("deb.deb", "ian.org"), ("archive.ubu", "ntu.com"), ("crat", "es.io"),
        )
    ) + r")\b", re.IGNORECASE,
)  # fmt: skip
"""Host names of package registries, in pieces so that this file does not hold them."""
MACHINE_PATH = re.compile(r"(?<![\w./-])/(home|Users)/(?!you/)[a-z][\w-]*/")


CALLBACKS = {"option_set": "options.sh calls it in the command"}


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are no comments."""
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if not COMMENT.match(line))


def functions(text: str) -> Iterator[tuple[str, int, int]]:
    """The functions of a shell file: name, first line, last line."""
    name, begun = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if found := ONE_LINER.match(line):
            yield found[1], number, number
        elif found := FUNCTION.match(line):
            name, begun = found[1], number
        elif name and line in ("}", ")"):
            yield name, begun, number
            name = ""


def long_functions(text: str) -> list[str]:
    """Functions of more than LONGEST_FUNCTION lines, from the name to the closing brace."""
    lengths = ((name, first, last - first + 1) for name, first, last in functions(text))
    return [
        f"{first}: wanted at most {LONGEST_FUNCTION} lines, saw {name} with {length}"
        for name, first, length in lengths
        if length > LONGEST_FUNCTION
    ]


def full_functions(text: str) -> list[str]:
    """Functions of more than MOST_STATEMENTS statements.

    A statement ends at a line end, `;`, `&&`, `||`, `|` or `&`; those of substitutions count too. The heads of `case`
    and `for` are statements; an arm of a case counts as what stands in it, at least one. However a function is
    wrapped, its statements stay the same.
    """
    lines: list[int] = []
    for command, after in pairwise([*commands(text), Command(kind="pattern")]):
        if command.kind != "pattern" or after.kind == "pattern":
            lines.append(command.words[0].line)
    # The name before the parentheses is read as a command.
    counts = ((name, first, sum(first <= line <= last for line in lines) - 1) for name, first, last in functions(text))
    return [
        f"{first}: wanted at most {MOST_STATEMENTS} statements, saw {name} with {count}"
        for name, first, count in counts
        if count > MOST_STATEMENTS
    ]


def long_lines(text: str) -> list[str]:
    """Lines of more than LONGEST_LINE columns, comments too."""
    widths = ((number, len(line.expandtabs(TAB))) for number, line in enumerate(text.splitlines(), 1))
    return [f"{n}: wanted at most {LONGEST_LINE} columns, saw {width}" for n, width in widths if width > LONGEST_LINE]


def too_long(text: str, kind: str) -> list[str]:
    """Whether a file of this kind is longer than LONGEST says."""
    length = len(text.splitlines())
    return [f"{length}: wanted at most {LONGEST[kind]} lines, saw {length}"] if length > LONGEST[kind] else []


def forbidden_words(text: str, name: str) -> list[str]:
    """What runs differently from shell to shell, or belongs into one module."""
    findings = []
    for number, line in numbered(text):
        for wanted, pattern in FORBIDDEN.items():
            if wanted == "clock_sleep" and name in MAY_SLEEP:
                continue
            if pattern.search(line):
                findings.append(f"{number}: wanted {wanted}, saw {line.strip()}")
    return findings


def named_hosts(text: str) -> list[str]:
    """Package registries by name: the first source of each kind is the tool's own configuration."""
    return [
        f"{n}: wanted `default`, saw {m[0]}" for n, line in enumerate(text.splitlines(), 1) if (m := HOSTS.search(line))
    ]


def machine_paths(text: str) -> list[str]:
    """Paths of somebody's own machine."""
    lines = enumerate(text.splitlines(), 1)
    return [f"{n}: wanted no path of a machine, saw {m[0]}" for n, line in lines if (m := MACHINE_PATH.search(line))]


def wrong_form(path: Path, text: str, kind: str) -> list[str]:
    """Commands are executable and begin with #!/bin/sh, modules are neither; each says at once what it is."""
    first, executable = text.split("\n", 1)[0], bool(path.stat().st_mode & 0o111)
    if kind == "command":
        second = text.split("\n", 2)[1]
        return [
            f"1: wanted {wanted}, saw {saw}"
            for good, wanted, saw in (
                (first == "#!/bin/sh", "#!/bin/sh", first),
                (executable, "it executable", "it is not"),
                (second.startswith(f"# {path.name}"), f"# {path.name} ...", second),
            )
            if not good
        ]
    findings = [] if first.startswith("# ") else [f"1: wanted a header comment, saw {first}"]
    return findings + (["1: wanted mode 644, saw it executable"] if executable else [])


def defined(text: str) -> set[str]:
    """The names of the functions of a shell file."""
    return {m[1] for line in text.splitlines() if (m := FUNCTION.match(line) or ONE_LINER.match(line))}


def called(text: str, names: set[str]) -> dict[str, int]:
    """The first line of each of `names` that the code mentions; `"part_$x"` mentions all of `part_...`."""
    found: dict[str, int] = {}
    for number, line in numbered(text):
        for prefix in re.findall(r'"([a-z][a-z0-9_]*_)\$', line):
            for name in names:
                if name.startswith(prefix) and name[len(prefix)] != "_":
                    found.setdefault(name, number)
        for word in re.findall(r"[a-z][a-z0-9_]*_[a-z0-9_]+", line):
            if word in names:
                found.setdefault(word, number)
    return found
