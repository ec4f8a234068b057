"""scripts/stage/retry.sh: what the command reads from stdin, in the first attempt and in a later one."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.machine.run import clean_environment

BYTES = b"one\ntwo\n\0three"
FAILS_ONCE = """cat >>"$1/read"; printf '|' >>"$1/read"; [ ! -e "$1/again" ] || exit 0; : >"$1/again"
printf "curl: (22) The requested URL returned error: 503\\n" >&2; exit 22"""
SHELLS = {"dash": ("dash",), "ash": ("busybox", "ash"), "bash": ("bash", "--posix"), "mksh": ("mksh",),
          "yash": ("yash",)}  # fmt: skip
Stdin = Callable[[Path], Iterator[int]]


@contextmanager
def closed_after(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path, skip: int = 0) -> Iterator[int]:
    with closed_after(os.open(path, os.O_RDONLY)) as file:
        os.lseek(file, skip, os.SEEK_SET)
        yield file


def written(folder: Path) -> Path:
    (folder / "input").write_bytes(BYTES)
    return folder / "input"


@contextmanager
def a_file(folder: Path) -> Iterator[int]:
    with opened(written(folder)) as file:
        yield file


@contextmanager
def a_file_in_the_middle(folder: Path) -> Iterator[int]:
    (folder / "input").write_bytes(b"before" + BYTES)
    with opened(folder / "input", skip=6) as file:
        yield file


@contextmanager
def a_deleted_file(folder: Path) -> Iterator[int]:
    with opened(written(folder)) as file:
        (folder / "input").unlink()
        yield file


@contextmanager
def a_pipe(_: Path) -> Iterator[int]:
    reading, writing = os.pipe()
    os.write(writing, BYTES)
    os.close(writing)
    with closed_after(reading):
        yield reading


@contextmanager
def a_fifo(folder: Path) -> Iterator[int]:
    os.mkfifo(folder / "fifo")
    writing = os.open(folder / "fifo", os.O_RDWR)
    reading = os.open(folder / "fifo", os.O_RDONLY)
    os.write(writing, BYTES)
    os.close(writing)
    with closed_after(reading):
        yield reading


@contextmanager
def a_socket(_: Path) -> Iterator[int]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(BYTES)
        ours.shutdown(socket.SHUT_WR)
        yield theirs.fileno()


@contextmanager
def an_ended_pipe(_: Path) -> Iterator[int]:
    reading, writing = os.pipe()
    os.close(writing)
    with closed_after(reading):
        yield reading


@contextmanager
def an_ended_socket(_: Path) -> Iterator[int]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.close()
        yield theirs.fileno()


@contextmanager
def the_null_device(_: Path) -> Iterator[int]:
    with opened(Path("/dev/null")) as file:
        yield file


def retry(kit: Path, folder: Path, stdin: int, shell: tuple[str, ...] = ("dash",), under: tuple[str, ...] = ()):
    command = [*under, *shell, str(kit / "stage/retry.sh"), "--", "sh", "-c", FAILS_ONCE, "sh", str(folder)]
    env = clean_environment(folder) | {"SEAWALL_SEED": "84"}
    return subprocess.run(command, stdin=stdin, env=env, capture_output=True, text=True, check=False)


def read(folder: Path) -> list[bytes]:
    """What each attempt read."""
    return (folder / "read").read_bytes().split(b"|")[:-1]


EVERY_ATTEMPT = {
    "file": ("bash", a_file, BYTES),
    "file in the middle": ("ash", a_file_in_the_middle, BYTES),
    "file in the middle, mksh": ("mksh", a_file_in_the_middle, BYTES),
    "deleted file": ("yash", a_deleted_file, BYTES),
    "null device": ("mksh", the_null_device, b""),
    "ended pipe": ("dash", an_ended_pipe, b""),
    "ended socket": ("mksh", an_ended_socket, b""),
}


@pytest.mark.parametrize(("shell", "kind", "wanted"), EVERY_ATTEMPT.values(), ids=EVERY_ATTEMPT)
def test_stdin_reaches_every_attempt(kit: Path, tmp_path: Path, shell: str, kind, wanted: bytes) -> None:
    """Each attempt reads the same bytes as the plain command, from the same position of a file."""
    with kind(tmp_path) as stdin:
        result = retry(kit, tmp_path, stdin, SHELLS[shell])
    assert (result.returncode, read(tmp_path)) == (0, [wanted] * 2), result.stderr


ONCE = {"pipe": ("mksh", a_pipe), "fifo": ("ash", a_fifo), "socket": ("dash", a_socket), "yash": ("yash", a_socket)}


@pytest.mark.parametrize(("shell", "kind"), ONCE.values(), ids=ONCE)
def test_stdin_that_can_be_read_once_gives_one_attempt(kit: Path, tmp_path: Path, shell: str, kind) -> None:
    """A pipe or a socket reaches the first attempt whole; there is no second one with an empty stdin, and one line
    says why.
    """
    with kind(tmp_path) as stdin:
        result = retry(kit, tmp_path, stdin, SHELLS[shell])
    assert (result.returncode, read(tmp_path)) == (75, [BYTES]), result.stderr
    assert result.stderr.count("stdin is a pipe, a socket or a file that can be read only once") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts and other users, which only root may")
@pytest.mark.parametrize(
    "under",
    [("unshare", "--mount", "sh", "-c", 'umount -l /proc && exec "$@"', "sh"),
     ("setpriv", "--reuid=65534", "--clear-groups")],
    ids=["no /proc", "file of another user"],
)  # fmt: skip
def test_file_that_cannot_be_opened_again_gives_one_attempt(kit: Path, under) -> None:
    """Without /proc, or with a file that this user may not open, the first attempt reads it whole, and only once."""
    # pytest closes its own folders for other users.
    with tempfile.TemporaryDirectory(prefix="seawall-stdin-") as name, a_file(Path(name)) as stdin:
        Path(name).chmod(0o777)
        (Path(name) / "input").chmod(0o600)
        result = retry(kit, Path(name), stdin, under=under)
        assert (result.returncode, read(Path(name))) == (75, [BYTES]), result.stderr
    assert "can be read only once" in result.stderr


def test_closed_stdin_stays_closed(kit: Path, tmp_path: Path) -> None:
    """A closed stdin is closed for the command, too: a command that must read it fails as without the kit, and one that
    does not is retried.
    """
    must_read = [kit / "stage/retry.sh", "--", "cat"]
    plain, ours = (
        subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *words], env=clean_environment(tmp_path), check=False)
        for words in (["cat"], must_read)
    )
    assert (ours.returncode, plain.returncode) == (1, 1)
    result = retry(kit, tmp_path, 0, under=("sh", "-c", 'exec "$@" <&-', "sh"))
    assert (result.returncode, read(tmp_path)) == (0, [b"", b""]), result.stderr


def test_rest_of_a_loop_stays_in_its_pipe(kit: Path, tmp_path: Path) -> None:
    """In `while read`, a command that does not read stdin takes nothing from the loop."""
    loop = 'printf "1\\n2\\n3\\n" | while read -r x; do "$0" -- printf "%s " "$x"; done'
    env = clean_environment(tmp_path)
    result = subprocess.run(
        ["sh", "-c", loop, kit / "stage/retry.sh"], env=env, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "1 2 3 "), result.stderr


def test_terminal_is_read_by_every_attempt(kit: Path, tmp_path: Path) -> None:
    """A terminal on stdin is read by the first attempt and by the second."""
    ours, theirs = os.openpty()
    os.write(ours, b"a\n\x04b\n\x04")
    result = retry(kit, tmp_path, theirs)
    os.close(ours)
    os.close(theirs)
    assert (result.returncode, read(tmp_path)) == (0, [b"a\n", b"b\n"]), result.stderr


EVERYTHING = "cat; cat <&3; cat <&7; cat <&9; for i in 1 2 3; do echo out$i; echo err$i >&2; done; kill -INT $$"


@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
def test_command_has_the_descriptors_the_order_and_the_signals_of_the_plain_one(kit, tmp_path, shell) -> None:
    """Stdin on a pipe, files on descriptors 3, 7 and 9, `2>&1`, and SIGINT: the bytes and the exit code are equal."""
    for name in ("three", "seven", "nine"):
        (tmp_path / name).write_text(f"{name}\n")
    runs = []
    for words in ([], [*shell, str(kit / "stage" / "retry.sh"), "--"]):
        script = 'echo in | "$@" 3<three 7<seven 9<nine >out 2>&1'
        env = clean_environment(tmp_path) | {"SEAWALL_EVENTS": str(tmp_path / "events")}
        command = ["bash", "-c", script, "bash", *words, "sh", "-c", EVERYTHING]
        code = subprocess.run(command, env=env, cwd=tmp_path, check=False, capture_output=True).returncode
        text = (tmp_path / "out").read_text()
        runs.append((code, [line for line in text.splitlines() if not line.startswith("retry: ")]))
    assert runs[0][1][:5] == ["in", "three", "seven", "nine", "out1"]
    assert runs[1] == runs[0]
