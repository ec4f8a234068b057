"""Processes: live and ended ones, the leftovers of killed ones, and clocks that change meanwhile."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.machine.kit_modules import LIB, NOBODY, in_each_shell, run_modules
from harness.machine.run import clean_environment
from harness.machine.shells import SHELLS, Shell

DASH = SHELLS[0]
LOCKS = "base attempt host/machine"
DOCKER_BUILD = str(LIB.parent / "docker-build.sh")
SCRATCH = "base"
THERE = [shell for shell in SHELLS if shell.is_there]
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root may")
PLACES = ("/dev/shm", "/var/tmp", tempfile.gettempdir())  # noqa: S108 # where scratch folders are

# Prints what the real one prints, moved by the seconds in the file SHIFT.
FAKE_DATE = """#!/bin/sh
case $* in
    +%s) printf '%s\\n' "$(($(/bin/date +%s) + $(cat "$SHIFT")))" ;;
    *) exec /bin/date "$@" ;;
esac
"""
# Builds by printing, or by waiting; notes what it was given on stdin.
FAKE_DOCKER = """#!/bin/sh
case $* in
    'buildx build'*)
        wc -c >"$FAKE/built"
        printf '%s\\n' "$$" >"$FAKE/pid.part" && mv "$FAKE/pid.part" "$FAKE/pid"
        [ ! -p "$FAKE/hang" ] || { printf 'begun\\n' >"$FAKE/hang" && exec tail -f /dev/null; }
        n=0
        while [ "$n" -lt 9000 ]; do printf '#1 line %s of a build that says much\\n' "$n" >&2 && n=$((n + 1)); done
        printf '{}\\n' >"$(printf '%s\\n' "$@" | sed -n '/^--metadata-file$/{n;p;}')"
        ;;
    *) printf '%s %s\\n' "$(wc -c)" "$*" >>"$FAKE/others" && printf '28.0.0\\n' ;;
esac
"""


@pytest.fixture
def fake(tmp_path) -> dict[str, str]:
    """The environment of a docker-build.sh whose docker is fake, with a context in tmp_path / "context"."""
    for name, text in (("docker", FAKE_DOCKER), ("date", FAKE_DATE)):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "shift").write_text("0")
    return clean_environment(tmp_path) | {
        "FAKE": str(tmp_path), "SHIFT": str(tmp_path / "shift"), "SEAWALL_STATE": str(tmp_path / "state"),
        "SEAWALL_CONF": "/dev/null", "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
    }  # fmt: skip


def scratch_of(pid: int) -> list[Path]:
    """The scratch folders of this process."""
    left = []
    for owner in [owner for place in set(PLACES) for owner in Path(place).glob("seawall.*/owner")]:
        # Another command may end meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if owner.read_text().split()[1:2] == [str(pid)]:
                left.append(owner.parent)
    return left


def ended(pid: int) -> bool:
    """Whether a process ends within half a minute."""
    done = subprocess.run(["timeout", "30", "tail", f"--pid={pid}", "-f", "/dev/null"], check=False)
    return done.returncode == 0


@pytest.mark.parametrize("shift", ["7200", "-7200"])
def test_clock_that_is_set_ends_nothing_and_lengthens_nothing(tmp_path, fake, shift):
    """If the clock jumps two hours, a healthy attempt finishes and a hanging one ends in time."""
    script = """printf 0 >"$HOME/shift"; SHIFT=$HOME/shift; export SHIFT
