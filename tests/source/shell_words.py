"""Reads a shell file as far as a lint needs it: commands, their words, and what of a word is quoted or expanded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

RESERVED = {"if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "esac"}
"""Words that a command may stand behind."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]+)\1")


@dataclass
class Part:
    """A piece of a word: literal text, the name of a variable, or a substitution."""

    kind: str  # literal, variable, substitution, arithmetic
    text: str
    quoted: bool


@dataclass
class Word:
    """A word and where it begins."""

    line: int
    parts: list[Part] = field(default_factory=list)
    redirects: bool = False
    plain: bool = True

    @property
    def literal(self) -> str:
        """The text of what is no expansion."""
        return "".join(part.text for part in self.parts if part.kind == "literal")

    @property
    def expansions(self) -> list[Part]:
        """What the shell puts in."""
        return [part for part in self.parts if part.kind in ("variable", "substitution")]


@dataclass
class Command:
    """A simple command; `kind` is case or for where it is the head of one, pattern for the patterns of a case."""

    words: list[Word] = field(default_factory=list)
    kind: str = "simple"


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1
        self.commands: list[Command] = []
        self.heredocs: list[str] = []

    def next(self, count: int = 1) -> str:
        taken = self.text[self.at : self.at + count]
        self.at += count
        self.line += taken.count("\n")
        return taken

    def sees(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def skip_heredocs(self) -> None:
        for end in self.heredocs:
            while self.at < len(self.text):
                line = self.text[self.at : (self.text.find("\n", self.at) + 1) or len(self.text)]
                self.next(len(line))
                if line.strip() == end:
                    break
        self.heredocs = []

    def block(self, closing: str) -> None:
        """Commands up to `closing`, which is taken: ")" or "" for the end of the text."""
        command, word = Command(), None
        cases: list[str] = []

        def end_word() -> None:
            nonlocal word
            if word is not None:
                command.words.append(word)
                word = None
                self.look_at(command, cases)

        def end_command() -> None:
            nonlocal command
            end_word()
            if command.words:
                self.commands.append(command)
            command = Command()
            if cases and cases[-1] == "pattern":
                command.kind = "pattern"

        while self.at < len(self.text):
            char = self.text[self.at]
            if char == ")" and not (cases and cases[-1] == "pattern"):
                end_command()
                self.next()
                if closing:
                    return
                continue
            if char == ")":
                cases[-1] = "body"
                end_command()
                self.next()
            elif self.sees(";;"):
                end_command()
                self.next(2)
                if cases:
                    cases[-1] = "pattern"
                    command.kind = "pattern"
            elif self.sees("\\\n"):
                end_word()
                self.next(2)
            elif char in " \t":
                end_word()
                self.next()
            elif char == "\n":
                end_command()
                self.next()
                self.skip_heredocs()
            elif char == "#" and word is None:
                self.next(max(self.text.find("\n", self.at), self.at) - self.at or len(self.text) - self.at)
            elif found := HEREDOC.match(self.text, self.at):
                end_word()
                self.heredocs.append(found[2])
                self.next(len(found[0]))
            elif char in "<>":
                if word is not None and not word.literal.isdigit():
                    end_word()
                word = Word(self.line, redirects=True)
                while self.text[self.at] in "<>&|":
                    self.next()
                if self.text[self.at] in " \t":
                    self.next()
            elif char == "(":
                end_command()
                self.next()
                self.block(")")
            elif char in ";&|":
                if cases and cases[-1] == "pattern" and char == "|":
                    end_word()
                else:
                    end_command()
                self.next()
            else:
                word = word or Word(self.line)
                self.piece(word, quoted=False)
        end_command()

    def look_at(self, command: Command, cases: list[str]) -> None:
        """What the word that has just ended makes of its command."""
        words = command.words
        text = words[-1].literal if not words[-1].expansions else ""
        if command.kind == "pattern" and text == "esac" and len(words) == 1:
            cases.pop()
            command.kind = "simple"
            words.clear()
        elif len(words) == 1 and text in RESERVED and words[0].plain:
            if text == "esac" and cases:
                cases.pop()
            words.clear()
        elif text in ("case", "for") and len(words) == 1:
            command.kind = text
        elif command.kind == "case" and text == "in" and len(words) == 3:
            self.commands.append(Command(list(words), "case"))
            words.clear()
            cases.append("pattern")
            command.kind = "pattern"

    def piece(self, word: Word, *, quoted: bool) -> None:
        """The next piece of a word."""
        char = self.text[self.at]
        if char == "'" and not quoted:
            end = self.text.index("'", self.at + 1)
            word.parts.append(Part("literal", self.next(end + 1 - self.at)[1:-1], True))
            word.plain = False
        elif char == '"' and not quoted:
            word.plain = False
            self.next()
            word.parts.append(Part("literal", "", True))
            while self.text[self.at] != '"':
                self.piece(word, quoted=True)
            self.next()
        elif char == "\\":
            word.parts.append(Part("literal", self.next(2)[1:], True))
        elif char == "$" and self.at + 1 < len(self.text):
            self.expansion(word, quoted=quoted)
        elif char == "`":
            end = self.text.index("`", self.at + 1)
            word.parts.append(Part("substitution", self.next(end + 1 - self.at), quoted))
        else:
            word.parts.append(Part("literal", self.next(), quoted))

    def expansion(self, word: Word, *, quoted: bool) -> None:
        if self.sees("$(("):
            depth, begin = 0, self.at
            while True:
                depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
                self.next()
                if depth == 0 and self.text[self.at - 1] == ")":
                    break
            word.parts.append(Part("arithmetic", self.text[begin : self.at], quoted))
        elif self.sees("$("):
            begin = self.at
            self.next(2)
            heredocs, self.heredocs = self.heredocs, []
            self.block(")")
            self.heredocs = heredocs
            word.parts.append(Part("substitution", self.text[begin : self.at], quoted))
        elif self.sees("${"):
            self.braces(word, quoted=quoted)
        elif found := NAME.match(self.text, self.at + 1):
            self.next(1 + len(found[0]))
            word.parts.append(Part("variable", found[0], quoted))
        else:
            word.parts.append(Part("literal", self.next(), quoted))

    def braces(self, word: Word, *, quoted: bool) -> None:
        """`${NAME...}`: of `${NAME:+...}` only what stands behind the sign is put in."""
        self.next(2)
        length = self.sees("#") and not self.sees("#}")
        if length:
            self.next()
        found = NAME.match(self.text, self.at)
        name = self.next(len(found[0])) if found else ""
        sign = self.text[self.at : self.at + 2]
        inner = Word(self.line)
        while self.text[self.at] != "}":
            self.piece(inner, quoted=False) if not quoted else self.inner(inner)
        self.next()
        if sign == ":+" or sign[:1] == "+":
            word.parts += inner.expansions
        elif not length:
            word.parts.append(Part("variable", name, quoted))

    def inner(self, word: Word) -> None:
        """Within double quotes a brace may hold quotes of its own; all of it is quoted."""
        if self.text[self.at] == '"':
            self.next()
        else:
            self.piece(word, quoted=True)


def commands(text: str) -> list[Command]:
    """The commands of a shell file, those of substitutions too."""
    reader = _Reader(text)
    reader.block("")
    return reader.commands
