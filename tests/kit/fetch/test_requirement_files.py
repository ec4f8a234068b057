"""scripts/lib/fetch/requirement-files.sh: entries of requirements files.

Odd files: tests/security/test_requirement_forms.py.
"""

from __future__ import annotations

LOAD = """. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch; set -f
visit() { printf '%s|' "$@"; echo; [ "$1:${2:-}" != option:requirement ] || requirement_files_read "$5" "$3" file; }
requirement_files_begin visit
"""
REQUIREMENTS = """# all
idna==3.10  # why
flask \\
  ==3 \\
  --hash=sha256:00
--index-url https://a/simple --pre
-r more/deep.txt
"""


def test_entries_come_in_order(sh, tmp_path):
    """Comments go, continued lines are joined, and an included file is read relative to the including one."""
    (tmp_path / "more").mkdir()
    (tmp_path / "all.txt").write_text(REQUIREMENTS)
    (tmp_path / "more" / "deep.txt").write_text("-c pins.txt\nattrs")
    result = sh(
        LOAD + 'requirement_files_read "$1" all.txt file; requirement_files_read "$1" none.txt file', f"{tmp_path}/"
    )
    assert result.out.replace(str(tmp_path), "").splitlines() == [
        "requirement|idna==3.10 |", "requirement|flask   ==3   --hash=sha256:00|",
        "option|index-url|https://a/simple|file|/|", "option|pre||file|/|",
        "option|requirement|more/deep.txt|file|/|", "option|constraint|pins.txt|file|/more/|", "requirement|attrs|",
    ]  # fmt: skip


def test_constraints_are_no_requirements(sh, tmp_path):
    """The entries of a constraints file are told apart from requirements."""
    (tmp_path / "pins.txt").write_text("idna==3\n--pre\n")
    assert sh(LOAD + 'requirement_files_read "$1" pins.txt constraint', f"{tmp_path}/").out == (
        f"constraint|idna==3|\noption|pre||constraint|{tmp_path}/|\n"
    )


def test_input_beyond_the_limits_is_unclear(sh, tmp_path):
    """A URL, a file with NUL bytes, a large file, or a file that includes itself without end is not trusted."""
    (tmp_path / "nul.txt").write_bytes(b"idna==3\0\n")
    (tmp_path / "large.txt").write_text("#" * 101)
    (tmp_path / "loop.txt").write_text("-r loop.txt\n")
    script = """REQUIREMENT_FILES_MAX_BYTES=100 REQUIREMENT_FILES_MAX_DEPTH=3
    for file in https://a/x nul.txt large.txt loop.txt; do requirement_files_read "$1" "$file" file; done"""
    lines = sh(LOAD + script, f"{tmp_path}/").out.splitlines()
    assert [line for line in lines if "loop" not in line] == ["unclear|"] * 4
    assert len(lines) == 7
