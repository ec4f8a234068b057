"""Calls of curl and wget with several URLs in a woven step: each URL has its own attempts and its own mirror."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from harness.builds.woven_step import Step
from harness.machine.run import clean_environment, run
from harness.sites.artifacts import noise
from harness.wire.loopback import named, upstream

FILE = noise(200_000)
SCRIPT = b"printf 'first\\n'\n" + b"# filler\n" * 2000 + b"printf 'last\\n'\n"
ROUTES = {"/a/file.bin": FILE, "/a/run.sh": SCRIPT, "/a/text": b"good\n"}
CALLS = {"curl": ["curl", "-fsSLOO"], "wget": ["wget", "-q"], "a wget that talks": ["wget"], "busybox": ["wget", "-q"]}


@pytest.mark.parametrize("call", CALLS)
def test_each_url_of_a_call_has_its_own_attempts(step: Step, tmp_path: Path, call: str):
    """One host is down for good, the other breaks off once: the plain call lacks a file, the shim gets both."""
    if call == "busybox":
        (step.bin / "wget").symlink_to("/usr/bin/busybox")
    bare = clean_environment(step.home)
    bare |= {"PATH": f"{step.bin}:{bare['PATH']}"}
    (plain := tmp_path / "plain").mkdir()
    (woven := tmp_path / "woven").mkdir()
    with upstream(ROUTES, "503x*") as dead, upstream(ROUTES, "ok -> fin@3 -> ok") as other, upstream(ROUTES) as good:
        step.configure(SEAWALL_URL_MIRRORS=f"{named(dead)}/={named(good)}/")
        words = [*CALLS[call], f"{named(dead)}/a/file.bin", f"{named(other)}/a/text"]
        run(words, cwd=plain, env=bare)
        assert not (plain / "file.bin").is_file() or (plain / "file.bin").read_bytes() != FILE
        ours = step.call(*words, cwd=woven)
        assert (good.paths, other.paths[-1]) == (["/a/file.bin"], "/a/text"), repr(ours)
    assert (ours.rc, sorted(path.name for path in woven.iterdir())) == (0, ["file.bin", "text"]), repr(ours)
    assert ((woven / "file.bin").read_bytes(), (woven / "text").read_bytes()) == (FILE, ROUTES["/a/text"])


@pytest.mark.parametrize("call", ["curl -fsSL", "wget -qO-"])
def test_two_scripts_reach_their_shell_whole(step: Step, call: str):
    """`curl A B | sh`: the first one breaks off once; the shell gets all of both, in their order."""
    with upstream(ROUTES, "fin@9000 -> ok") as lab:
        url = f"{named(lab)}/a/run.sh"
        line = ["bash", "-o", "pipefail", "-c", f"{call} {url} {url} | sh"]
        ours = subprocess.run(line, env=step.environment(), capture_output=True, text=True, check=False)
        assert len(lab.paths) == 3
    assert (ours.returncode, ours.stdout) == (0, "first\nlast\n" * 2), ours.stderr


def test_dead_host_ends_with_the_code_of_the_last_transfer(step: Step, tmp_path: Path):
    """Of two URLs without a mirror one fails for good: curl's own code, its message, and the other file."""
    with upstream(ROUTES, "503x*") as dead, upstream(ROUTES) as good:
        urls = (f"{named(good)}/a/text", f"{named(dead)}/a/file.bin")
        first = step.call("curl", "-fsSOO", *urls, cwd=tmp_path)
        last = step.call("curl", "-fsSOO", *reversed(urls), cwd=tmp_path)
        early = step.call("curl", "-fsSOO", "--fail-early", *reversed(urls), cwd=tmp_path)
        assert (len(dead.paths), len(good.paths)) == (6, 2)
    assert (first.rc, last.rc, early.rc) == (22, 0, 22), repr(last)
    assert (tmp_path / "text").read_bytes() == ROUTES["/a/text"]
