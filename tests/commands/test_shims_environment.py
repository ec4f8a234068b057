"""Tools of a woven step that get another environment than the step: the kit needs nothing but its folder in PATH."""

from __future__ import annotations

from pathlib import Path

from harness.builds.woven_step import Step
from harness.sites.git_site import CLASSES as GIT
from harness.sites.git_site import NAME, Git
from harness.sites.site import Upstream
from harness.wire.loopback import named, refusing, upstream
from harness.wire.server import serve

EMPTY = ["sh", "-c", 'exec env -i PATH="$PATH" "$@"', "sh"]


def test_curl_without_variables_takes_the_mirror(step: Step, tmp_path: Path):
    """`env -i PATH="$PATH" curl`: settings come from the secret of the step, not from variables."""
    with upstream({"/file": b"content"}, "503x*") as dead, upstream({"/file": b"content"}) as good:
        step.configure(SEAWALL_URL_MIRRORS=f"{named(dead)}/={named(good)}/")
        words = ["curl", "-fsSo", tmp_path / "file", f"{named(dead)}/file"]
        assert step.call("env", "-i", "/usr/bin/curl", *words[1:]).rc == 22
        ours = step.call(*EMPTY, *words)
        assert good.paths == ["/file"], repr(ours)
    assert (ours.rc, (tmp_path / "file").read_bytes()) == (0, b"content"), repr(ours)


def test_git_without_variables_takes_the_mirror(step: Step, tmp_path: Path):
    """`env -i PATH="$PATH" git clone`."""
    with refusing() as dead, serve(Upstream("git", Git(), GIT)) as good:
        step.configure(SEAWALL_GIT_MIRRORS=f"{dead}/={good.url}/", SEAWALL_BUDGET="1")
        ours = step.call(*EMPTY, "git", "clone", "-q", f"{dead}{NAME}", tmp_path / "clone")
        assert good.paths, repr(ours)
    assert (ours.rc, (tmp_path / "clone/hello.txt").read_text()) == (0, "hello\n"), repr(ours)
