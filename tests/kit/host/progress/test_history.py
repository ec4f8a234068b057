"""scripts/lib/host/progress/history.sh: the log of a build that cannot be captured. `docker` is a fake."""

from __future__ import annotations

import pytest

SCRIPT = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/engine
load host/builders host/progress
SCRATCH=$PWD/scratch BUILD_PROGRESS=$PWD/scratch/$1
docker() { printf '#1 [1/2] FROM x\\n#1 DONE\\n#2 [2/2] RUN y\\n#2 ERROR: of %s\\n' "$4"; }
history_begin
printf '%s\\n' "${BUILD_REFS:+folder}"
[ -z "$BUILD_REFS" ] || { mkdir -p "$BUILD_REFS/b/n" && : >"$BUILD_REFS/b/n/id1" && : >"$SCRATCH/buildx/.buildNodeID"; }
history_end "$2"
[ ! -e "$BUILD_PROGRESS" ] || history_failing_step
"""


@pytest.fixture
def build(sh, tmp_path):
    """One build whose plain progress goes to `file` and that ends with `status`; what the kit then knows of it."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "buildx" / "refs").mkdir(parents=True)
    (tmp_path / "buildx" / "current").write_text("chosen builder")

    def call(file: str, status: int) -> list[str]:
        result = sh(SCRIPT, file, str(status), env={"BUILDX_CONFIG": str(tmp_path / "buildx")}, cwd=tmp_path)
        assert (result.rc, result.err) == (0, ""), repr(result)
        return result.out.splitlines()

    return call


def test_captured_output_needs_no_history(build, tmp_path):
    """In CI buildx's own output is enough: its folder is not touched."""
    assert build("output", 1) == [""]
    assert not (tmp_path / "scratch" / "buildx").exists()


def test_failing_step_of_a_terminal_comes_from_the_builder(build, tmp_path):
    """On a terminal the error is found in the builder's history, and the record ends where buildx expects it."""
    assert build("progress", 1) == ["folder", "#2 [2/2] RUN y", "#2 ERROR: of id1"]
    assert (tmp_path / "buildx" / "refs" / "b" / "n" / "id1").exists()
    assert (tmp_path / "buildx" / ".buildNodeID").exists()


def test_good_build_asks_nothing(build, tmp_path):
    """A build that succeeded costs no second call of docker; buildx's own files are reached through links."""
    assert build("progress", 0) == ["folder"]
    assert (tmp_path / "scratch" / "buildx" / "current").read_text() == "chosen builder"
