"""scripts/lib/base/state.sh: the state folder.

Choice: ladder/breaker.bats; other users: tests/security/test_state.py.
"""

from __future__ import annotations

import os
import time

LOAD = '. "$SEAWALL_LIB/load.sh"; load base; LOG_NAME=t SCRATCH=$1\n'


def test_folders_are_private_and_in_the_state_folder(sh, tmp_path):
    """A new state folder carries the mark, and it and its folders have mode 700; without one they are in SCRATCH."""
    script = 'state_folder breaker; state_use "$1/new" ""; state_folder breaker; ls -A "$STATE"'
    result = sh(LOAD + script, str(tmp_path))
    lines = [f"{tmp_path}/state/breaker", f"{tmp_path}/new/breaker", ".seawall-state", "breaker"]
    assert (result.out.splitlines(), result.err) == (lines, "")
    assert {(tmp_path / "new" / name).stat().st_mode & 0o777 for name in ("", "breaker")} == {0o700}


def test_only_old_files_of_a_state_folder_are_forgotten(sh, tmp_path):
    """Files that were written a day ago go, newer and hidden ones stay; a folder without the mark is not touched."""
    for state in ("ours", "other"):
        (tmp_path / state / "budget").mkdir(parents=True)
        (tmp_path / state / "budget").chmod(0o700)
        for name, age in {"new": 0, "old": 90000, ".hidden": 90000}.items():
            file = tmp_path / state / "budget" / name
            file.touch()
            os.utime(file, (time.time() - age,) * 2)
    (tmp_path / "ours" / ".seawall-state").touch()
    script = 'for STATE in "$1/ours" "$1/other"; do state_forget budget 86400; ls -A "$STATE/budget"; done'
    names = [".hidden", "new", ".hidden", "new", "old"]
    assert sh(LOAD + script, str(tmp_path), env={"LC_ALL": "C"}).out.split() == names
