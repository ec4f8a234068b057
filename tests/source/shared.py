"""Variables that cross a room: who assigns them, who reads them. `python -m tests.source.shared` writes the table anew.

A variable crosses a room when a module of another room, or a command, uses it. Settings (`SEAWALL_...`) and variables
from the environment do not count. A record, such as the arguments that arguments.sh has read, is one row: its fields
share one prefix and one writer.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .rules import FUNCTION, ONE_LINER

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "scripts"
TABLE = Path(__file__).with_name("shared.tsv")
MAX_ROWS = 25
"""Rows of the table. Less is better; a new row needs a reason."""
MAX_EAGER = 5
"""Functions that read three or more variables of other files."""
RECORDS = (
    "ANSWER_", "ARGUMENTS_", "BREAKER", "CHOICE_", "CLASS_", "CSV_", "CURL_", "ENGINE_", "FAILURES_",
    "FINDING_", "GIT_", "JUDGE_", "LADDER_", "NETWORK_", "NPM_", "OPTIONS_", "OTHER_", "PIP_", "PLAN",
    "PRIVATE_", "PROCESS_", "RACE_", "READ_ONCE_", "REFERENCE_", "REQUIREMENTS_", "RETRY_AFTER_", "SETTINGS_",
    "SHIMS_", "SPECIFIER_", "STAND_IN_", "STDIN_", "STEP_", "TARGETS_", "WEAVE_",
    "WGET_",
)  # fmt: skip
"""Prefixes whose variables are the fields of one record: one room writes them together."""

ENVIRONMENT = frozenset(
    (
        "APT_CONFIG", "BUILDX_BAKE_FILE", "BUILDX_BUILDER", "BUILDX_CONFIG", "CDPATH", "CI", "CLIENT_CA",
        "CLIENT_SCHEMES", "CLIENT_TIMEOUT", "CLIENT_TRUSTED", "CLIENT_URL", "DEBIAN_FRONTEND", "DOCKER_CONFIG",
        "DOCKER_CONTEXT", "DOCKER_HOST", "GITHUB_ACTIONS", "GITLAB_CI", "GOFLAGS", "GOPROXY", "GOTOOLCHAIN", "HOME",
        "HTTPS_PROXY", "HTTP_PROXY", "IFS", "LANG", "LC_ALL", "NO_COLOR", "NO_PROXY", "PATH", "PIP_CERT",
        "PIP_INDEX_URL", "PPID", "PWD", "SOURCE_DATE_EPOCH", "SSL_CERT_FILE", "TERM", "TMPDIR", "VERSION_CODENAME",
        "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    )
)  # fmt: skip
"""Variables of the shell, of other programs and of /etc/os-release; the kit sets some of them for its children."""
PROCESS = frozenset({"LOG_NAME", "SCRATCH", "SEAWALL_LIB"})
"""Fixed once per process: the command's name, its temporary folder and the folder of the rooms."""

NAME = r"[A-Z][A-Z0-9_]*"
ASSIGNED = re.compile(rf"(?<![\w$/.{{\-])({NAME})=|\$\{{({NAME}):?=")
READ_INTO = re.compile(r"\bread (?:-r )?([^<;|&\n]*)")
LOOP = re.compile(rf"\bfor ({NAME}) in\b")
USED = re.compile(rf"\$\{{?#?({NAME})")
ARITHMETIC = re.compile(r"\$\(\((.*?)\)\)")


@dataclass
class Shared:
    """A variable: the files that assign it, and those that only read it."""

    writers: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)

    @property
    def rooms(self) -> set[str]:
        return {user.rsplit("/", 1)[0] for user in self.writers | self.readers}


def code_of(text: str) -> str:
    """A shell file without comments and without the contents of single quotes, which are for other programs."""
    kept, nesting, at = [], [""], 0
    while at < len(text):
        char = text[at]
        quoted = nesting[-1] == '"'
        if char == "\\":
            kept.append(text[at : at + 2])
            at += 2
            continue
        if char == "'" and not quoted:
            at = text.find("'", at + 1) + 1 or len(text)
            kept.append("''")
            continue
        if char == "#" and not quoted and (at == 0 or text[at - 1] in " \t\n;("):
            at = text.find("\n", at)
            if at < 0:
                break
            continue
        if char == '"':
            if quoted:
                nesting.pop()
            else:
                nesting.append('"')
        elif text.startswith("$(", at) or text.startswith("${", at):
            nesting.append(")" if text[at + 1] == "(" else "}")
            kept.append(text[at : at + 2])
            at += 2
            continue
        elif char == "(" and not quoted:
            nesting.append(")")
        elif char == nesting[-1] and char in ")}":
            nesting.pop()
        kept.append(char)
        at += 1
    return "".join(kept)


