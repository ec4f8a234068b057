"""Real clients, each with one way to start it, and its outcome: whole, refused or fooled."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.machine.lean_python import lean_bin
from harness.machine.run import Result, clean_environment, run
from harness.proofs.testbed import HOST, MIRROR
from harness.sites.apk_site import ARCH
from harness.sites.apt_site import SUITE, settings
from harness.sites.artifacts import sha256
from harness.sites.git_site import NAME
from harness.sites.samples import (
    ALPINE,
    IMAGE,
    IMAGE_NAME,
    MODULE,
    NODE,
    RELEASE,
    REPOSITORY,
    SUMS,
    alpine_key,
    sample_of,
    signer,
)
from harness.wire.server import Running


@dataclass(frozen=True)
class Client:
    """How to start a client with an empty folder and an upstream, and the kind of upstream that it needs.

    `program` must be on the machine, unless the tests' requirements install it; `version` prints its version, if
    behaviour.VERSIONS has no command for it.
    """

    start: Callable[[Path, Running, Path], tuple[Result, bytes]]
    upstream: str
    program: str = ""
    version: Callable[[], str] | None = None

    @property
    def is_there(self) -> bool:
        """Whether this machine has its program."""
        return not self.program or shutil.which(self.program) is not None


def pip_environment(home: Path) -> dict[str, str]:
    """The environment of a pip without configuration of this machine."""
    return clean_environment(home) | {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}


def go_environment(home: Path, proxy: str) -> dict[str, str]:
    """The environment of a go with this proxy, without checksum database and configuration of this machine."""
    settings = {"GOPROXY": proxy, "GOFLAGS": "-modcacherw", "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOENV": "off"}
    return clean_environment(home) | settings


def _taken(home: Path, name: str) -> bytes:
    file = home / name
    return file.read_bytes() if file.exists() else b""


def _command(words: Sequence[str], script: str = "") -> Client:
    """A client of files that writes its result to `got`. {url}, {mirror}, {ca} and {digest} are filled in.

    With a script, the words are its arguments.
    """

    def start(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
        url = f"{lab.url}/64k"
        digest = hashlib.sha256(sample_of("files").body).hexdigest()
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


def _pip(**settings: str) -> Client:
    def start(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
        lock = home.with_suffix(".lock")
        lock.write_text(f"{RELEASE.name}=={RELEASE.version} --hash=sha256:{RELEASE.sha256}\n")
        words = ["-m", "pip", "download", "--disable-pip-version-check", "--retries", "1", "--dest", "."]
        trust = ["--cert", str(ca)] if lab.url.startswith("https") else ["--trusted-host", lab.host]
        index = ["--index-url", f"{lab.url}/simple/", *trust]
        env = pip_environment(home) | settings
        result = run([*lab.enter, lean_bin() / "python3", *words, *index, "-r", lock], env=env, cwd=home)
        return result, _taken(home, RELEASE.file)

    return Client(start, "pypi")


def _go(proxies: str, **settings: str) -> Client:
    def start(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
        words = ["go", "mod", "download", f"{MODULE.path}@{MODULE.version}"]
        proxy = proxies.format(host=lab.url, mirror=lab.url.replace(HOST, MIRROR))
        env = go_environment(home, proxy) | {"SSL_CERT_FILE": str(ca)} | settings
        result = run([*lab.enter, *words], env=env, cwd=home)
        cache = home / "go/pkg/mod/cache/download" / MODULE.path / "@v"
        right = _taken(cache, f"{MODULE.version}.mod").decode() == MODULE.mod
        return result, _taken(cache, f"{MODULE.version}.zip") if right else b""

    return Client(start, "go")


def _uv(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
    lock = home / "lock.txt"
    lock.write_text(f"{RELEASE.name}=={RELEASE.version} --hash=sha256:{RELEASE.sha256}\n")
    words = ["uv", "pip", "install", "--no-cache", "--no-config", "--target", "got", "--python", sys.executable]
    words += ["--require-hashes", "--index-url", f"{lab.url}/simple/", "-r", str(lock)]
    settings = {"UV_HTTP_TIMEOUT": "3", "UV_HTTP_RETRIES": "2", "SSL_CERT_FILE": str(ca)}
    result = run([*lab.enter, *words], env=clean_environment(home) | settings, cwd=home)
    right = _taken(home, "got/hello_seawall.py").decode() == RELEASE.source
    return result, RELEASE.wheel if right else b""


def _apt(*options: str, then: str = '&& "$@" download hello-seawall') -> Client:
    """apt-get update, then the package; trusts the good key and the expired one."""

    def start(home: Path, lab: Running, _: Path) -> tuple[Result, bytes]:
        keys = home / "keys.asc"
        keys.write_bytes(signer("good").public + signer("expired").public)
        source = f"deb [signed-by={keys}] {lab.url}/debian {SUITE} main"
        env = clean_environment(home) | settings(home, source)
        script = f'"$@" update {then}'
        result = run([*lab.enter, "sh", "-c", script, "apt", "apt-get", "-q", *options], env=env, cwd=home)
        return result, next((file.read_bytes() for file in home.glob("*.deb")), b"")

    return Client(start, "apt")


def _apk(*options: str) -> Client:
    """Apk installs a package into its own root; trusts the good key."""

    def start(home: Path, lab: Running, _: Path) -> tuple[Result, bytes]:
        (home / "keys").mkdir()
        (home / "keys" / alpine_key("good").name).write_bytes(alpine_key("good").public)
        words = ["apk", "--root", "root", "--initdb", "--arch", ARCH, "--keys-dir", str(home / "keys"), *options]
        words += ["--repository", f"{lab.url}/alpine", "add", ALPINE.name]
        result = run([*lab.enter, *words], env=clean_environment(home), cwd=home)
        return result, _taken(home, f"root/{ALPINE.place}")

    return Client(start, "apk", "apk")


def _npm(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
    (home / "package.json").write_text('{"name": "lab", "version": "1.0.0"}')
    words = ["npm", "install", "--no-audit", "--no-fund", "--no-update-notifier", "--registry", lab.url]
    words += ["--fetch-retries", "2", "--fetch-retry-mintimeout", "500", "--fetch-timeout", "3000"]
    env = clean_environment(home) | {"NPM_CONFIG_CAFILE": str(ca), "NPM_CONFIG_USERCONFIG": "/dev/null"}
    result = run([*lab.enter, *words, f"{NODE.name}@{NODE.version}"], env=env, cwd=home)
    return result, _taken(home, f"node_modules/{NODE.name}/index.js")


def _git(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
    env = clean_environment(home) | {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_SSL_CAINFO": str(ca)}
    result = run([*lab.enter, "git", "clone", "--quiet", "--depth", "1", f"{lab.url}{NAME}", "got"], env=env, cwd=home)
    return result, _taken(home, "got/hello.txt")


def _archive(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
    """Downloads a generated archive and compares it with a checksum recorded earlier."""
    digest = hashlib.sha256(REPOSITORY.archive).hexdigest()
    script = f'"$@" && echo "{digest}  got.tgz" | sha256sum --check --quiet && tar -xzf got.tgz'
    fetch = ["curl", "-sS", "--cacert", str(ca), *PATIENT, "-o", "got.tgz", f"{lab.url}{NAME}/archive/main.tar.gz"]
    result = run([*lab.enter, "sh", "-c", script, "archive", *fetch], env=clean_environment(home), cwd=home)
    return result, _taken(home, "hello/hello.txt")


def _crane(reference: str, before: str = "") -> Client:
    def start(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
        env = clean_environment(home) | {"SSL_CERT_FILE": str(ca)}
        image = f"{lab.host}/{IMAGE_NAME}{reference}"
        script = before.format(image=image) + f"crane export --insecure --platform linux/amd64 {image} got.tar"
        result = run([*lab.enter, "sh", "-c", script], env=env, cwd=home)
        return result, _member(home / "got.tar") if result.rc == 0 else b""

    return Client(start, "registry")


def _skopeo(reference: str) -> Client:
    def start(home: Path, lab: Running, _: Path) -> tuple[Result, bytes]:
        (home / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        words = ["skopeo", "--policy", "policy.json", "copy", "--quiet", "--src-tls-verify=false"]
        source = f"docker://{lab.host}/{IMAGE_NAME}{reference}"
        result = run([*lab.enter, *words, source, "dir:got"], env=clean_environment(home), cwd=home)
        layer = home / "got" / sha256(IMAGE.layer).removeprefix("sha256:")
        return result, _member(layer) if result.rc == 0 and layer.exists() else b""

    return Client(start, "registry")


def _layer(home: Path, lab: Running, _: Path) -> tuple[Result, bytes]:
    """Fetches a layer by its URL without a check."""
    words = ["curl", "-sS", "-o", "got.tar", f"{lab.url}/v2/{IMAGE_NAME}/blobs/{sha256(IMAGE.layer)}"]
    result = run([*lab.enter, *words], env=clean_environment(home), cwd=home)
    return result, _member(home / "got.tar") if tarfile.is_tarfile(home / "got.tar") else b""


def _header(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
    """Reads the digest from a header, and continues only if it is the expected one."""
    url = f"{lab.url}/v2/{IMAGE_NAME}/manifests/1"
    script = f"curl -sSI '{url}' | grep -qi 'docker-content-digest: {sha256(IMAGE.manifest)}'"
    checked = run([*lab.enter, "sh", "-c", script], env=clean_environment(home), cwd=home)
    return (checked, b"") if checked.rc else _layer(home, lab, ca)


def _member(file: Path) -> bytes:
    """The only file of an image, from a tar."""
    with tarfile.open(file) as archive:
        found = archive.extractfile("noise")
        return found.read() if found else b""


def _careless(home: Path, lab: Running, ca: Path) -> tuple[Result, bytes]:
    """A caller that ignores exit codes."""
    result, got = CLIENTS["curl-naive"].start(home, lab, ca)
    return replace(result, rc=0), got


CLIENTS: Mapping[str, Client] = {
    "curl": _curl(*PATIENT),
    "curl-naive": _curl(*HASTY),
    "curl-6": _curl("-6", *HASTY),
    "curl-absolute": _curl(*PATIENT, "-H", "Host: {host}", urls=["http://{host}./64k"]),
    "curl-cache": _command([*CURL[:-1], "cache/got", "{url}"], '"$@" && cp cache/got got'),
    "curl-careless": Client(_careless, "files"),
    "curl-compressed": _curl("--compressed"),
    "curl-digest": _command([*CURL, *PATIENT, "{url}"], '"$@" && echo "{digest}  got" | sha256sum --check --quiet'),
    "curl-downgrade": _command(["{url}"], 'curl -sS -o got "$1" || curl -sS -o got "http://{host}:443/64k"'),
    "curl-four-times": _curl("--fail", *HASTY, urls=["{url}"] * 4),
    "curl-insecure": _curl("--insecure"),
    "curl-mirror": _command([*CURL, "--fail", "--connect-timeout", "2"], '"$@" "{url}" || "$@" "{mirror}"'),
    "curl-no-length": _curl("--ignore-content-length"),
    "curl-old": _curl("--insecure", "--tlsv1.0", "--tls-max", "1.0", "--ciphers", "DEFAULT@SECLEVEL=0"),
    "curl-parallel-naive": _curl("--parallel", "--parallel-immediate", *HASTY, urls=["{url}"] * 2),
    "curl-waits": _command([*CURL, "--fail", "--retry", "1", "{url}"], 'timeout 3 "$@"'),
    "curl-twice": _curl(*PATIENT, urls=["{url}"] * 2),
    "curl-twice-naive": _curl(*HASTY, urls=["{url}"] * 2),
    "apk": _apk(),
    "apk-untrusted": _apk("--allow-untrusted"),
    "apt-get": _apt(),
    "apt-get-any-date": _apt("-o", "Acquire::Check-Date=false", "-o", "Acquire::Check-Valid-Until=false"),
    "apt-get-insecure": _apt("-o", "Acquire::AllowInsecureRepositories=1", "-o", "APT::Get::AllowUnauthenticated=1"),
    "apt-get-update": _apt(then=""),
    "archive": Client(_archive, "git"),
    "crane": _crane(":1"),
    "crane-twice": _crane(":1", "crane manifest --insecure {image} >/dev/null && "),
    "curl-header": Client(_header, "registry"),
    "curl-layer": Client(_layer, "registry"),
    "crane-digest": _crane(f"@{sha256(IMAGE.manifest)}"),
    "git": Client(_git, "git"),
    "go": _go("{host}"),
    "go-comma": _go("{host},{mirror}"),
    "go-pipe": _go("{host}|{mirror}"),
    "pip": _pip(),
    "pip-cache": _pip(PIP_NO_CACHE_DIR="0", PIP_CACHE_DIR="cache"),
    "go-sums": _go("{host}", GOSUMDB=SUMS.verifier),
    "npm": Client(_npm, "npm"),
    "skopeo": _skopeo(":1"),
    "skopeo-digest": _skopeo(f"@{sha256(IMAGE.manifest)}"),
    "uv": Client(_uv, "pypi"),
    "wget": _command(["wget", "-q", "--tries", "2", "--waitretry", "1", "-O", "got", "{url}"]),
}


def outcome(result: Result, got: bytes, right: bytes, *, vouched: bool) -> str:
    """The outcome; `vouched` is false if the peer's certificate must not be trusted."""
    if result.rc != 0:
        return "refused"
    return "whole" if got == right and vouched else "fooled"
