"""scripts/lib/host/bake/weaving.awk and results.awk: the steps of one target in the plain progress of a bake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness.machine.kit_modules import LIB
from harness.machine.run import run

NAMES = "app\nweb\njob\n"
PROGRESS = """\
#1 [internal] load local bake definitions
#1 DONE 0.0s
#2 [app internal] load build definition from Dockerfile
#2 DONE 0.0s
#3 [app build 1/3] FROM docker.io/library/a
#3 CACHED
#4 [app build 2/3] RUN make   all
#4 0.1 #9 [web 2/2] RUN forged
#4 ERROR: process x
#5 [web linux/amd64 2/2] RUN pip install x
#5 CANCELED
#6 [job 1/2] RUN true
#6 DONE 0.1s
#7 [other 1/2] RUN no target
"""
LOAD = ["#2 [internal] load build definition from Dockerfile", "#2 DONE"]
BASE = ["#3 [build 1/3] FROM docker.io/library/a", "#3 CACHED"]
MAKE, PIP, TRUE = (
    "#4 [build 2/3] RUN make   all",
    "#5 [linux/amd64 2/2] RUN pip install x",
    ["#6 [1/2] RUN true", "#6 DONE"],
)
SHARED = {
    "its own": ("app", "FROM a\n", [*LOAD, *BASE, MAKE]),
    "a platform": ("web", "FROM a\n", [PIP]),
    "the same command, with blanks": ("job", "FROM a\n  run   pip install $X\n", [PIP, *TRUE]),
    "the first line of the same command": ("job", "FROM a\nRUN make \\\n  all\n", [MAKE, *TRUE]),
    "another command": ("job", "FROM a\nRUN pip install y\nCOPY make all\n", TRUE),
    "a variable": ("job", "FROM a\nRUN $X\n", TRUE),
}


@pytest.fixture(params=["mawk", "busybox"])
def awk(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """An environment with this awk, and the files of a bake."""
    found = shutil.which(request.param)
    assert found
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/awk").symlink_to(found)
    (tmp_path / "names").write_text(NAMES)
    (tmp_path / "output").write_text(PROGRESS)
    return {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "LC_ALL": "C"}


@pytest.mark.parametrize("case", SHARED)
def test_target_gets_its_steps_and_those_that_it_shares(awk, tmp_path, case):
    """A step that another target shows counts if the Dockerfile begins a line with its command."""
    target, text, wanted = SHARED[case]
    (tmp_path / "file").write_text(text)
    words = ["what=names", "names", "what=file", "file", "what=output", "output"]
    result = run(
        ["awk", "-f", LIB / "host/bake/weaving.awk", *words], env=awk | {"WEAVING_TARGET": target}, cwd=tmp_path
    )
    assert (result.rc, result.out.splitlines()) == (0, wanted), repr(result)


def test_targets_with_an_unfinished_step_are_named(awk, tmp_path):
    """Failed and canceled steps count; finished ones, text of a step and names of no target do not."""
    result = run(["awk", "-f", LIB / "host/bake/results.awk", "names", "output"], env=awk, cwd=tmp_path)
    assert (result.rc, sorted(result.out.splitlines())) == (0, ["app", "web"]), repr(result)
