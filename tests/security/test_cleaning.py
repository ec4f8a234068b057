"""scripts/clean-caches.sh and what tidies up in a state folder: nothing of a stranger's goes, whatever its name is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run

STRANGERS = (
    "registry/docker/registry/v2/blobs/sha256/ab/abcd/data",
    "registry/docker-1.bak/data",
    "registry/notes.txt",
    "builders/house.dwg",
    "client/letter.txt",
    "client/42",
    "budget/2026/march.ods",
    "stalled/cow.jpg",
    "bases/pgdata-20250101abcd/PG_VERSION",
    "bases/go-builder-20250101abcd/README",
    "bases/mine-0123456789ab/oci-layout",
    "bases/mine-0123456789ab/index.json",
    "bases/mine-0123456789ab/blobs/sha256/x",
    "bases/tool/hammer",
    "engine/data/pistons",
    "engine/tree/branch",
    "events.jsonl",
    "report.json",
)
"""Files of strangers under the names that the kit uses, in a folder that somebody has given as SEAWALL_STATE."""

OURS = {
    "registry/registry-123": "1 ok - 0\n",
    "registry/docker.io+library+alpine:1.digests": "1 sha256:0\n",
    "breaker/pypi-123": "1 ok - 0\n",
    "builders/docker-linux_1.platform": "linux/amd64\n",
    "client/1234567": "",
    f"stalled/{'a' * 64}": "1\n",
    "budget/20260101t000000-1": "12\n",
    "bases/static-0123456789ab/oci-layout": "{}",
    "bases/static-0123456789ab/index.json": "{}",
    "bases/static-0123456789ab/blobs/sha256/x": "",
    "bases/tool/usr/bin/mmdebstrap": "",
    "engine/daemon.json": "{}",
    "engine/data/x": "",
    "engine/tree/.complete": "",
    "events.jsonl": '{"ts":"2026"}\n',
    "report.json": '{"schema":1}\n',
}
GONE = {name for name in OURS if name != "engine/daemon.json"}

DOCKER = """#!/bin/sh
case "$*" in
    version*) echo 28 ;;
    'volume ls'*) cat "$FAKE/volumes" ;;
    'volume rm'*) echo "$3" >>"$FAKE/removed" ;;
esac
"""


def write(folder: Path, files: dict[str, str]) -> None:
    """Makes files with what is in them."""
    for name, text in files.items():
        (path := folder / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def there(folder: Path) -> set[str]:
    """The files in it, by their names from there."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def clean(kit: Path, tmp_path: Path) -> Callable[..., Result]:
    """Calls it for a state folder, or for the default place, on a machine without an engine."""

    def call(state: Path | None, **more: str) -> Result:
        env = clean_environment(tmp_path) | {"DOCKER_HOST": "unix:///nowhere.sock", "SEAWALL_CONF": "/dev/null"} | more
        if state:
            env["SEAWALL_STATE"] = str(state)
        return run([kit / "clean-caches.sh", "--yes"], env=env, cwd=tmp_path)

    return call


def test_folder_without_the_mark_is_left_alone(clean, tmp_path):
    """SEAWALL_STATE=/var/lib by mistake: said once, nothing listed, nothing gone, not even what looks like ours."""
    write(state := tmp_path / "lib", dict.fromkeys(STRANGERS, "mine") | {"registry/registry-123": "", "client/7": ""})
    before = there(state)
    result = clean(state)
    assert (result.rc, there(state)) == (0, before), repr(result)
    assert "does not have the mark" in result.err
    assert "nothing to remove" in result.err


def test_strangers_files_stay_under_names_of_ours(clean, tmp_path):
    """With the mark: what has the form of ours goes, and what only has such a name, or is a link, stays."""
    write(state := tmp_path / "state", OURS | {".seawall-state": ""})
    others = {name: "mine" for name in STRANGERS if not name.startswith(("engine/", "events", "report", "bases/tool"))}
    write(state, others)
    write(far := tmp_path / "far", {"registry-1": "x", "oci-layout": "x", "index.json": "x", "blobs/sha256/x": "x"})
    (state / "registry" / "linked-1").symlink_to(far / "registry-1")
    (state / "bases" / "static-111111111111").symlink_to(far)
    result = clean(state)
    assert result.rc == 0, repr(result)
    assert there(state) - {"registry/linked-1"} == set(others) | {".seawall-state", "engine/daemon.json"}
    assert len(there(far)) == 4


