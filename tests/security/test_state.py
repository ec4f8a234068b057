"""The state folder: what others put into it runs nothing, breaks nothing and is not believed."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.machine.kit_modules import LIB, NOBODY, in_each_shell, run_modules
from harness.machine.run import clean_environment
from harness.machine.shells import SHELLS

DASH = SHELLS[0]
MEMORY = "base verdict ladder"
NOTE = "breaker_note pypi https://a.example.org"
ASK = 'breaker_ask pypi https://a.example.org; printf "%s %s" "$BREAKER" "$BREAKER_UNTIL"'
USE = 'state_use "$HOME/state" ""; SEAWALL_BUDGET=3 SEAWALL_DEADLINE=@99; budget_begin; breaker_begin\n'
OLD = 30 * 86400
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root may")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def age(path: Path, seconds: int = OLD) -> None:
    moment = path.lstat().st_mtime - seconds
    os.utime(path, (moment, moment), follow_symlinks=False)


@pytest.mark.parametrize("umask", ["000", "077"])
def test_state_of_a_host_is_its_owners_alone_whatever_the_umask(tmp_path, umask):
    """Folders are 0700 and files 0600 even where the caller's umask is 0."""
    for shell, done in in_each_shell(MEMORY, f"umask {umask}\n{USE}{NOTE} ok; budget_spend; umask", tmp_path):
        assert done.returncode == 0, (shell, done.stderr)
        state = tmp_path / f"{shell.name}-0" / "state"
        modes = {(path.is_dir(), mode(path)) for path in [state, *state.rglob("*")]}
        assert modes == {(True, 0o700), (False, 0o600)}, shell
        assert done.stdout.strip().endswith(umask[1:]), "the caller's own umask is as before"


def lax(state: Path, victim: Path) -> None:
    """A folder as older kits made it, in which somebody has planted links and a file of his own."""
    for folder in ("registry", "client", "breaker", "budget"):
        (state / folder).mkdir(parents=True)
        (state / folder).chmod(0o777)
    (state / "report.json").write_text("{}")
    (state / "client" / "123").symlink_to(victim)
    (state / "breaker" / "link").symlink_to(victim)
    (state / "registry" / "r+a:1.digests").write_text(f"9999 sha256:{'0' * 64}\n")
    os.chown(state / "registry" / "r+a:1.digests", NOBODY, NOBODY)
    (state / "registry" / "own").write_text("1000 x\n")
    (state / "registry" / "own").chmod(0o666)


@root_only
def test_folder_of_an_older_kit_is_closed_once_and_what_was_planted_is_gone(tmp_path):
    """Links that another user left are removed, their targets are as before, and the folder is 0700."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    state = tmp_path / "dash-0" / ".local" / "state" / "seawall"
    lax(state, victim)
    done = run_modules(DASH, MEMORY, USE.replace("$HOME/state", str(state)) + NOTE + " ok", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert victim.read_text() == "precious"
    assert [path.name for path in state.rglob("*") if path.is_symlink() or path.lstat().st_uid] == []
    assert {mode(path) for path in [state, *state.glob("*/")] if path.is_dir()} == {0o700}
    assert mode(state / "registry" / "own") == 0o600
    assert (state / ".seawall-state").is_file()


@root_only
@pytest.mark.parametrize("owner", ["root", "nobody"])
def test_digest_that_another_user_wrote_is_not_believed(tmp_path, owner):
    """Only a digests file of the builder's own user says what a tag means."""
    digest = f"sha256:{'0' * 64}"
    script = """digests_remember host/app:1 "$DIGEST"
    chown "$OWNER" "$DIGESTS"
    digests_recall host/app:1 60 || :"""
    modules = f"{MEMORY} host/machine host/registry"
    done = run_modules(DASH, modules, script, tmp_path, {"OWNER": owner, "DIGEST": digest})
    assert done.stdout.strip() == (digest if owner == "root" else "")


@root_only
def test_folder_of_another_user_is_not_used_and_said_once(tmp_path):
    """A state folder that somebody else owns decides nothing: one warning, and the command remembers for itself."""
    state = tmp_path / "dash-0" / "state"
    state.mkdir(parents=True)
    os.chown(state, NOBODY, NOBODY)
    done = run_modules(DASH, MEMORY, USE + NOTE + " fail timeout; " + ASK, tmp_path)
    assert done.stdout.startswith("open")
    assert done.stderr.count("\n") == 1
    assert "another user's" in done.stderr
    assert list(state.iterdir()) == []


