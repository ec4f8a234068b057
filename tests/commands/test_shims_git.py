"""git in a woven step: real git beside the shim, while its hosts and mirrors fail."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest
from harness.builds.woven_step import Step
from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.machine.shells import Shell
from harness.sites.git_site import CLASSES, NAME, Git
from harness.sites.site import Request, Rule, Upstream
from harness.wire.server import Running, serve

Host = Callable[..., Running]
FAULTS = ["503x*", "stall x*", "rst x*", "404x*"]
REPOSITORY = Git()


@pytest.fixture
def host() -> Iterator[Host]:
    """Serves the repository; `fault` is a schedule for the requests of a path class."""
    with ExitStack() as stack:

        def call(fault: str = "ok", path_class: str = ".*", site: Callable[[Request], Reply] = REPOSITORY) -> Running:
            rules = (Rule(parse(fault), path_class=path_class),)
            return stack.enter_context(serve(Upstream("git", site, CLASSES, rules)))

        yield call


def git(folder: Path, *words: str) -> str:
    """What real git prints."""
    return run(["git", "-C", folder, *words]).out.strip()


def unlike(result: Result) -> tuple[int, str, str]:
    """A result without the lines of the kit."""
    return (
        result.rc,
        result.out,
        "".join(f"{line}\n" for line in result.err.splitlines() if not line.startswith("seawall: ")),
    )


CALLS = [
    "clone URL ./there", "clone -q --depth 1 URL", "clone --bare URL", "clone -b none URL", "clone",
    "clone --no-such-option URL",
    "-c advice.detachedHead=false clone -b main URL x", "ls-remote URL", "ls-remote URL none", "--version", "status",
    "clone URLs there", "-C / rev-parse", "submodule update --init",
]  # fmt: skip


def test_healthy_call_is_git_to_the_byte(step: Step, tmp_path: Path, host: Host):
    """Whatever the call, the shim prints, makes and returns the same."""
    site = host()
    for number, words in enumerate(CALLS):
        ends = []
        for env in (clean_environment(step.home), step.environment()):
            folder = tmp_path / str(number)
            folder.mkdir()
            line = ["git", *words.replace("URL", site.url + NAME).split()]
            done = run(line, cwd=folder, env=env)
            made = {str(path.relative_to(folder)) for path in folder.rglob("*") if "/objects/" not in str(path)}
            configs = [path.read_text() for path in folder.rglob("config")]
            ends.append((unlike(done), made, configs))
            run(["rm", "-rf", folder])
        assert ends[0] == ends[1], words


def test_clone_comes_from_the_mirror_and_keeps_its_origin(
    step: Step, tmp_path: Path, host: Host, together: Callable[..., None]
):
    """A host is down or silent: plain git fails or hangs; the shim clones from the mirror, origin is the user's."""
    bad, good = {fault: host(fault) for fault in FAULTS}, host()
    pairs = " ".join(f"{site.url}/={good.url}/" for site in bad.values())
    step.configure(SEAWALL_GIT_MIRRORS=pairs, SEAWALL_STALL="1")

    def check(fault: str, shell: Shell) -> None:
        folder, url = Path(mkdtemp(dir=tmp_path)), bad[fault].url + NAME
        assert run(["timeout", "1", "git", "clone", "-q", url, folder / "plain"]).rc != 0
        ours = step.call("git", "clone", "-q", url, "ours", shell=shell, cwd=folder)
        assert ours.rc == 0, repr(ours)
        made = folder / "ours"
        assert (git(made, "rev-parse", "HEAD"), git(made, "config", "remote.origin.url")) == (REPOSITORY.head, url)
        assert git(made, "config", "--local", "--get-regexp", "insteadof|lowspeed|helper") == ""

    together(check, FAULTS)
    assert [entry.path_class for entry in good.journal].count("refs") == len(FAULTS)


def test_clone_that_breaks_is_repeated_in_a_clean_folder(step: Step, tmp_path: Path, host: Host):
    """The pack breaks off once: the second attempt has the whole repository; a file that was there before stays."""
    (tmp_path / "mine").write_text("stays\n")
    ours = step.call("git", "clone", "-q", host("fin@100 -> ok", "pack").url + NAME, cwd=tmp_path)
    assert ours.rc == 0, repr(ours)
    assert (tmp_path / "hello" / "hello.txt").read_text() == "hello\n"
    assert (tmp_path / "mine").read_text() == "stays\n"


def test_folder_of_the_user_is_not_removed(step: Step, tmp_path: Path, host: Host):
    """A folder with files stays as it is, and git says so, once."""
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "mine").write_text("stays\n")
    ours = step.call("git", "clone", host("503x*").url + NAME, cwd=tmp_path)
    assert (ours.rc, ours.err.count("already exists")) == (128, 1), repr(ours)
    assert (tmp_path / "hello" / "mine").read_text() == "stays\n"


def test_outage_without_a_mirror_ends_as_git(
    step: Step, tmp_path: Path, host: Host, seen_classes: Callable[[], list[str]]
):
    """503 from the only host: git's 128 after two attempts, nothing left behind."""
    ours = step.call("git", "clone", host("503x*").url + NAME, cwd=tmp_path)
    assert (ours.rc, seen_classes(), (tmp_path / "hello").exists()) == (128, ["http-5xx"] * 2, False), repr(ours)


