"""scripts/lib/host/machine/disk.sh: free space is checked where the work will be done, by a fake df with 20 MB."""

from __future__ import annotations

import pytest

PRELUDE = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine
LOG_NAME=t
df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/x 9 9 20000 99%% /\\n'; }
"""


def test_too_little_room_is_73_and_says_how_much(sh, tmp_path):
    """The folder need not exist yet; nothing is created by the check."""
    result = sh(PRELUDE + 'disk_check "$1" 21 " or move"', f"{tmp_path}/not/yet")
    wanted = f"t: error: wanted 21 MB free for {tmp_path}/not/yet, saw 20 MB: make room or move\n"
    assert (result.rc, result.err) == (73, wanted), repr(result)
    assert list(tmp_path.iterdir()) == []
    assert sh(PRELUDE + 'disk_check "$1" 20 ""', str(tmp_path)).rc == 0


@pytest.mark.parametrize(
    ("builder", "host", "code"),
    [
        ("", "unix:///run/seawall-abcde/docker.sock", 73),
        ("remote", "unix:///run/seawall-abcde/docker.sock", 0),
        ("", "tcp://192.0.2.1:2375", 0),
    ],
    ids=["private", "another-builder", "another-machine"],
)
def test_engine_of_this_machine_needs_room(sh, tmp_path, builder, host, code):
    """No build begins with less than 100 MB where its engine keeps its data; a far engine's disk is unknown."""
    (tmp_path / "engine" / "data").mkdir(parents=True)
    env = {"BUILDX_BUILDER": builder, "DOCKER_HOST": host, "SEAWALL_STATE": str(tmp_path)}
    assert sh(PRELUDE + "disk_check_engine", env=env).rc == code