@pytest.mark.parametrize("given", ["foreign", "new", "empty", "default", "linked mark"])
def test_old_files_are_deleted_only_in_a_folder_of_ours(tmp_path, given):
    """A registry's own data below a folder that SEAWALL_STATE names by mistake stay, and so does the folder's mode."""
    home = tmp_path / "dash-0"
    state = home / ".local" / "state" / "seawall" if given == "default" else home / "state"
    if given != "new":
        state.mkdir(parents=True)
        state.chmod(0o755)
    foreign = state / "registry" / "docker" / "data"
    plain, link = state / "registry" / "plain", state / "registry" / "link"
    if given in ("foreign", "default", "linked mark"):
        foreign.parent.mkdir(parents=True)
        foreign.write_text("blob")
        age(foreign)
        plain.write_text("memory")
        age(plain)
        (home / "kept").write_text("kept")
        link.symlink_to(home / "kept")
        age(link)
    if given == "linked mark":
        (state / ".seawall-state").symlink_to(home / "kept")
    done = run_modules(DASH, MEMORY, f'state_use "{state}" ""; state_forget registry 3600', tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    ours = given in ("new", "empty", "default")
    assert (state / ".seawall-state").is_file() is (given != "foreign")
    assert mode(state) == (0o700 if ours else 0o755)
    if given not in ("new", "empty"):
        assert foreign.read_text() == "blob"
        assert (home / "kept").read_text() == "kept"
        assert (plain.exists(), link.is_symlink()) == ((False, False) if ours else (True, True))


BAD_LINES = {
    "word": "abc fail timeout 0",
    "octal": "08 fail timeout 0",
    "no moment": "{now} fail timeout x",
    "twenty digits": "99999999999999999999 fail timeout 0",
    "sign": "-5 fail timeout 0",
    "plus": "+5 fail timeout 0",
    "hex": "0x10 fail timeout 0",
    "moment of twenty digits": "{now} fail timeout 99999999999999999999",
    "runs": "HOME[$(touch $PWNED)] fail timeout 0",
    "runs in the moment": "{now} fail timeout HOME[$(touch $PWNED)]",
    "runs behind": "`touch $PWNED` fail timeout 0",
    "too many words": "{now} fail timeout 0 0",
    "other word": "{now} maybe timeout 0",
    "capital class": "{now} fail $(x) 0",
    "bytes": "\x01\x02 \x7f fail timeout 0",
}


def test_bad_line_of_the_shared_state_is_skipped_said_once_and_costs_nothing(tmp_path):
    """Whatever stands in a breaker's file, the step goes on, runs none of it, and says so in one line."""
    lines = [line.replace("{now}", str(int(time.time()))) for line in BAD_LINES.values()]
    (tmp_path / "hostile").write_text("\n".join(lines) + "\n")
    script = f'{USE}breaker__file pypi https://a.example.org; cat "$HOSTILE" >"$BREAKER_FILE"; '
    env = {"PWNED": str(tmp_path / "pwned"), "HOSTILE": str(tmp_path / "hostile")}
    for shell, done in in_each_shell(MEMORY, script + ASK, tmp_path, env):
        assert (done.returncode, done.stdout) == (0, "closed 0"), (shell, done.stderr)
        assert done.stderr.count("\n") == 1, shell
        assert "not understood" in done.stderr, shell
    assert not (tmp_path / "pwned").exists()


def test_half_lines_and_moments_of_a_clock_that_was_set_back_are_no_memory(tmp_path):
    """Entries from the future are ignored: nothing is left alone for two hours more."""
    script = f"""{USE}{NOTE} ok
future=$(($(clock_now) + 7200))
printf '%s fail timeout %s\\n' "$future" "$future" >>"$BREAKER_FILE"
printf '%s fail - %s\\n' "$(clock_now)" "$future" >>"$BREAKER_FILE"
printf '%s fail time' "$(clock_now)" >>"$BREAKER_FILE"
"""
    for shell, done in in_each_shell(MEMORY, script + ASK, tmp_path):
        assert (done.returncode, done.stdout, done.stderr) == (0, "closed 0", ""), shell


def test_huge_file_stops_no_step(tmp_path):
    """100 MB of one line, before the newest entries: only those are read."""
    script = f"""{USE}breaker__file pypi https://a.example.org
dd if=/dev/zero of="$BREAKER_FILE" bs=1 count=0 seek=100000000 2>/dev/null
printf '\\n' >>"$BREAKER_FILE"
{NOTE} fail timeout
"""
    for shell, done in in_each_shell(MEMORY, script + ASK, tmp_path):
        assert (done.returncode, done.stdout) == (0, "open 0"), (shell, done.stderr)


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder that other users may enter, with the modules in it."""
    folder = Path(tempfile.mkdtemp(prefix="seawall-test."))
    folder.chmod(0o755)
    shutil.copytree(LIB, folder / "lib")
    yield folder
    shutil.rmtree(folder)


@root_only
def test_steps_of_root_and_of_a_user_share_the_mount(everybodys):
    """In the cache mount each user writes files of his own, which all read; a planted link is not followed."""
    mount = everybodys / "mount"
    mount.mkdir()
    own = {"LIB": str(everybodys / "lib"), "SEAWALL_LIB": str(everybodys / "lib")}
    begin = f'STATE_MOUNT="{mount}"; ' + USE.replace('"$HOME/state"', '""').replace("=3", "=2")

    def step(script: str, user: int | None = None):
        done = run_modules(DASH, MEMORY, begin + script, everybodys, own, user)
        assert done.stderr == ""
        return done.returncode, done.stdout

    assert step(f"{NOTE} fail dns; budget_spend") == (0, "")
    assert step(f"{NOTE} fail dns; budget_spend && {ASK}", NOBODY) == (0, "open 0")
    assert mode(mount) == mode(mount / "breaker") == mode(mount / "budget") == 0o1777
    assert step("budget_spend")[0] == 1, "the budget of a build is one"
    victim = everybodys / "victim"
    victim.write_text("precious")
    for path in [path for path in (mount / "breaker").iterdir() if path.lstat().st_uid == 0]:
        path.unlink()
        path.symlink_to(victim)
        os.lchown(path, NOBODY, NOBODY)
    assert step(f"{NOTE} ok; {NOTE} ok; {ASK}") == (0, "fresh 0")
    assert victim.read_text() == "precious"


def test_steps_write_hints_of_breaker_and_budget_only(tmp_path, kit):
    """What a step leaves in the mount holds no source and no credential."""
    state = tmp_path / "state"
    url = "http://bob:S3CRET@127.0.0.1:9/private/x"
    done = subprocess.run(
        [kit / "stage" / "fetch.sh", "--no-sum", "--allow-http", "--output", str(tmp_path / "x"), url],
        env=clean_environment(tmp_path) | {"SEAWALL_STATE": str(state), "SEAWALL_RUN": "r1", "SEAWALL_BUDGET": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "connection-refused" in done.stderr, done.stderr
    names = {path.relative_to(state).parts[0] for path in state.rglob("*") if path.is_file()}
    assert names == {".seawall-state", "breaker", "budget"}
    text = "".join(path.name + path.read_text() for path in state.rglob("*") if path.is_file())
    assert not [word for word in ("S3CRET", "bob", "127.0.0.1", "private") if word in text]


STALL = "base attempt verdict ladder host/machine host/registry host/builders host/progress"


def test_stalled_layer_is_noted_where_the_state_cannot_be_written(tmp_path):
    """The memory of a command without a state folder and the note of a stall have names of their own."""
    script = """STATE='' STALL_FOLDER=$(state_folder stalled)
    stall__tell 'pull|[1/2] FROM x|sha256:ab=5' 8
    cat "$SCRATCH/stalled" "$SCRATCH/ended.ask"
    rm -f "$SCRATCH/stalled" && [ ! -e "$SCRATCH/stalled" ]"""
    for shell, done in in_each_shell(STALL, script, tmp_path):
        assert (done.returncode, done.stderr) == (0, ""), (shell.name, done.stderr)
        assert done.stdout == "ab\nno byte of an image for 8 s\n", shell.name