deadline=$(clock_deadline "@$(($(clock_now) + 100))")
attempt_run 30 sh -c 'printf "%s" "$STEP" >"$SHIFT"; sleep 2.2; exit 3' || printf '%s ' "$?"
printf 0 >"$SHIFT"
attempt_run 2 sh -c 'printf "%s" "$STEP" >"$SHIFT"; exec tail -f /dev/null' || printf '%s ' "$?"
left=$(clock_left "$deadline")
[ "$left" -ge 60 ] && [ "$left" -le 100 ] && printf 'left '
differ=$(($(clock_epoch "$deadline") - $(clock_now) - $(clock_left "$deadline")))
[ "$differ" -ge -2 ] && [ "$differ" -le 2 ] && printf 'handed '
process_note "$PPID"; ln -s "$PROCESS_NOTE" "$HOME/thing.lock"
lock_take "$HOME/thing" 1 || printf refused
"""
    results = in_each_shell(LOCKS, script, tmp_path, {"PATH": fake["PATH"], "STEP": shift})
    for shell, done in results:
        assert (done.returncode, done.stdout) == (0, "3 124 left handed refused"), (shell, done.stderr)


def test_build_comes_through_while_the_clock_is_set_forward(tmp_path, fake):
    """A healthy build ends with 0 although the clock jumps two hours while it runs."""
    docker = tmp_path / "bin" / "docker"
    docker.write_text(docker.read_text().replace("n=0\n", 'printf 7200 >"$SHIFT"; sleep 2; n=0\n'))
    done = subprocess.run(
        [DOCKER_BUILD, str(tmp_path / "context")], env=fake, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert '"duration_s":7' not in (tmp_path / "state" / "report.json").read_text()


def test_process_is_known_by_its_start(tmp_path):
    """Live, ended, zombie and reused process ids, and malformed ones, are told apart."""
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    # A process that has ended and that nobody waits for yet.
    with subprocess.Popen(["sh", "-c", "exit 0"]) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        script = """lives() { if process_lives "$1" "$2"; then printf 'yes '; else printf 'no '; fi; }
start=$(process_start "$PPID")
lives "$PPID" "$start"; lives "$PPID" -; lives "$PPID" 5; lives "$DEAD" 5; lives "$ZOMBIE" -
for word in '' 0 -1 x '$(id)' 99999999999 007; do lives "$word" -; done
"""
        env = {"DEAD": str(dead.pid), "ZOMBIE": str(zombie.pid)}
        for shell, done in in_each_shell("base", script, tmp_path, env):
            assert (done.stdout, done.stderr) == ("yes yes no no no " + "no " * 7, ""), shell


@root_only
def test_living_holder_of_another_user_keeps_its_lock(tmp_path_factory):
    """A lock of another user's live process, which cannot be signalled, is kept."""
    folder = Path(tempfile.mkdtemp(prefix="seawall-test."))
    try:
        folder.chmod(0o777)
        shutil.copytree(LIB, folder / "lib")
        own = {"LIB": str(folder / "lib"), "PID": str(os.getpid()), "NAME": str(folder / "thing")}
        hold = 'process_note "$PID"; ln -s "$PROCESS_NOTE" "$NAME.lock"'
        assert run_modules(DASH, LOCKS, hold, folder, own).returncode == 0
        take = 'lock_take "$NAME" 1 && printf taken || printf refused'
        assert run_modules(DASH, LOCKS, take, folder, own, NOBODY).stdout == "refused"
    finally:
        shutil.rmtree(folder)


def head(shell: Shell, fake: dict[str, str], context: Path) -> tuple[Shell, int, list[Path]]:
    """`docker-build.sh ... 2>&1 | head -1`: its exit code, and the scratch folders that it left."""
    home = context.parent / shell.name
    home.mkdir()
    command = [*shell.argv, DOCKER_BUILD, "--progress", "plain", str(context)]
    env = fake | {"FAKE": str(home), "SEAWALL_STATE": str(home / "state")}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as build:
        assert build.stdout
        build.stdout.readline()
        build.stdout.close()
        return shell, build.wait(60), scratch_of(build.pid)


def test_closed_pipe_ends_a_build_like_other_signals(tmp_path, fake):
    """If the reader of the log ends, the build ends and removes its scratch folder, which has the settings."""
    with ThreadPoolExecutor(len(THERE)) as pool:
        for shell, code, left in pool.map(lambda shell: head(shell, fake, tmp_path / "context"), THERE):
            assert (code, left) == (141, []), shell