def assigned(code: str) -> set[str]:
    """The upper-case variables that this code gives a value."""
    names = {one or other for one, other in ASSIGNED.findall(code)} | set(LOOP.findall(code))
    for words in READ_INTO.findall(code):
        names |= set(re.findall(rf"\b{NAME}\b", words))
    return names


def used(code: str) -> set[str]:
    """The upper-case variables whose value this code takes."""
    names = set(USED.findall(code))
    for expression in ARITHMETIC.findall(code):
        names |= set(re.findall(rf"\b{NAME}\b", expression))
    return names


def counts(name: str) -> bool:
    """Whether a variable is one of the kit's own."""
    return not name.startswith("SEAWALL_") and name not in ENVIRONMENT | PROCESS


def place_of(path: Path, scripts: Path) -> str:
    """`room/module` of a module, `command/NAME` of a command."""
    parts = path.relative_to(scripts).with_suffix("").parts
    return "/".join(parts[1:]) if parts[0] == "lib" else f"command/{parts[-1]}"


def crossing(scripts: Path = SCRIPTS) -> dict[str, Shared]:
    """The variables that more than one room uses; all commands are one room."""
    found: dict[str, Shared] = {}
    for path in sorted(scripts.rglob("*.sh")):
        place, code = place_of(path, scripts), code_of(path.read_text())
        if place in ("load", "host/plugin/plugin"):
            continue
        writes = set(filter(counts, assigned(code)))
        for name in writes:
            found.setdefault(name, Shared()).writers.add(place)
        for name in set(filter(counts, used(code))) - writes:
            found.setdefault(name, Shared()).readers.add(place)
    return {name: shared for name, shared in sorted(found.items()) if shared.writers and len(shared.rooms) > 1}


def functions(text: str) -> dict[str, str]:
    """The functions of a file and their code."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if match := ONE_LINER.match(line):
            found[match[1]] = line
        elif match := FUNCTION.match(line):
            name = match[1]
            found[name] = ""
        elif name and line in ("}", ")"):
            name = ""
        elif name:
            found[name] += line + "\n"
    return {name: code_of(code) for name, code in found.items()}


def eager_functions(scripts: Path = SCRIPTS, at_least: int = 3) -> dict[str, list[str]]:
    """Functions that use so many variables that only other files assign; the fields of one record count as one."""
    owners: dict[str, set[str]] = {}
    texts = {path: path.read_text() for path in sorted(scripts.rglob("*.sh"))}
    for path, text in texts.items():
        for name in filter(counts, assigned(code_of(text))):
            owners.setdefault(name, set()).add(place_of(path, scripts))
    found = {}
    for path, text in texts.items():
        place = place_of(path, scripts)
        for function, code in functions(text).items():
            foreign = {name for name in used(code) if place not in owners.get(name, {place})}
            single = {record_of(name) for name in foreign}
            if len(single) >= at_least:
                found[f"{place}: {function}"] = sorted(single)
    return found


def record_of(name: str) -> str:
    """`PREFIX*` for a field of a record, else the name."""
    return next((f"{prefix}*" for prefix in RECORDS if name.startswith(prefix)), name)


def rows() -> list[list[str]]:
    """The table: name or PREFIX_*, owner, readers, meaning."""
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def generated(found: dict[str, Shared]) -> list[list[str]]:
    """What the table must say of the variables that cross a room, with the records and meanings that it declares."""
    meanings = {name: meaning for name, _, _, meaning in rows()}
    grouped: dict[str, Shared] = {}
    for name, shared in found.items():
        row = grouped.setdefault(record_of(name), Shared())
        row.writers |= shared.writers
        row.readers |= shared.readers
    return [
        [name, " ".join(sorted(row.writers)), " ".join(sorted(row.readers - row.writers)), meanings.get(name, "?")]
        for name, row in sorted(grouped.items())
    ]


if __name__ == "__main__":
    table = generated(crossing())
    TABLE.write_text("# name\towner\treaders\tmeaning\n" + "".join("\t".join(row) + "\n" for row in table))
    sys.exit(any(row[-1] == "?" for row in table))
