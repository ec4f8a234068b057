"""scripts/lib/host/lock.sh: one holder at a time, and a dead one is noticed."""

from __future__ import annotations

import subprocess

LOCK = 'for module in clock host/lock; do . "$LIB/$module.sh"; done\n'


def test_second_holder_waits_in_vain_while_the_first_lives(sh, tmp_path):
    name = tmp_path / "thing"
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as living:
        (tmp_path / "thing.lock").mkdir()
        (tmp_path / "thing.lock" / "pid").write_text(f"{living.pid}\n")
        result = sh(LOCK + 'lock_take "$1" 1 && echo taken || echo refused', str(name))
        living.communicate()
    assert result.out == "refused\n"
    assert (tmp_path / "thing.lock" / "pid").read_text() == f"{living.pid}\n"


def test_lock_of_a_dead_holder_is_broken(sh, tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    (tmp_path / "thing.lock").mkdir()
    (tmp_path / "thing.lock" / "pid").write_text(f"{dead.pid}\n")
    result = sh(LOCK + 'lock_take "$1" 5 && cat "$1.lock/pid"; printf "%s\\n" "$$"; lock_drop', str(tmp_path / "thing"))
    holder, own = result.out.split()
    assert holder == own
    assert list(tmp_path.glob("thing*")) == []


def test_drop_without_a_lock_does_nothing(sh):
    assert sh(LOCK + "lock_drop").rc == 0


def test_folder_above_is_made(sh, tmp_path):
    result = sh(LOCK + 'lock_take "$1" 1; lock_drop', str(tmp_path / "new" / "thing"))
    assert result.rc == 0, repr(result)
    assert list((tmp_path / "new").iterdir()) == []
