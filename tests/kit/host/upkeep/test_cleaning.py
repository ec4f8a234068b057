"""scripts/lib/host/upkeep/cleaning.sh: which rows --keep and --older-than choose, and how the choice is shown."""

from __future__ import annotations

import pytest

NOW = 1_000_000
ROWS = [
    ("memory", "registry", 10, NOW - 5, "ours", "r"),
    ("base", "go", 100, NOW - 50, "ours", "g"),
    ("base", "py", 200, NOW - 500, "ours", "p"),
    ("build-cache", "of all builds", 900, 0, "others", "all"),
]
SCRIPT = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine host/bases host/engine host/upkeep
SCRATCH=$PWD
clock_now() { printf '1000000\\n'; }
cleaning_choose "$1" "$2"
cut -f 6 chosen.tsv
cleaning_total
cleaning_show >shown
"""


@pytest.mark.parametrize(
    ("keep", "age", "chosen", "total"),
    [
        ("0", "0", ["r", "g", "p", "all"], "1210"),
        ("110", "0", ["p", "all"], "1100"),
        ("50", "0", ["g", "p", "all"], "1200"),
        ("0", "100", ["p", "all"], "1100"),
        ("50", "100", ["p", "all"], "1100"),
    ],
    ids=["all", "keeps-the-newest-that-fit", "keeps-one", "keeps-the-recent", "either-limit-keeps"],
)
def test_limits_choose_rows(sh, tmp_path, keep, age, chosen, total):
    """The most recently used stay up to the size, those used lately stay; the build cache is cut by the builder."""
    (tmp_path / "holdings.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in ROWS))
    result = sh(SCRIPT, keep, age, cwd=tmp_path)
    assert (result.rc, sorted(result.out.split())) == (0, sorted([*chosen, total])), repr(result)
    shown = (tmp_path / "shown").read_text().splitlines()
    assert [line.split()[0] for line in shown] == ["kind", "memory", "base", "base", "build-cache", "to"]
    assert [line.endswith(("remove", "remove (shared)")) for line in shown[1:-1]] == [row[-1] in chosen for row in ROWS]
