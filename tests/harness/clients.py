"""Real clients, each started in one way, and what is told of how it ended: whole, refused or fooled."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.content import Module, Release, noise
from harness.run import Result, clean_environment, run
from harness.server import Running

LONGER = "a line that makes the file longer\n" * 300
RELEASE = Release("hello-seawall", source=f'GOOD = """{LONGER}"""\n')
MODULE = Module("example.org/hello", source=f"package hello\n\nconst Good = `{LONGER}`\n")
BODY = noise(1 << 16)
PATHS = {"go": f"/{MODULE.path}/@v/{MODULE.version}.zip", "pypi": f"/files/{RELEASE.file}", "files": "/64k"}
WHOLE = {PATHS["go"]: MODULE.zip, PATHS["pypi"]: RELEASE.wheel, PATHS["files"]: BODY}
PATIENT = ("--speed-limit", "100", "--speed-time", "2")


@dataclass(frozen=True)
class Client:
    """How to start it with an empty folder and an upstream; the upstream that it speaks to, `files` where any does."""

    start: Callable[[Path, Running, str, Path], tuple[Result, bytes]]
    upstream: str


def pip_environment(home: Path) -> dict[str, str]:
    """A pip with no configuration of this machine."""
    return clean_environment(home) | {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}


def go_environment(home: Path, proxy: str) -> dict[str, str]:
    """A go with this proxy, no checksum database and no configuration of this machine."""
    settings = {"GOPROXY": proxy, "GOFLAGS": "-modcacherw", "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOENV": "off"}
    return clean_environment(home) | settings


def _curl(*options: str) -> Client:
    def start(home: Path, lab: Running, path: str, ca: Path) -> tuple[Result, bytes]:
        words = ["curl", "-sS", "--cacert", str(ca), "-o", "got", *options]
        result = run([*words, f"{lab.url}{path}"], env=clean_environment(home), cwd=home)
        return result, (home / "got").read_bytes() if (home / "got").exists() else b""

    return Client(start, "files")


def _pip(home: Path, lab: Running, _: str, __: Path) -> tuple[Result, bytes]:
    lock = home / "lock.txt"
    lock.write_text(f"{RELEASE.name}=={RELEASE.version} --hash=sha256:{RELEASE.sha256}\n")
    words = ["-m", "pip", "download", "--disable-pip-version-check", "--retries", "1", "--dest", "."]
    env = pip_environment(home)
    result = run([sys.executable, *words, "--index-url", f"{lab.url}/simple/", "-r", lock], env=env, cwd=home)
    file = home / RELEASE.file
    return result, file.read_bytes() if file.exists() else b""


def _go(home: Path, lab: Running, _: str, __: Path) -> tuple[Result, bytes]:
    words = ["go", "mod", "download", f"{MODULE.path}@{MODULE.version}"]
    result = run(words, env=go_environment(home, lab.url), cwd=home)
    cache = home / "go/pkg/mod/cache/download" / MODULE.path / "@v"
    file, mod = cache / f"{MODULE.version}.zip", cache / f"{MODULE.version}.mod"
    right = file.exists() and mod.exists() and mod.read_text() == MODULE.mod
    return result, file.read_bytes() if right else b""


CLIENTS: Mapping[str, Client] = {
    "curl": _curl(
        "--fail", "--retry", "4", "--retry-delay", "1", "--retry-all-errors", "-L", "--max-redirs", "5", *PATIENT
    ),
    "curl-naive": _curl("--max-time", "3"),
    "curl-insecure": _curl("--insecure"),
    "curl-compressed": _curl("--compressed"),
    "curl-no-length": _curl("--ignore-content-length"),
    "pip": Client(_pip, "pypi"),
    "go": Client(_go, "go"),
}


def outcome(result: Result, got: bytes, path: str, *, vouched: bool) -> str:
    """How it ended; `vouched` is false where the peer showed a certificate that must not be believed."""
    if result.rc != 0:
        return "refused"
    return "whole" if got == WHOLE[path] and vouched else "fooled"
