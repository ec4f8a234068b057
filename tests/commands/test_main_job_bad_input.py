"""Bad input of the main job: one line that says what was wanted, the right code, nothing left behind."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run

LEFT_BEHIND = ("/dev/shm", "/tmp")  # noqa: S108 # where a scratch folder would be
ENDING_S = 60  # a command of another worker that is being ended removes its folder within this time


def scratch_folders() -> set[Path]:
    return {path for place in LEFT_BEHIND for path in Path(place).glob("seawall.*")}


def abandoned(path: Path) -> bool:
    """Whether a scratch folder, seawall.PID.STARTED, outlived its process."""
    return path.exists() and not Path("/proc", path.name.split(".")[1]).exists()


def left_for_good(new: set[Path]) -> set[Path]:
    """The new scratch folders that stay although no process owns them any more."""
    deadline = time.monotonic() + ENDING_S
    while (new := {path for path in new if abandoned(path)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return new


@pytest.fixture
def job(kit: Path, tmp_path: Path):
    """Calls the main job with a state folder of this test; asserts that it leaves nothing."""

    def call(*words: str, **variables: str) -> Result:
        before = scratch_folders()
        env = clean_environment(tmp_path) | {"SEAWALL_STATE": str(tmp_path / "state")} | variables
        result = run([kit / "test-docker-build.sh", *words], env=env)
        assert not left_for_good(scratch_folders() - before)
        assert not (tmp_path / "state").exists()
        return result

    return call


def fake_docker(folder: Path, script: str) -> str:
    """Returns a PATH whose docker is this script, for clients that are not available here."""
    folder.mkdir()
    (folder / "docker").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "docker").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("words", "variables", "code", "said"),
    [
        (["--frobnicate"], {}, 64, "unknown option --frobnicate"),
        (["--service", "nope"], {}, 64, "unknown service 'nope'"),
        (["--service"], {}, 64, "--service wants a value"),
        (["--keep=yes"], {}, 64, "--keep takes no value"),
        (["--attempts", "0"], {}, 64, "a number from 1 to 10, saw '0'"),
        (["--attempts=eleven"], {}, 64, "a number from 1 to 10, saw 'eleven'"),
        ([], {"SEAWALL_BUDGET": "many"}, 78, "SEAWALL_BUDGET: wanted a whole number, saw 'many'"),
        ([], {"SEAWALL_CONF": "/nonexistent.conf"}, 78, "saw '/nonexistent.conf'"),
        ([], {"DOCKER_HOST": "unix:///nonexistent.sock"}, 71, "an engine at unix:///nonexistent.sock, no answer"),
    ],
    ids=[
        "unknown-option", "unknown-service", "missing-value", "unwanted-value", "no-attempts", "attempts-not-a-number",
        "setting-wrong", "settings-file-gone", "dead-docker-host",
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_its_code(job, words, variables, code, said):
    """A wrong option, setting or engine address ends with its own code and one line, and leaves no files."""
    result = job(*words, **variables)
    assert (result.rc, result.out) == (code, "")
    assert result.err.count("\n") == 1
    assert said in result.err


def test_wrong_setting_is_reported_with_file_and_line(job, tmp_path):
    """An unknown setting in a settings file ends with code 78; the message has the file and the line."""
    conf = tmp_path / "my.conf"
    conf.write_text("# mine\nSEAWALL_BUDGT=3\n")
    result = job(SEAWALL_CONF=str(conf))
    assert result.rc == 78
    assert f"{conf}:2: unknown setting 'SEAWALL_BUDGT'" in result.err


def test_client_without_buildx_is_refused(job, tmp_path):
    """A docker client without buildx ends with code 71, and the message names the plugin."""
    path = fake_docker(tmp_path / "bin", 'case $1 in version) echo 28.0.0 ;; *) exit 1 ;; esac')  # fmt: skip
    result = job("--report", str(tmp_path / "report"), PATH=path)
    assert result.rc == 71
    assert "wanted the buildx plugin" in result.err


def test_old_engine_is_refused(job, tmp_path):
    """An engine before Docker 24 ends with code 71; the message has the required and the found version."""
    path = fake_docker(tmp_path / "bin", "echo 20.10.24+dfsg1")
    result = job("--report", str(tmp_path / "report"), PATH=path)
    assert result.rc == 71
    assert "wanted Docker 24 or newer, saw 20.10.24" in result.err


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root may")
def test_no_root_and_no_engine_says_what_to_install(kit, tmp_path):
    """A user without root and without an engine gets code 71 and the names of the packages to install."""
    copy = tmp_path / "copy"
    shutil.copytree(kit.parent, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".tox", "report"))
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    path = fake_docker(tmp_path / "bin", "exit 1")
    env = clean_environment("/nonexistent") | {"PATH": path}
    setpriv = ["setpriv", "--reuid", "65534", "--clear-groups"]
    result = run([*setpriv, copy / "scripts" / "test-docker-build.sh"], env=env)
    assert (result.rc, result.err.count("\n")) == (71, 1), repr(result)
    assert "install docker.io and docker-buildx" in result.err


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")
def test_full_disk_is_seen_before_anything_is_written(kit, tmp_path):
    """A disk without enough space ends with code 73 before anything is written to it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    job = kit / "test-docker-build.sh"
    inside = f'mount -t tmpfs -o size=20m tmpfs "{disk}" && "{job}"; code=$?; ls "{disk}"; exit $code'
    path = fake_docker(tmp_path / "bin", "exit 1")
    env = clean_environment(tmp_path) | {"SEAWALL_STATE": str(disk / "state"), "PATH": path}
    result = run(["unshare", "--mount", "sh", "-c", inside], env=env)
    assert (result.rc, result.out, result.err.count("\n")) == (73, "", 1), repr(result)
    assert f"MB free for {disk}" in result.err


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")
def test_read_only_checkout_is_refused_with_a_way_out(kit, tmp_path):
    """A read-only checkout ends with code 73 and the option that helps."""
    repo = kit.parent
    inside = f'mount --bind "{repo}" "{repo}" && mount -o remount,ro,bind "{repo}" && "{kit}/test-docker-build.sh"'
    path = fake_docker(tmp_path / "bin", "exit 1")
    env = clean_environment(tmp_path) | {"SEAWALL_STATE": str(tmp_path / "state"), "PATH": path}
    result = run(["unshare", "--mount", "sh", "-c", inside], env=env)
    assert (result.rc, result.out, result.err.count("\n")) == (73, "", 1), repr(result)
    assert "give another --report" in result.err
    assert not (tmp_path / "state").exists()
