"""The source keeps the rules of the house, and each rule catches what it is for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from . import rules

REPOSITORY = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows or would know."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for name in names if (path := REPOSITORY / name).is_file()]


def kind_of(path: Path) -> str:
    """Command, module or python."""
    if path.suffix == ".py":
        return "python"
    return "module" if path.is_relative_to(REPOSITORY / "scripts" / "lib") else "command"


def findings(check, paths) -> list[str]:
    return [f"{path.relative_to(REPOSITORY)}:{found}" for path in paths for found in check(path, path.read_text())]


SHELL = tracked("scripts/*.sh")
SOURCES = [*SHELL, *tracked("*.py")]
TEXTS = [path for path in tracked() if path.suffix not in {".sum", ".lock"} and b"\0" not in path.read_bytes()[:1024]]


@pytest.mark.parametrize(
    ("check", "paths"),
    [
        (lambda _, text: rules.long_functions(text), SHELL),
        (lambda path, text: rules.too_long(text, kind_of(path)), SOURCES),
        (lambda path, text: rules.forbidden_words(text, path.name), SHELL),
        (lambda path, text: rules.wrong_form(path, text, kind_of(path)), SHELL),
        (lambda _, text: rules.named_hosts(text), TEXTS),
        (lambda _, text: rules.machine_paths(text), TEXTS),
    ],
    ids=["function-length", "file-length", "portable-words", "form", "no-registry-hosts", "no-machine-paths"],
)
def test_source_keeps_the_rule(check, paths):
    assert len(paths) > 20
    assert findings(check, paths) == []


# What each rule catches, and what it lets pass.
LONG = "one_two() {\n" + "\t:\n" * rules.LONGEST_FUNCTION + "}\n"


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (rules.long_functions(LONG), "1: wanted at most 40 lines, saw one_two with 42"),
        (rules.too_long("\n" * 151, "module"), "151: wanted at most 150 lines, saw 151"),
        (rules.forbidden_words("\techo hi\n", "x.sh"), "1: wanted printf, not echo, saw echo hi"),
        (rules.forbidden_words("local a=$(b)\n", "x.sh"), "1: wanted `local x` on a line of its own, saw local a=$(b)"),
        (rules.forbidden_words("x=$RANDOM\n", "x.sh"), "1: wanted /dev/urandom through od, saw x=$RANDOM"),
        (rules.forbidden_words("date +%s%N\n", "x.sh"), "1: wanted whole seconds, saw date +%s%N"),
        (rules.forbidden_words("if [[ a ]]; then\n", "x.sh"), "1: wanted [ ... ], saw if [[ a ]]; then"),
        (rules.forbidden_words("function a {\n", "x.sh"), "1: wanted name() {, saw function a {"),
        (rules.forbidden_words("do sleep 1\n", "x.sh"), "1: wanted clock_sleep, saw do sleep 1"),
        (
            rules.forbidden_words('a >>"$F" 2>/dev/null\n', "x.sh"),
            '1: wanted 2>/dev/null before the file, whose failure the shell tells, saw a >>"$F" 2>/dev/null',
        ),
        (rules.named_hosts("see py" + "pi.org\n"), "1: wanted `default`, saw py" + "pi.org"),
        (rules.machine_paths("cd /ho" + "me/joe/x\n"), "1: wanted no path of a machine, saw /ho" + "me/joe/"),
    ],
    ids=[
        "function-length", "file-length", "echo", "local", "random", "nanoseconds", "double-bracket", "function",
        "sleep", "order", "host", "path",
    ],
)  # fmt: skip
def test_rule_catches_what_it_is_for(found, what):
    assert found == [what]


def test_form_of_a_command_is_checked(tmp_path):
    file = tmp_path / "do-it.sh"
    file.write_text("#!/bin/bash\n# does it\n")
    assert len(rules.wrong_form(file, file.read_text(), "command")) == 3
    file.chmod(0o755)
    assert rules.wrong_form(file, file.read_text(), "module") == [
        "1: wanted a header comment, saw #!/bin/bash",
        "1: wanted mode 644, saw it executable",
    ]


def test_rules_let_comments_and_good_lines_pass():
    assert rules.forbidden_words("# echo $RANDOM\nlocal a\na=$(b)\nprintf 'echo'\nclock_sleep 1\n", "x.sh") == []