@pytest.mark.parametrize("own", ["https://git.example.com/", "https://me:secret@git.example.com/"])
def test_mirror_serves_the_host_to_which_git_is_led(step: Step, tmp_path: Path, host: Host, own: str):
    """The user's own insteadOf leads to a dead host: its mirror is used, and a rule for another host stays."""
    bad, good, other = host("503x*"), host(), host()
    led = bad.url.replace("//", "//me:secret@") if "@" in own else bad.url
    (step.home / ".gitconfig").write_text(
        f'[url "{led}/"]\n\tinsteadOf = {own}\n[url "{other.url}/"]\n\tinsteadOf = https://other.example.com/\n'
    )
    step.configure(SEAWALL_GIT_MIRRORS=f"{bad.url}/={good.url}/")
    env = clean_environment(step.home)
    assert run(["git", "clone", "-q", own + NAME[1:], tmp_path / "plain"], env=env).rc != 0
    ours = step.call("git", "clone", "-q", own + NAME[1:], "ours", cwd=tmp_path)
    assert ours.rc == 0, repr(ours)
    assert git(tmp_path / "ours", "config", "remote.origin.url") == own + NAME[1:]
    assert (bool(good.paths), other.paths) == (True, [])
    assert step.call("git", "clone", "-q", f"https://other.example.com{NAME}", "other", cwd=tmp_path).rc == 0
    assert other.paths


def test_rule_of_the_user_for_the_prefix_itself_wins(step: Step, tmp_path: Path, host: Host):
    """The user leads the prefix of a mirror elsewhere: that host is asked, and no mirror serves it."""
    led, mirror = host("503x*"), host()
    own = "https://git.example.com/"
    (step.home / ".gitconfig").write_text(f'[url "{led.url}/"]\n\tinsteadOf = {own}\n')
    step.configure(SEAWALL_GIT_MIRRORS=f"{own}={mirror.url}/")
    ours = step.call("git", "clone", "-q", own + NAME[1:], "ours", cwd=tmp_path)
    assert (ours.rc, bool(led.paths), mirror.paths) == (128, True, []), repr(ours)


@pytest.mark.parametrize("words", [["fetch"], ["pull", "-q"], ["ls-remote", "-q", "origin"]])
def test_fetch_uses_the_mirror(step: Step, tmp_path: Path, host: Host, words: list[str]):
    """A repository whose host is down later: fetch, pull and ls-remote ask the mirror."""
    bad, good = host("ok x2 -> 503x*"), host()
    assert run(["git", "clone", "-q", bad.url + NAME, tmp_path / "w"]).rc == 0
    step.configure(SEAWALL_GIT_MIRRORS=f"none {bad.url}/={good.url}/")
    assert run(["git", "-C", tmp_path / "w", *words]).rc != 0
    ours = step.call("git", "-C", "w", *words, cwd=tmp_path)
    assert ours.rc == 0, repr(ours)
    assert good.paths


def test_login_does_not_reach_the_mirror(step: Step, tmp_path: Path, host: Host):
    """A header for all hosts, a helper that answers every host and an askpass program: the mirror gets none of them."""
    seen: list[dict[str, str]] = []

    def closed(request: Request) -> Reply:
        seen.append(dict(request.headers))
        return Reply(401, (("WWW-Authenticate", 'Basic realm="x"'),), b"")

    bad, mirror = host("503x*"), host(site=closed)
    ask = tmp_path / "ask"
    ask.write_text("#!/bin/sh\nprintf 'secret\\n'\n")
    ask.chmod(0o755)
    (step.home / ".gitconfig").write_text(
        '[http]\n\textraHeader = "X-Token: secret"\n'
        '[credential]\n\thelper = "!f() { echo username=me; echo password=secret; }; f"\n'
    )
    step.configure(SEAWALL_GIT_MIRRORS=f"{bad.url}/={mirror.url}/")
    ours = step.call("git", "clone", bad.url + NAME, cwd=tmp_path, env={"GIT_ASKPASS": str(ask)})
    assert ours.rc == 128
    assert seen
    assert not any("secret" in value for headers in seen for value in headers.values())
    # A header of the call is stronger than what the kit sets: no mirror.
    seen.clear()
    assert step.call("git", "-c", "http.extraHeader=X-Token: secret", "clone", bad.url + NAME, cwd=tmp_path).rc == 128
    assert not seen


def test_submodule_comes_from_the_mirror(step: Step, tmp_path: Path, host: Host):
    """`submodule update --init` of a repository whose submodule lives on a dead host."""
    bad, good = host("503x*"), host()
    work = tmp_path / "w"
    who = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@y", "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@y"}
    (tmp_path / "w").mkdir()
    script = (
        f"git init -q . && printf '[submodule \"sub\"]\\n\\tpath = sub\\n\\turl = {bad.url}{NAME}\\n' >.gitmodules && "
        "git add . && "
        f"git update-index --add --cacheinfo 160000,{REPOSITORY.head},sub && git commit -qm x"
    )
    subprocess.run(["sh", "-c", script], cwd=work, env=clean_environment(step.home) | who, check=True)
    assert run(["git", "submodule", "update", "--init"], cwd=work).rc != 0
    step.configure(SEAWALL_GIT_MIRRORS=f"{bad.url}/={good.url}/")
    ours = step.call("git", "submodule", "update", "--init", cwd=work)
    assert ours.rc == 0, repr(ours)
    assert (work / "sub" / "hello.txt").exists()
