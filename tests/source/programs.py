"""Data never becomes program: finds the places of a shell file where it could, beside the list of those that may stay.

`python -m tests.source.programs` prints what is found and not listed, and rows of the list that nothing is found for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from .shell_words import ASSIGNMENT, Command, Word, commands

REPOSITORY = Path(__file__).resolve().parents[2]
LISTED = Path(__file__).with_name("programs.tsv")

EDITORS = {
    "sed": ("e", "f"), "awk": ("", "Fvf"), "grep": ("e", "fmABC"), "jq": ("", ""), "expr": ("", ""),
}  # fmt: skip
"""Tools whose first operand is a program; options that take one, and options that take something else."""
SHELLS = {"sh", "bash", "dash", "ash", "mksh", "yash", "python", "python3", "perl"}
"""Tools whose program stands behind -c or -e."""
NO_DATA = {"#", "?", "$", "!", "-"}
"""Parameters that are numbers of the shell's own."""


@dataclass(frozen=True, order=True)
class Finding:
    """A place: file, rule and the text of the line, which stay the same when lines above change."""

    file: str
    rule: str
    text: str


def tool_of(command: Command) -> tuple[str, list[Word]]:
    """The tool that a command runs, with what stands behind it; assignments and what only starts it stand in front."""
    words = [word for word in command.words if not word.redirects]
    for at, word in enumerate(words):
        name = word.literal.rsplit("/", 1)[-1] if not word.expansions else ""
        if name in EDITORS or name in SHELLS or name in ("eval", "trap", "printf"):
            return name, words[at + 1 :]
        # `attempt_run 5 env -C x sed`: any word may be the one; `docker exec x sh -c` too.
    return "", words


def programs_of(tool: str, words: list[Word]) -> Iterator[Word]:
    """The words that the tool takes as a program."""
    if tool in ("eval", "trap"):
        yield from words if tool == "eval" else words[:1]
        return
    if tool in SHELLS:
        # -c may stand behind other options: `bash --posix -euc`.
        for option, word in pairwise(words):
            if option.literal.startswith("-") and option.literal.endswith(("c", "e")) and not option.expansions:
                yield word
                return
        return
    takes, others = EDITORS[tool]
    given, at = False, 0
    while at < len(words):
        word = words[at]
        text = word.literal
        if not text.startswith("-") or len(text) < 2 or word.expansions:
            break
        letter = text[-1] if not text.startswith("--") else ""
        if letter and letter in takes:
            given = True
            yield from words[at + 1 : at + 2]
        if letter and letter in takes + others:
            given = given or letter == "f"
            at += 1
        at += 1
    if not given and at < len(words):
        yield words[at]


def is_fixed(words: list[Word]) -> bool:
    """Whether grep compares text, no pattern."""
    return any(w.literal.startswith("-") and not w.literal.startswith("--") and "F" in w.literal for w in words)


def of_program(command: Command) -> Iterator[tuple[int, str]]:
    """Rules that look at what a tool is given: the line of the word, and the rule."""
    tool, words = tool_of(command)
    if tool == "printf":
        formats = [word for word in words if word.literal != "--" or word.expansions]
        yield from ((word.line, "format") for word in formats[:1] if word.expansions)
    elif tool and not (tool == "grep" and is_fixed(words)):
        rule = "eval" if tool == "eval" else "program"
        yield from ((word.line, rule) for word in programs_of(tool, words) if word.expansions or tool == "eval")
    if tool == "awk":
        for option, word in zip([Word(0), *words], words, strict=False):
            value = option.literal == "-v" or ASSIGNMENT.match(word.literal) or word.literal.startswith("-v")
            if value and word.expansions:
                yield word.line, "awk-value"
    for option, word in pairwise(words):
        if option.literal in ("--format", "--template") and word.expansions:
            yield word.line, "format"


def is_unquoted(word: Word) -> bool:
    """Whether the shell splits what it puts in there."""
    return any(not part.quoted and part.text not in NO_DATA for part in word.expansions)


def of_words(command: Command) -> Iterator[tuple[int, str]]:
    """Unquoted expansions; the word of a case and an assignment are not split."""
    words = command.words
    if command.kind == "case":
        return
    while words and ASSIGNMENT.match(words[0].literal) and words[0].parts[0].kind == "literal":
        words = words[1:]
    yield from ((word.line, "unquoted") for word in words if is_unquoted(word))


def of_globs(text: str) -> Iterator[tuple[int, str]]:
    """`set +f` anywhere but in the three lines, or in a subshell of its own."""
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if "set +f" not in line or line.startswith("#"):
            continue
        following = lines[number + 1 : number + 3]
        three = line == "set +f" and [text.partition(" -- ")[0] for text in following] == ["set", "set -f"]
        if not three and "(set +f && " not in line:
            yield number + 1, "glob"


def find(file: str, text: str) -> set[Finding]:
    """All of them in a shell file."""
    lines = text.splitlines()
    places = list(of_globs(text))
    for command in commands(text):
        places += [*of_program(command), *of_words(command)]
    return {Finding(file, rule, " ".join(lines[line - 1].split())) for line, rule in places}


def found() -> set[Finding]:
    """All of them in the kit."""
    files = sorted((REPOSITORY / "scripts").rglob("*.sh"))
    return {finding for path in files for finding in find(str(path.relative_to(REPOSITORY)), path.read_text())}


def listed() -> dict[Finding, str]:
    """Those that may stay, with the reason of each."""
    rows = [line.split("\t") for line in LISTED.read_text().splitlines() if line and not line.startswith("#")]
    return {Finding(*row[:3]): row[3] if len(row) > 3 else "" for row in rows}


def main() -> None:
    """Prints rows to add, with an empty reason, behind + and rows to remove behind -."""
    there, known = found(), listed()
    for sign, findings in (("+", there - known.keys()), ("-", known.keys() - there)):
        for finding in sorted(findings):
            print(sign, finding.file, finding.rule, finding.text, "", sep="\t")


if __name__ == "__main__":
    main()
