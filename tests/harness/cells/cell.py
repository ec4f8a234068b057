"""A network namespace that has only loopback: a program in it reaches the lab's upstreams and nothing else.

No cleanup is needed: the kernel removes the namespace with its last socket, process and descriptor.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1
IFREQ = "16sh22x"
"""struct ifreq: the name of an interface and its flags."""
BIND_RESOLV_CONF = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'


class CellError(RuntimeError):
    """No cell can be made here: what was wanted and why it failed."""


@dataclass
class Cell:
    """A namespace, kept alive by a descriptor, and the resolv.conf of the programs that run in it."""

    descriptor: int
    resolv_conf: Path
    _held: list[socket.socket] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The path by which other processes can enter the namespace."""
        return f"/proc/{os.getpid()}/fd/{self.descriptor}"

    @property
    def name(self) -> str:
        """The kernel's name of the namespace, for example `net:[4026532000]`."""
        return os.readlink(self.path)

    @property
    def enter(self) -> tuple[str, ...]:
        """A prefix for a command that runs it in the cell, with the cell's resolv.conf."""
        script = ("sh", "-c", BIND_RESOLV_CONF, "cell", str(self.resolv_conf))
        return ("nsenter", f"--net={self.path}", "--", "unshare", "--mount", "--", *script)

    def make(self, what: Callable[[], T]) -> T:
        """Calls `what` in the cell and returns its result; a socket stays in the namespace that created it."""

        def there() -> T:
            _check(_libc().setns(self.descriptor, CLONE_NEWNET), "enter a network namespace")
            return what()

        return _in_thread(there)

    def listen(self, address: str, port: int, *, backlog: int = 512) -> socket.socket:
        """A listening socket in the cell."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return self.make(lambda: socket.create_server((address, port), family=family, backlog=backlog))

    def black_hole(self, address: str, port: int) -> None:
        """Makes the cell drop each SYN for this address and port, by a listener with a full backlog."""
        listener = self.listen(address, port, backlog=0)

        def fill() -> list[socket.socket]:
            callers = [socket.socket(listener.family) for _ in range(4)]
            for caller in callers:
                caller.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    caller.connect((address, port))
            return callers

        self._held += [listener, *self.make(fill)]

    def close(self) -> None:
        """Closes the descriptors; the kernel removes the namespace."""
        for held in self._held:
            held.close()
        os.close(self.descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(code: int, what: str) -> None:
    if code != 0:
        raise CellError(f"wanted to {what}, saw: {os.strerror(ctypes.get_errno())} (it takes root)")


def _in_thread(what: Callable[[], T]) -> T:
    """Runs `what` in a thread of its own, because setns changes the namespace of the calling thread."""
    result: Future[T] = Future()

    def call() -> None:
        try:
            result.set_result(what())
        except BaseException as error:  # raised again in the caller
            result.set_exception(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return result.result()


def _new_namespace() -> int:
    """A descriptor of a new network namespace whose loopback is up."""
    _check(_libc().unshare(CLONE_NEWNET), "make a network namespace")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack(IFREQ, b"lo", IFF_UP))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


@contextmanager
def cell_up(folder: Path, resolv_conf: str = "nameserver 127.0.0.53\n") -> Iterator[Cell]:
    """A cell for the duration of the block; `resolv_conf` is the resolv.conf(5) of its programs.

    Raises CellError if this process may not create one.
    """
    file = folder / "resolv.conf"
    file.write_text(resolv_conf)
    cell = Cell(_in_thread(_new_namespace), file)
    try:
        yield cell
    finally:
        cell.close()
