"""The coverage tool for shell code: its parser, its replacement of /bin/sh, its counts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from harness.pytest import shell_coverage
from harness.pytest.shell_coverage import WANTED, Command, Covered, commands_of, covered, spans, stand_ins

SCRIPT = """#!/bin/sh
# A comment.
say() {
	local word
	word=$1
	printf '%s\\n' "$word" \\
		"$(printf more)"
}
if [ "${1:-}" = loud ]; then
	say LOUD
else
	(
		set -e
		say quiet
	)
fi
case ${1:-} in
	never) say never ;;
esac
"""


def test_simple_commands_count_and_syntax_does_not():
    counted = [command.first for command in commands_of(SCRIPT)]
    assert counted == [4, 5, 6, 9, 10, 13, 14, 18]
    assert Command(6, 7) in commands_of(SCRIPT)


def test_text_that_is_no_shell_is_told():
    with pytest.raises(subprocess.CalledProcessError):
        commands_of("if true; then\n")


@pytest.mark.parametrize(("word", "missed"), [("", (10, 18)), ("loud", (13, 14, 18)), ("never", (10,))])
def test_lines_that_ran_are_those_of_the_trace(tmp_path: Path, word: str, missed: tuple[int, ...]):
    kit, folder = tmp_path / "kit", tmp_path / "traced"
    kit.mkdir()
    (kit / "one.sh").write_text(SCRIPT)
    stand_ins(folder)
    plain = subprocess.run(["sh", kit / "one.sh", word], capture_output=True, check=True)
    traced = subprocess.run([folder / "sh", kit / "one.sh", word], capture_output=True, check=True)
    assert (traced.stdout, traced.stderr) == (plain.stdout, plain.stderr)
    (file,) = covered(kit, folder)
    assert (file.path, file.commands, file.missed) == ("one.sh", 8, missed)
    assert file.ran == 8 - len(missed)


def test_trace_goes_on_in_modules_and_in_shells_of_busybox(tmp_path: Path):
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "module.sh").write_text("module_do() {\n\tMODULE=done\n}\n")
    (tmp_path / "kit" / "one.sh").write_text('. "${0%/*}/module.sh"\nmodule_do\n')
    stand_ins(tmp_path / "folder")
    subprocess.run([tmp_path / "folder" / "busybox", "ash", tmp_path / "kit" / "one.sh"], check=True)
    assert [(file.path, file.missed) for file in covered(tmp_path / "kit", tmp_path / "folder")] == [
        ("module.sh", ()),
        ("one.sh", ()),
    ]
    other = subprocess.run([tmp_path / "folder" / "busybox", "echo", "a"], capture_output=True, text=True, check=True)
    assert other.stdout == "a\n"


def test_lines_are_written_as_spans():
    assert spans([3, 4, 5, 9]) == "3-5, 9"
    assert spans([]) == ""


@pytest.mark.parametrize(
    ("missed", "run", "code"),
    [(100 - WANTED, 0, 0), (101 - WANTED, 0, 1), (0, 1, 1)],
    ids=["as much as wanted", "one command less", "a test failed"],
)
def test_too_little_fails(monkeypatch, capsys, missed: int, run: int, code: int):
    """The command ends with 1 below the figure, and where one of its tests failed; the table says what was wanted."""
    files = [Covered("one.sh", 60, ()), Covered("two.sh", 40, tuple(range(missed)))]
    fake = subprocess.CompletedProcess(["pytest"], run, stdout="what pytest said")
    monkeypatch.setattr(shell_coverage, "stand_ins", lambda folder: {})
    monkeypatch.setattr(shell_coverage, "traced", lambda folder, mounts, lane: [fake])
    monkeypatch.setattr(shell_coverage, "covered", lambda kit, folder: files)
    assert shell_coverage.main(["any"]) == code
    assert f"wanted {WANTED} %" in capsys.readouterr().out.splitlines()[-1]


def test_figure_is_written_down_and_the_nightly_run_fails_below_it():
    """CONTRIBUTING.md names the figure, and the nightly run takes the exit code."""
    repository = Path(__file__).resolve().parents[2]
    assert f"at least {WANTED} %" in " ".join((repository / "CONTRIBUTING.md").read_text().split())
    nightly = (repository / ".github" / "workflows" / "nightly.yml").read_text()
    assert [line for line in nightly.splitlines() if "run coverage" in line] == [
        "        run: sudo --preserve-env=CI,PATH ./tests/run coverage"
    ]
    assert "continue-on-error" not in nightly
