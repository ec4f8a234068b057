"""Command line: python3 -m rag_api [--addr HOST:PORT] [--documents DIR] [--version]."""

import argparse
import signal
import sys
from pathlib import Path
from typing import NoReturn

from rag_api import __version__

EX_USAGE = 64  # sysexits.h


class Parser(argparse.ArgumentParser):
    """argparse, except that wrong arguments end with EX_USAGE."""

    def error(self, message: str) -> NoReturn:
        self.exit(EX_USAGE, f"{self.prog}: {message}, see --help\n")


def address(text: str) -> tuple[str, int]:
    """Read HOST:PORT; without a host, as in ":8080", it means all IPv4 addresses."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"wanted HOST:PORT, got {text!r}")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 # a service in a container must be reachable


def main() -> int:
    """Serve until a signal arrives; gives the exit code."""
    about = "Answers questions from a folder of documents."
    parser = Parser(prog="rag-api", description=about, allow_abbrev=False)
    parser.add_argument("--addr", type=address, default=":8080", metavar="HOST:PORT")
    parser.add_argument("--documents", type=Path, default=Path(__file__).parent / "documents", metavar="DIR")
    parser.add_argument("--version", action="version", version=f"rag-api {__version__}")
    options = parser.parse_args()

    # On a signal uvicorn shuts down cleanly, then raises the signal again for the handler that was
    # set before. That handler is ours, and treats it as a normal end. It is set before the slow imports
    # below, because the first process in a container receives only signals that it has a handler for.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    import uvicorn

    from rag_api.api import create_app
    from rag_api.index import Index

    try:
        index = Index(options.documents)
    except (OSError, ValueError) as error:
        print(f"rag-api: cannot index {options.documents}: {error}", file=sys.stderr)
        return 1
    host, port = options.addr
    uvicorn.run(create_app(index), host=host, port=port, timeout_graceful_shutdown=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
