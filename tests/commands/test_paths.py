"""Every command works whichever way a caller names its file."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
COMMANDS = sorted(path.relative_to(SCRIPTS).as_posix() for path in [*SCRIPTS.glob("*.sh"), *SCRIPTS.glob("stage/*.sh")])


@pytest.fixture(scope="module")
def odd_kit(tmp_path_factory) -> Path:
    """A copy of the kit below a folder whose name a shell would split or unquote."""
    kit = tmp_path_factory.mktemp("kit") / "a b'c\"d $e *" / "scripts"
    shutil.copytree(SCRIPTS, kit)
    return kit


@pytest.mark.parametrize("command", COMMANDS)
def test_command_finds_its_modules(command, odd_kit, tmp_path):
    """`--help` prints the same text by absolute or relative path, through links, by `sh x.sh`, with CDPATH set."""
    file, name = odd_kit / command, Path(command).name
    (linked := tmp_path / "linked").symlink_to(file)
    (tmp_path / "relative").symlink_to(os.path.relpath(file, tmp_path))
    (tmp_path / "again").symlink_to("linked")
    (tmp_path / "folder").symlink_to(file.parent)
    (tmp_path / "lib").mkdir()  # CDPATH must not lead here
    ways = {
        "absolute": (["sh", file], "/"),
        "executable": ([file], tmp_path),
        "relative": (["sh", os.path.relpath(file, tmp_path)], tmp_path),
        "name alone": (["sh", name], file.parent),
        "dot": (["sh", f"./{name}"], file.parent),
        "link": ([linked], "/"),
        "relative link": (["./relative"], tmp_path),
        "link to a link": (["sh", "again"], tmp_path),
        "linked folder": ([tmp_path / "folder" / name], "/"),
    }
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CDPATH": f"{tmp_path}:{odd_kit}", "HOME": str(tmp_path)}
    said = {
        way: subprocess.run([*words, "--help"], cwd=cwd, env=env, capture_output=True, text=True, check=False)
        for way, (words, cwd) in ways.items()
    }
    assert {way: (done.returncode, done.stderr) for way, done in said.items()} == dict.fromkeys(ways, (0, ""))
    assert {done.stdout for done in said.values()} == {said["absolute"].stdout}
    assert said["absolute"].stdout.startswith(name)


@pytest.mark.parametrize("shell", ["dash", "busybox ash", "bash --posix", "mksh", "yash"])
def test_command_that_changes_folders_still_finds_its_tables(shell, kit, tmp_path):
    """go-modules.sh --dir, called by a relative path, classifies a failure and ends with the code of its class."""
    app = tmp_path / "app"
    app.mkdir()
    (app / "go.mod").write_text("no module file\n")
    done = subprocess.run(
        [*shell.split(), os.path.relpath(kit / "stage" / "go-modules.sh", tmp_path), "--dir", "app"],
        cwd=tmp_path, env=os.environ | {"SEAWALL_GO_PROXIES": "http://127.0.0.1:9", "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "parameter not set" not in done.stderr
    assert "classes.tsv" not in done.stderr
