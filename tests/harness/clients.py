"""Real clients, each started in one way, and what is told of how it ended: whole, refused or fooled."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.run import Result, clean_environment, run
from harness.server import Running
from harness.stage import HOST, MIRROR, MODULE, RELEASE, SETS


@dataclass(frozen=True)
class Client:
    """How to start it with an empty folder and an upstream; the kind of upstream that it speaks to."""

    start: Callable[[Path, Running, Path], tuple[Result, bytes]]
    upstream: str


def pip_environment(home: Path) -> dict[str, str]:
    """A pip with no configuration of this machine."""
    return clean_environment(home) | {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}


def go_environment(home: Path, proxy: str) -> dict[str, str]:
    """A go with this proxy, no checksum database and no configuration of this machine."""
    settings = {"GOPROXY": proxy, "GOFLAGS": "-modcacherw", "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOENV": "off"}
    return clean_environment(home) | settings


def _taken(home: Path, name: str) -> bytes:
    file = home / name
    return file.read_bytes() if file.exists() else b""


def _command(words: Sequence[str], script: str = "") -> Client:
    """A client of files that leaves what it got in `got`. {url}, {mirror}, {ca} and {digest} are filled in.

    With a script, the words are its arguments.
    """

    def start(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
        known = SETS["files"]
        url = f"{lab.url}{known.path}"
        digest = hashlib.sha256(known.body).hexdigest()
        facts = {"url": url, "mirror": url.replace(HOST, MIRROR), "ca": str(ca), "digest": digest, "host": lab.host}
        begin = ["sh", "-c", script.format(**facts), "client"] if script else []
        argv = [*lab.enter, *begin, *(word.format(**facts) for word in words)]
        result = run(argv, env=clean_environment(home), cwd=home)
        return result, _taken(home, "got")

    return Client(start, "files")


CURL = ("curl", "-sS", "--cacert", "{ca}", "-o", "got")
PATIENT = ("--fail", "--retry", "4", "--retry-delay", "1", "--retry-all-errors", "-L", "--max-redirs", "5",
           "--speed-limit", "100", "--speed-time", "2")  # fmt: skip
HASTY = ("--max-time", "3")


def _curl(*options: str, urls: Sequence[str] = ("{url}",)) -> Client:
    others = [word for number, url in enumerate(urls[1:]) for word in ("-o", f"other{number}", url)]
    return _command([*CURL, *options, urls[0], *others])


def _pip(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
    lock = home / "lock.txt"
    lock.write_text(f"{RELEASE.name}=={RELEASE.version} --hash=sha256:{RELEASE.sha256}\n")
    words = ["-m", "pip", "download", "--disable-pip-version-check", "--retries", "1", "--dest", "."]
    trust = ["--cert", str(ca)] if lab.url.startswith("https") else ["--trusted-host", lab.host]
    index = ["--index-url", f"{lab.url}/simple/", *trust]
    result = run([*lab.enter, sys.executable, *words, *index, "-r", lock], env=pip_environment(home), cwd=home)
    return result, _taken(home, RELEASE.file)


def _go(proxies: str) -> Client:
    def start(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
        words = ["go", "mod", "download", f"{MODULE.path}@{MODULE.version}"]
        proxy = proxies.format(host=lab.url, mirror=lab.url.replace(HOST, MIRROR))
        env = go_environment(home, proxy) | {"SSL_CERT_FILE": str(ca)}
        result = run([*lab.enter, *words], env=env, cwd=home)
        cache = home / "go/pkg/mod/cache/download" / MODULE.path / "@v"
        right = _taken(cache, f"{MODULE.version}.mod").decode() == MODULE.mod
        return result, _taken(cache, f"{MODULE.version}.zip") if right else b""

    return Client(start, "go")


CLIENTS: Mapping[str, Client] = {
    "curl": _curl(*PATIENT),
    "curl-naive": _curl(*HASTY),
    "curl-6": _curl("-6", *HASTY),
    "curl-absolute": _curl(*PATIENT, "-H", "Host: {host}", urls=["http://{host}./64k"]),
    "curl-compressed": _curl("--compressed"),
    "curl-digest": _command([*CURL, *PATIENT, "{url}"], '"$@" && echo "{digest}  got" | sha256sum --check --quiet'),
    "curl-downgrade": _command(["{url}"], 'curl -sS -o got "$1" || curl -sS -o got "http://{host}:443/64k"'),
    "curl-four-times": _curl("--fail", *HASTY, urls=["{url}"] * 4),
    "curl-insecure": _curl("--insecure"),
    "curl-mirror": _command([*CURL, "--fail", "--connect-timeout", "2"], '"$@" "{url}" || "$@" "{mirror}"'),
    "curl-no-length": _curl("--ignore-content-length"),
    "curl-old": _curl("--insecure", "--tlsv1.0", "--tls-max", "1.0", "--ciphers", "DEFAULT@SECLEVEL=0"),
    "curl-parallel-naive": _curl("--parallel", "--parallel-immediate", *HASTY, urls=["{url}"] * 2),
    "curl-twice": _curl(*PATIENT, urls=["{url}"] * 2),
    "curl-twice-naive": _curl(*HASTY, urls=["{url}"] * 2),
    "go": _go("{host}"),
    "go-comma": _go("{host},{mirror}"),
    "go-pipe": _go("{host}|{mirror}"),
    "pip": Client(_pip, "pypi"),
    "wget": _command(["wget", "-q", "--tries", "2", "--waitretry", "1", "-O", "got", "{url}"]),
}


def outcome(result: Result, got: bytes, right: bytes, *, vouched: bool) -> str:
    """How it ended; `vouched` is false where the peer showed a certificate that must not be believed."""
    if result.rc != 0:
        return "refused"
    return "whole" if got == right and vouched else "fooled"