def test_killed_build_takes_its_client_along_and_the_next_run_removes_its_scratch(tmp_path, fake):
    """After KILL the client ends too, and the next command removes the scratch folder; that of a live run stays."""
    os.mkfifo(tmp_path / "hang")
    command = [*DASH.argv, DOCKER_BUILD, str(tmp_path / "context")]
    with subprocess.Popen(command, env=fake, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as build:
        assert (tmp_path / "hang").read_text() == "begun\n"
        client = int((tmp_path / "pid").read_text())
        assert len(scratch_of(build.pid)) == 1
        run_modules(DASH, SCRATCH, "scratch_make; scratch_remove", tmp_path)
        assert len(scratch_of(build.pid)) == 1, "it lives"
        build.send_signal(signal.SIGKILL)
        build.wait()
        assert ended(client)
        run_modules(DASH, SCRATCH, "scratch_make; scratch_remove", tmp_path)
        assert scratch_of(build.pid) == []


@pytest.mark.parametrize(
    ("note", "dead"),
    [
        ("of a dead one", "1"), ("elsewhere:{boot}:1 4194000 5", "0"), ("", "0"), ("rubbish", "0"),
        ("{space} {pid} {start}", "0"), ("link", "0"), ("other machine", "0"),
    ],
)  # fmt: skip
def test_scratch_that_may_be_somebodys_is_left_alone(tmp_path, note, dead):
    """A scratch folder of another namespace or machine, without a note or with a link for one, is kept."""
    folder = tmp_path / "seawall.abcdef"
    folder.mkdir()
    script = """process_note "$PID"; set -- $PROCESS_NOTE
case $NOTE in
    of*) printf '%s 4194000 5\\n' "$1" >"$TMPDIR/seawall.abcdef/owner" ;;
    link) printf '%s 4194000 5\\n' "$1" >"$TMPDIR/note"; ln -s "$TMPDIR/note" "$TMPDIR/seawall.abcdef/owner" ;;
    'other machine') printf 'other:0123abcd-:1 5 5\\n' >"$TMPDIR/seawall.abcdef/owner" ;;
    {space}*) printf '%s\\n' "$PROCESS_NOTE" >"$TMPDIR/seawall.abcdef/owner" ;;
    *) printf '%s\\n' "$NOTE" | sed "s/{boot}/$PROCESS_BOOT/" >"$TMPDIR/seawall.abcdef/owner" ;;
esac
scratch_list_dead | grep -c -F "$TMPDIR/" || :
"""
    env = {"TMPDIR": str(tmp_path), "NOTE": note, "PID": str(os.getpid())}
    assert run_modules(DASH, SCRATCH, script, tmp_path, env).stdout == f"{dead}\n"
    assert folder.is_dir()


@root_only
def test_context_on_stdin_that_is_larger_than_memory_allows_is_built(tmp_path, fake):
    """With 64 MB in /dev/shm, as in a container, a larger context on stdin is kept on disk, private to the build."""
    size = 3_000_000
    (tmp_path / "stdin").write_bytes(os.urandom(size))
    mount = 'mount -t tmpfs -o size=1m none /dev/shm && exec "$0" "$@"'
    command = ["unshare", "--mount", "sh", "-c", mount, *DASH.argv, DOCKER_BUILD, "-"]
    env = fake | {"SEAWALL_BUILDERS": "one two"}
    with (tmp_path / "stdin").open("rb") as stdin:
        done = subprocess.run(command, env=env, stdin=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int((tmp_path / "built").read_text()) == size
    others = (tmp_path / "others").read_text().splitlines()
    assert others
    assert [line for line in others if not line.startswith("0 ")] == []


FAILED = b"build-command-failed"


def cpu_of_classify(text: bytes) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([LIB.parent / "classify.sh"], input=text, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.count(b"\t") == 3
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


ENDLESS = {"one": b': process "\n' + b"a\n" * 100_000, "many": b': process "a\n' * 20_000}


@pytest.mark.parametrize("hostile", ENDLESS.values(), ids=ENDLESS)
def test_recipe_that_never_ends_costs_no_more_than_another_text(hostile):
    """A log with an unterminated quote of a RUN step is classified in a time that grows with its length alone."""
    assert cpu_of_classify(hostile) < 15 * cpu_of_classify(b"abc def ghi\n" * 17_000)


def test_what_stands_behind_a_recipe_without_an_end_is_evidence():
    """The error after an unterminated quote is found; text within a complete quote is ignored."""
    for text, wanted in (
        (b': process "cut\ndial tcp 192.0.2.1:443: connect: connection refused\n', b"connection-refused"),
        (b'#9 ERROR: process "x\ny: 503 Service Unavailable\n" did not complete successfully: exit code: 1\n', FAILED),
    ):
        done = subprocess.run([LIB.parent / "classify.sh"], input=text, capture_output=True, check=True)
        assert done.stdout.split(b"\t")[0] == wanted
