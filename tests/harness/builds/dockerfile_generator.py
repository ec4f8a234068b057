"""Random Dockerfiles from a seed: most are valid, and all of them use what is rare in Dockerfiles of people."""

from __future__ import annotations

import random

from harness.builds.dockerfile_reader import Dockerfile

NAMES = ("A", "B", "C_1", "TARGETARCH", "BUILDPLATFORM", "TARGETSTAGE", "TARGETVARIANT", "TARGETPLATFORM", "NOT_SET")
VALUES = (
    "alpine", "v1.2.3", "busybox:1", "x/y", "", "a*b", "a.b.c", "1.22", "localhost:5000/team/app", "docker.io/alpine",
    "https://e.example/f", "feature/x", "aaa", "a\\b", "index.docker.io/library/node", "git://e.example/r.git#v1",
)  # fmt: skip
PATTERNS = (
    "*.",
    ".*",
    "v",
    "?",
    "a",
    "*",
    "",
    "/*",
    "*/",
    "\\*",
    "a*b",
    "'*.'",
    '".*"',
    "\\.",
    "1",
    "b?",
    "\\/",
    "'a\\b'",
)
IMAGES = (
    "alpine", "busybox:1", "docker.io/alpine", "index.docker.io/team/x:1", "registry.example:5000/a/b", "scratch",
    "team/app@sha256:" + "0123456789abcdef" * 4, "ALPINE.example/x", "docker.io/library/alpine:3",
    "library/alpine", "0",
)  # fmt: skip
STAGES = ("a", "S1", "base", "scratch", "alpine", "x-amd64", "b.c_d-e", "last")
HEADS = (
    "# syntax=x:1", "#syntax=docker/dockerfile:1.7  more", "# escape=`", "# escape=\\", "#!/bin/x",
    "# foo=bar", "# check=skip=all", " # syntax=x:1", "#\tSYNTAX\t=\tx:1\t", "", "\t", "# a comment",
    "#\u00a0syntax=x:3", "# syntax=x:1\r",
)  # fmt: skip
ENDS = {
    "EOF": "EOF", "E2": "E2", "'EOF'": "EOF", '"EOF"': "EOF", "\\EOF": "EOF", "E\\OF": "EOF", "E'O'F": "EOF",
    "-EOF": "\tEOF", "-'EOF'": "EOF", '-"E"': "\t\tE", "-\\EOF": "EOF", " EOF": "EOF", "\tEOF": "EOF", "$A": "$A",
    "E$A": "E$A", '"E F"': "E F", "EOF;": "EOF;", "EOF|cat": "EOF|cat", "EOF>f": "EOF>f", "${A:-E}": "${A:-E}",
    "${A##E}": "${A##E}", '"E"2': "E2", "'\\E'": "\\E", '"\\E"': "\\E", "E\\ F": "E F", "é": "é", "'$A'": "$A",
}  # fmt: skip
"""Words behind << and the line that ends the heredoc."""
NO_ENDS = ("<EOF", "", "-", "\\", "' EOF", "<<EOF")
JSON_FILES = (
    '{"syntax": "x:1"}', '\n {"a": [1, -2.5e3, {"syntax": "no"}], "syntax": "y\\u003a1"}\n', '{"syntax": 1}',
    '{"syntax": "x:1"} FROM a', '{"syntax": "x", "syntax": "y"}', '#!/bin/x\n{"syntax": "x:1", "b": true}',
    '{"syntax": "x y"}', "{}", '{"syntax":"x:1",}', '{"Syntax": "x:1"}', "[]", '{"a": "\\q", "syntax": "x"}',
)  # fmt: skip

SLASHES = (
    "// syntax=z:1\n",
    "//syntax = y:2\n# syntax=x:1\n",
    "#!/bin/x\n//\tSyntax=z:1 more\r\n",
    " // syntax=z:1\n",
    "// a\n",
)