@pytest.mark.parametrize("name", ["registry", "breaker", "bases", "engine"])
def test_linked_folder_is_not_gone_into(clean, tmp_path, name):
    """The folder itself is a link to where others keep theirs."""
    write(state := tmp_path / "state", {".seawall-state": ""})
    write(
        far := tmp_path / "far", {"registry-1": "", "a-1": "", "daemon.json": "{}", "data/x": "", "tree/.complete": ""}
    )
    (state / name).symlink_to(far)
    before = there(far)
    assert clean(state).rc == 0
    assert there(far) == before


def test_default_place_of_ours_needs_no_mark(clean, tmp_path):
    """A state folder that an older version has made there is adopted, and gets the mark."""
    write(state := tmp_path / ".local" / "state" / "seawall", OURS)
    result = clean(None)
    assert (result.rc, there(state)) == (0, (set(OURS) - GONE) | {".seawall-state"}), repr(result)


def test_number_of_a_run_that_another_process_has_keeps_nothing(clean, tmp_path):
    """A run of last year with the number of a process of today is over; one that began with its process lives."""
    (tmp_path / "bin").mkdir()
    (docker := tmp_path / "bin" / "docker").write_text(DOCKER)
    docker.chmod(0o755)
    write(state := tmp_path / "state", {".seawall-state": ""})
    process = subprocess.Popen(["tail", "-f", "/dev/null"])
    try:
        now = time.strftime("%Y%m%dt%H%M%S", time.gmtime())
        runs = [f"20250101t000000-{process.pid}", f"{now}-{process.pid}", "20250101t000000-4194304", "x-1;y"]
        (tmp_path / "volumes").write_text("".join(f"v{n}\tv{n}\t{name}\n" for n, name in enumerate(runs)))
        env = {"PATH": f"{docker.parent}:{clean_environment()['PATH']}", "FAKE": str(tmp_path)}
        result = clean(state, **env)
        assert result.rc == 0, repr(result)
        assert (tmp_path / "removed").read_text().split() == ["v0", "v2", "v3"]
    finally:
        process.kill()
        process.wait()


SOURCED = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine host/bases host/engine host/upkeep
LOG_NAME=t SCRATCH=.
"""


def test_scratch_of_killed_runs_is_listed_and_removed(sh, tmp_path):
    """What is named as a scratch folder; a name of another form or a link is not."""
    (tmp_path / "seawall.12.345").mkdir()
    (tmp_path / "seawall.12.345" / "seawall.conf").write_text("a password")
    (tmp_path / "other").mkdir()
    (tmp_path / "seawall.12.346").symlink_to(tmp_path / "other")
    script = (
        SOURCED
        + """
HERE=$1
scratch_list_dead() {
    printf '%s\\n' "$HERE/seawall.12.345" "$HERE/other" "$HERE/seawall.12.346" "$HERE/seawall.12.347"
}
holdings__scratch >rows
while IFS='	' read -r kind name bytes used whose id; do
    holdings_remove "$kind" "$id"
    printf '%s %s\\n' "$kind" "$name"
done <rows
"""
    )
    result = sh(script, str(tmp_path), cwd=tmp_path)
    assert (result.rc, result.out) == (0, "scratch seawall.12.345\n"), repr(result)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["other", "seawall.12.346"]


def test_bound_on_bases_spares_what_is_no_base(kit, tmp_path):
    """Folders of a stranger with such names are not old bases."""
    write(tmp_path, {f"pgdata-20250101ab{n}/PG_VERSION": "mine" for n in range(10, 30)})
    for path in tmp_path.iterdir():
        subprocess.run(["touch", "-d", "3 days ago", path], check=True)
    env = clean_environment(tmp_path) | {"SEAWALL_LIB": str(kit / "lib"), "BASES_HOME": str(tmp_path)}
    result = run(["dash", "-euc", f"{SOURCED}\nbases__bound"], env=env, cwd=tmp_path)
    assert (result.rc, len(there(tmp_path))) == (0, 20), repr(result)
