"""An engine whose socket closes all connections on demand (B2)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.builds.engine import Engine


@contextmanager
def cut_socket(engine: Engine, folder: Path) -> Iterator[tuple[Engine, threading.Event]]:
    """A proxy of the engine's socket that cuts all connections on demand, and then works again."""
    target = engine.env["DOCKER_HOST"].removeprefix("unix://")
    path, cut, ends = str(folder / "s"), threading.Event(), list[socket.socket]()

    def copy(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            daemon = socket.socket(socket.AF_UNIX)
            daemon.connect(target)
            ends.extend((client, daemon))
            for pair in ((client, daemon), (daemon, client)):
                threading.Thread(target=copy, args=pair, daemon=True).start()

    def cutter() -> None:
        cut.wait()
        for end in ends:
            end.close() if end.fileno() < 0 else end.shutdown(socket.SHUT_RDWR)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        threads = [threading.Thread(target=accept, args=(listener,)), threading.Thread(target=cutter)]
        for thread in threads:
            thread.start()
        try:
            yield Engine(engine.env | {"DOCKER_HOST": f"unix://{path}"}), cut
        finally:
            cut.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