class Generator:
    """One random Dockerfile."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.escape = "\\"
        self.stages: list[str] = []

    def one(self, words: tuple[str, ...]) -> str:
        return self.chance.choice(words)

    def variable(self, depth: int = 0) -> str:
        name = self.one(NAMES)
        form = self.chance.randrange(12)
        if form < 2:
            return f"${name}"
        if form < 4 or depth > 2:
            return f"${{{name}}}"
        if form < 8:
            sign = self.one((":-", "-", ":+", "+", ":?", "?"))
            return f"${{{name}{sign}{self.text(depth + 1)}}}"
        pattern = self.variable(depth + 1) if self.chance.randrange(8) == 0 else self.one(PATTERNS)
        if form < 11:
            return f"${{{name}{self.one(('#', '##', '%', '%%'))}{pattern}}}"
        return f"${{{name}{self.one(('/', '//'))}{pattern}/{self.one(('', '-', 'x', self.variable(depth + 1)))}}}"

    def text(self, depth: int = 0) -> str:
        parts = []
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            form = self.chance.randrange(14)
            if form < 5:
                parts.append(self.one(VALUES))
            elif form < 9:
                parts.append(self.variable(depth))
            elif form == 9:
                parts.append(f'"{self.one(VALUES)}{self.variable(depth)}"')
            elif form == 10:
                parts.append(f"'{self.one(VALUES)}'")
            elif form == 11:
                parts.append(f"{self.escape}{self.one(('$A', 'x', '*', self.escape, chr(34), chr(39)))}")
            else:
                parts.append(self.one(("-", ".", "x", ":1")))
        return "".join(parts)

    def image(self) -> str:
        form = self.chance.randrange(8)
        if form < 3:
            return self.one(IMAGES)
        if form < 5:
            return self.one((*self.stages, "scratch"))
        return f"{self.one(('x/y', 'x/y:1', 'x'))}{self.text()}" if form < 7 else self.text()

    def begin(self) -> str:
        flag = self.one(
            ("",) * 9 + ("--platform=$BUILDPLATFORM ", "--platform=linux/arm64 ", '--platform="$TARGETPLATFORM" ')
        )
        image = self.image()
        if self.chance.randrange(3) == 0:
            return f"FROM {flag}{image}"
        self.stages.append(self.one(STAGES))
        return f"{self.one(('FROM', 'from', 'FROM '))} {flag}{image} {self.one(('AS', 'as'))} {self.stages[-1]}"

    def argument(self) -> str:
        words = [
            self.one((self.one(NAMES), f"{self.one(NAMES)}={self.text()}"))
            for _ in range(self.chance.choice((1, 1, 2)))
        ]
        return f"ARG {' '.join(words)}"

    def environment(self) -> str:
        if self.chance.randrange(3) == 0:
            return f"ENV {self.one(NAMES)} {self.text()}{self.one(('', ' y z'))}"
        return "ENV " + " ".join(f"{self.one(NAMES)}={self.text()}" for _ in range(self.chance.choice((1, 2))))

    def url(self) -> str:
        begun = self.one(
            ("https://e.example/", "http://e.example/", "$A/", "git@e.example:r.git#", "file", "ssh://git@e/x.git")
        )
        return begun + self.one(("", self.text(), "f.tgz", "r.git", "r.git#main", "v${B}/a"))

    def add(self) -> str:
        flags = self.one(("", "", "--chown=1:1 ", "--link ", "--keep-git-dir=true "))
        urls = [self.url() for _ in range(self.chance.choice((1, 1, 2)))]
        if self.chance.randrange(3):
            return f"ADD {flags}{' '.join(urls)} /d/"
        words = ", ".join('"' + url.replace("\\", "\\\\").replace('"', '\\"') + '"' for url in [*urls, "/d/"])
        return f"ADD {flags}{self.one(('', ' '))}[{words}]{self.one(('', '', ' ', ' x'))}"

    def copy(self) -> str:
        name = self.one((*IMAGES, *self.stages, *self.stages, "0", "+0", "00", "al\\pine"))
        flag = self.one(
            (f"--from={name}", f'--from="{name}"', f"--from='{name}'", f'"--from={name}"', f"--fr\\om={name}")
        )
        paths = self.one(("/a /b", '["/a", "/b"]', "/a/* /b/"))
        return f"COPY {self.one(('', '--chown=1 ', '--link '))}{flag} {paths}"

    def run(self) -> str:
        name = self.one((*IMAGES, *self.stages, *self.stages))
        mount = self.one(
            (
                f"type=bind,target=/x,from={name}",
                f'"type=bind,target=/x,from={name}"',
                f"from={name},target=/x",
                f'type=cache,"target=/x","from={name}"',
                "type=secret,id=s$A,target=/x",
                "type=secret,target=/run/x",
                "type=${C_1:-secret},src=q,target=/x",
                "type=secret,id=q,env=Q",
            )
        )
        command = self.one(("true", '["true"]', "--network=none true"))
        return f"RUN --mount={mount} {command}"

    def heredoc(self) -> str:
        if self.chance.randrange(8) == 0:
            return f"RUN cat {self.one(('', 'x'))}<<{self.one(NO_ENDS)}"
        ends = [self.one(tuple(ENDS)) for _ in range(self.chance.choice((1, 1, 2)))]
        words = " ".join(f"{self.one(('', '', '3'))}<<{end}" for end in ends)
        forms = ("RUN {}", "RUN cat {} > /x", "COPY {} /x/", "RUN --mount=from=alpine,target=/x {}", "ADD {} /x/")
        first = self.one((*forms, f"RUN cat {self.escape}\n x {{}}")).replace("{}", words)
        lines = [first]
        for end in ends:
            lines += [
                self.one(("FROM evil", "\tEOF ", "x $A", "EOF ", "# c", "a \\", "COPY --from=evil / /")),
                ENDS[end],
            ]
        return "\n".join(lines)

    def no_heredoc(self) -> str:
        word = f"<<{self.one(tuple(ENDS))}"
        return self.one(
            (f'RUN ["cat", "{word}"]', f"RUN echo it's {word}", f'RUN echo "{word}"', f"CMD {word}", f"ENV A={word}")
        )

    def other(self) -> str:
        end = self.escape
        words = (
            "CMD x", "# FROM evil", "", "\tFROM alpine", f"RUN a {end}\n# c\n\n b", "LABEL a='FROM x'",
            f"RUN x {end}{end}", f"RUN a {end}  \n b", "USER 1", "FROM\x0calpine\r", "WORKDIR /x", f"  # c {end}",
            'RUN ["a", "b"]', 'SHELL ["a"]', "RUN \\`", f'CMD ["a" {end}\n, "b"]',
        )  # fmt: skip
        return self.one(words)

    def trigger(self) -> str:
        return (
            "ONBUILD "
            + self.chance.choice((self.add, self.copy, self.run, self.argument, self.environment, self.heredoc))()
        )

    def dockerfile(self) -> Dockerfile:
        if self.chance.randrange(40) == 0:
            return Dockerfile(self.one((*JSON_FILES, *SLASHES)).encode())
        heads = [self.one(HEADS) for _ in range(self.chance.choice((0, 0, 1, 2)))]
        if "# escape=`" in heads:
            self.escape = "`"
        lines = [*heads, *(self.argument() for _ in range(self.chance.choice((0, 1, 2, 3)))), self.begin()]
        parts = (
            self.begin,
            self.argument,
            self.environment,
            self.add,
            self.copy,
            self.run,
            self.heredoc,
            self.no_heredoc,
            self.trigger,
            self.other,
        )
        lines += [self.chance.choice(parts)() for _ in range(self.chance.randrange(7))]
        end = self.one(("\n", "\n", "\n", "\r\n"))
        arguments = {
            self.one(NAMES[:4]): self.one((*VALUES, "x\ny", "'q'")) for _ in range(self.chance.choice((0, 0, 1, 2)))
        }
        platforms = self.one(("", "", "linux/amd64", "linux/arm64/v8,linux/arm/v7", "windows(10.0.1)/amd64", "i386"))
        target = self.one(("", "", *self.stages))
        return Dockerfile(
            end.join(lines).encode() + b"\n", target, arguments, tuple(platforms.split(",")) if platforms else ()
        )


def generated(seed: int, count: int) -> list[Dockerfile]:
    """So many Dockerfiles; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 # Dockerfiles, not secrets
    return [Generator(chance).dockerfile() for _ in range(count)]
